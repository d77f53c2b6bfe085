"""The search results page of merchants."""

from __future__ import annotations

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.storefront import browse_criteria, presenters, queries
from search import PUBLIC_AUDIENCE, Query
from tenants.merchant_shops.models import MerchantShop
from tenants.merchants.models import Merchant

MAX_RESULTS = 48


def search_merchants(text: str) -> ResponseReturnValue:
    """Render the merchants that match a text, the best match first. Two statements."""
    text = " ".join(text.split())[: browse_criteria.MAX_TEXT_LENGTH]
    result = queries.get_engine().search(
        queries.MERCHANT_INDEX, Query(audience=(PUBLIC_AUDIENCE,), text=text, limit=MAX_RESULTS)
    )
    merchant_ids = [UUID(merchant_id) for merchant_id in result.ids]
    columns = (Merchant.id, Merchant.slug, Merchant.name, Merchant.kind, Merchant.region_code, MerchantShop.logo)
    stmt = select(*columns).outerjoin(MerchantShop, MerchantShop.merchant_id == Merchant.id)
    rows = {row.id: row for row in db.session.execute(stmt.where(Merchant.id.in_(merchant_ids), Merchant.may_sell))}
    previews = queries.get_product_previews(tuple(sorted(rows))) if rows else {}
    merchant_cards = [
        presenters.merchant_card(rows[merchant_id], presenters.picture_views(previews.get(merchant_id, ())))
        for merchant_id in merchant_ids
        if merchant_id in rows
    ]
    return render_template("shop/storefront/merchants.html", cards=merchant_cards, text=text)
