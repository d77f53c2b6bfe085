"""View models of products and merchants for the macros: formatted texts, URLs, pictures. No database access."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.catalogue.queries import ProductCard
from marketplace.kernel.formatting import format_number, unit_label
from marketplace.kernel.localized_text import localize
from marketplace.kernel.money import Money
from marketplace.media.uploads import PictureView, picture_view
from tenants.merchant_shops.context import picture_view as logo_view
from tenants.regions import queries as regions


@dataclass(slots=True, kw_only=True)
class ProductCardView:
    """The argument of the macro `product_card`.

    A class instead of a dict, because Jinja finds attributes four times as fast as keys.
    """

    name: str
    code: str
    url: str
    picture: PictureView | None
    price: Money | None
    unit: Any
    minimum: str
    stock: str
    in_stock: bool
    origin: str
    merchant: str
    merchant_url: str
    has_video: bool = False
    price_high: Money | None = None
    previous_price: Money | None = None
    flag: str = ""
    flag_tone: str = "good"
    replies: str = ""
    cells: Sequence[str] = ()  # attribute values, for the specification table
    merchant_kind: str = ""  # for the comparison only, like `remove_url`: the comparison without this product
    remove_url: str = ""


def product_card(card: ProductCard) -> ProductCardView:
    """Return the card of a product: price, minimum quantity, origin, stock or lead time, merchant."""
    name = localize(card.title)
    return ProductCardView(
        name=name,
        code=card.code,
        url=url_for("shop.storefront.product", code=card.code),
        picture=picture_view(card.picture, colour=card.colour, alt=name),
        price=card.price,
        price_high=card.price_high if card.price_high and card.price and card.price_high.minor > card.price.minor else None,
        unit=str(card.unit.label),
        minimum=minimum_label(card.from_quantity, card.unit),
        stock=stock_label(in_stock=card.in_stock, lead_days=card.lead_days),
        in_stock=card.in_stock,
        origin=regions.short_name(card.region_code) if card.region_code else "",
        merchant=localize(card.merchant_name),
        merchant_url=url_or_empty("store.merchant_shops.index", store=card.merchant_slug),
        has_video=card.has_video,
    )


def url_or_empty(endpoint: str, **values: Any) -> str:
    """Return the URL of another feature's page, or an empty string if that feature is not installed."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def picture_views(keys: Iterable[tuple[str, str]]) -> list[PictureView]:
    """Return pictures for the macros from (key, average colour)."""
    return [view for key, colour in keys if (view := picture_view(key, colour=colour))]


def minimum_label(quantity: Decimal | None, unit: Any) -> str:
    """Format the minimum order quantity: 2 米起批."""
    if quantity is None:
        return ""
    return str(_("from %(n)s %(unit)s", n=format_number(quantity), unit=unit_label(quantity, unit)))


def stock_label(*, in_stock: bool, lead_days: int, available: Decimal | None = None, unit: Any = "") -> str:
    """Format the stock: in stock with the quantity if known, or sold out with the lead time."""
    if in_stock and available is not None:
        return str(_("%(n)s %(unit)s in stock", n=format_number(available), unit=unit_label(available, unit)))
    if in_stock:
        return str(_("In stock"))
    if lead_days:
        return str(ngettext("Sold out, made in %(num)s day", "Sold out, made in %(num)s days", lead_days))
    return str(_("Sold out"))


def merchant_card(row: Any, previews: Sequence[PictureView] = ()) -> dict[str, Any]:
    """Return the card of a merchant, for the directory and the home page."""
    return {
        "name": localize(row.name),
        "url": url_or_empty("store.merchant_shops.index", store=row.slug),
        "logo": logo_view(row.logo),
        "line": " · ".join(part for part in (str(row.kind.label), regions.short_name(row.region_code)) if part),
        "badges": [],
        "figures": "",
        "pictures": list(previews),
    }
