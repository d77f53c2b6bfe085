"""Merchants that answer to some words."""

from __future__ import annotations

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.showroom import cards, queries, rules
from search import EVERYBODY, Query
from tenants.merchants.models import Merchant
from tenants.storefronts.models import Storefront

MOST = 48


def page(text: str) -> ResponseReturnValue:
    """The merchants found, the best fit first; two statements."""
    text = " ".join(text.split())[: rules.LONGEST_TEXT]
    found = queries.engine().find(queries.MERCHANTS, Query(audience=(EVERYBODY,), text=text, limit=MOST))
    wanted = [UUID(one) for one in found.ids]
    columns = (Merchant.id, Merchant.slug, Merchant.name, Merchant.kind, Merchant.region_code, Storefront.logo)
    known = select(*columns).outerjoin(Storefront, Storefront.merchant_id == Merchant.id)
    rows = {row.id: row for row in db.session.execute(known.where(Merchant.id.in_(wanted), Merchant.may_sell))}
    goods = queries.windows(tuple(sorted(rows))) if rows else {}
    shown = [cards.merchant_card(rows[one], cards.pictures_of(goods.get(one, ()))) for one in wanted if one in rows]
    return render_template("shop/showroom/merchants.html", cards=shown, text=text, found=found)
