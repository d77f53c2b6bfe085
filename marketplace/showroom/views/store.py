"""A merchant's goods inside its shop: all of them on a page, some on the shop's front."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from marketplace.catalogue.models import Product
from marketplace.catalogue.queries.shown import as_card, on_sale
from marketplace.kernel.db import db
from marketplace.kernel.paging import page_of
from marketplace.kernel.uploads import PictureView
from marketplace.showroom import cards, queries
from tenants.access.guards import visitor
from tenants.storefronts import page as shops

store = Blueprint("showroom", __name__)
SIZE = 24
FRONT = 10
ORDERS: dict[str, tuple[Any, ...]] = {
    "sales": (Product.sales_count.desc(), Product.id),
    "newest": (Product.published_at.desc(), Product.id),
    "price": (Product.price_low.asc().nulls_last(), Product.id),
}


@store.get("/goods")
@visitor
def goods() -> ResponseReturnValue:
    """Everything that this merchant has on sale."""
    merchant, _front = shops.here()
    find, sort = request.args.get("q", "").strip()[:60], request.args.get("sort", "sales")
    wanted = on_sale().where(Product.merchant_id == merchant.id)
    if find:
        pattern = f"%{find.replace('%', '').replace('_', '')}%"
        wanted = wanted.where(Product.title["zh_Hans"].astext.ilike(pattern) | Product.title["en"].astext.ilike(pattern))
    wanted = wanted.order_by(*ORDERS.get(sort, ORDERS["sales"]))
    page = page_of(wanted, number=request.args.get("page", 1, type=int), size=SIZE, scalars=False)
    sorts = [
        {"label": label, "url": url_for(".goods", sort=name, q=find or None), "current": name == sort}
        for name, label in (("sales", _("Best selling")), ("newest", _("Newest")), ("price", _("Lowest price")))
    ]
    return render_template(
        "shop/showroom/store.html", shop=shops.shop(), page=page, cards=[cards.product_card(as_card(row)) for row in page.items],
        find=find, sorts=sorts, page_url=lambda number: url_for(".goods", sort=sort, q=find or None, page=number),
    )  # fmt: skip


def front(merchant_id: UUID) -> Markup | None:
    """Some of a merchant's goods for the front of its shop: what sells best; nothing when nothing is on sale."""
    wanted = on_sale().where(Product.merchant_id == merchant_id).order_by(*ORDERS["sales"]).limit(FRONT)
    shown = [cards.product_card(as_card(row)) for row in db.session.execute(wanted)]
    if not shown:
        return None
    return Markup(render_template("shop/showroom/_front.html", cards=shown))  # noqa: S704 - a template of our own


def windows(ids: Any) -> dict[UUID, list[PictureView]]:
    """A few pictures of each merchant's goods, for its card in the directory."""
    found = queries.windows(tuple(sorted(ids)))
    return {merchant_id: cards.pictures_of(pictures) for merchant_id, pictures in found.items()}
