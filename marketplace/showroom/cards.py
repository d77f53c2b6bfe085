"""Rows as the macros take them: sentences, addresses, pictures; nothing is asked of the database here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.catalogue.queries import Card
from marketplace.kernel.money import Money
from marketplace.kernel.texts import pick
from marketplace.kernel.uploads import PictureView, picture_view
from marketplace.kernel.words import counted, number
from tenants.regions import queries as regions
from tenants.storefronts.page import view as logo_view


@dataclass(slots=True, kw_only=True)
class Tile:
    """What the macro `product_card` takes: attributes, because a template finds them four times as fast as keys."""

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
    film: bool = False
    high: Money | None = None
    was: Money | None = None
    flag: str = ""
    flag_tone: str = "good"
    replies: str = ""
    cells: Sequence[str] = ()  # its attributes, on a table
    kind: str = ""  # of its merchant, and the address without it: on a comparison
    without: str = ""


def product_card(card: Card) -> Tile:
    """What a wholesaler asks of a product: price and from what quantity, where from, in stock or days to make, who sells."""
    name = pick(card.title)
    return Tile(
        name=name,
        code=card.code,
        url=url_for("shop.showroom.product", code=card.code),
        picture=picture_view(card.picture, colour=card.colour, alt=name),
        price=card.price,
        high=card.price_high if card.price_high and card.price and card.price_high.minor > card.price.minor else None,
        unit=str(card.unit.label),
        minimum=minimum(card.from_quantity, card.unit),
        stock=stock_line(in_stock=card.in_stock, lead_days=card.lead_days),
        in_stock=card.in_stock,
        origin=regions.short_name(card.region_code) if card.region_code else "",
        merchant=pick(card.merchant_name),
        merchant_url=address_of("store.storefront.index", store=card.merchant_slug),
        film=card.film,
    )


def address_of(endpoint: str, **values: Any) -> str:
    """The address of a page of another feature, or nothing when that feature is not plugged in."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def pictures_of(keys: Iterable[tuple[str, str]]) -> list[PictureView]:
    """Pictures for the macros from (key, average colour)."""
    return [view for key, colour in keys if (view := picture_view(key, colour=colour))]


def minimum(quantity: Decimal | None, unit: Any) -> str:
    """From how much on one can order, as people say it: 2 米起批."""
    if quantity is None:
        return ""
    return str(_("from %(n)s %(unit)s", n=number(quantity), unit=counted(quantity, unit)))


def stock_line(*, in_stock: bool, lead_days: int, available: Decimal | None = None, unit: Any = "") -> str:
    """In stock (and how much), or sold out and how many days it takes to make."""
    if in_stock and available is not None:
        return str(_("%(n)s %(unit)s in stock", n=number(available), unit=counted(available, unit)))
    if in_stock:
        return str(_("In stock"))
    if lead_days:
        return str(ngettext("Sold out, made in %(num)s day", "Sold out, made in %(num)s days", lead_days))
    return str(_("Sold out"))


def merchant_card(row: Any, goods: Sequence[PictureView] = ()) -> dict[str, Any]:
    """A merchant as the directory and the home page show it."""
    return {
        "name": pick(row.name),
        "url": address_of("store.storefront.index", store=row.slug),
        "logo": logo_view(row.logo),
        "line": " · ".join(part for part in (str(row.kind.label), regions.short_name(row.region_code)) if part),
        "badges": [],
        "figures": "",
        "pictures": list(goods),
    }
