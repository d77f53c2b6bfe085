"""Goods as the public sees them: what can be bought, and what stands on a card. Readable with no scope at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import ARRAY, Row, ScalarSelect, Select, String, Uuid, any_, bindparam, cast, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from marketplace.catalogue.models import Category, Picture, PriceTier, Product, ProductState, Unit, Variant
from marketplace.catalogue.rules.prices import Tier
from marketplace.kernel import quick
from marketplace.kernel.db import db
from marketplace.kernel.money import Money
from tenants.merchants.models import Merchant

_: Callable[..., str] = gettext

PUBLIC = (ProductState.ON_SALE, ProductState.OFF_SALE)
"""The states in which the page of a product that was published is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sellable:
    """A variant with everything that a cart, a checkout or an order line must know of it."""

    variant_id: UUID
    product_id: UUID
    product_code: str
    merchant_id: UUID
    merchant_slug: str
    merchant_name: dict[str, str]
    title: dict[str, str]
    options: dict[str, str]  # the variant's label by language: {"zh_Hans": "藏青 · 150 厘米", …}
    picture: str | None
    colour: str
    sku: str
    unit: Unit
    currency: str
    tiers: tuple[Tier, ...]
    mixes: bool  # whether quantities of the product's variants add up on its ladder
    min_quantity: Decimal
    max_quantity: Decimal | None
    step: Decimal
    weight_grams: int
    category_id: UUID
    category_path: tuple[str, ...]
    lead_days: int
    on_sale: bool
    reason: str | None  # why it cannot be bought now, as a sentence
    version: int
    has_page: bool  # whether its product's page is open


def sellable(variant_ids: Iterable[UUID]) -> dict[UUID, Sellable]:
    """The variants of these ids that were ever published, one statement for any number. Unpublished ones are absent."""
    wanted = list(dict.fromkeys(variant_ids))
    if not wanted:
        return {}
    return {row.variant_id: as_sellable(row) for row in quick.ask(sellable_rows(), ids=wanted)}


@cache
def sellable_rows() -> Select[*tuple[Any, ...]]:
    """The rows of `sellable` for the variants `ids`, for callers that ask something more of them; `as_sellable` reads them."""
    own_picture = (
        select(Picture.key)
        .where(Picture.product_id == Variant.product_id, Picture.variant_id == Variant.id)
        .order_by(Picture.position, Picture.id)
        .limit(1)
        .correlate(Variant)
        .scalar_subquery()
    )
    return (
        select(
            Variant.id.label("variant_id"),
            Variant.product_id,
            Variant.merchant_id,
            Variant.sku,
            Variant.label,
            Variant.min_quantity,
            Variant.max_quantity,
            Variant.step,
            Variant.weight_grams,
            Variant.closed_at,
            Product.code,
            Product.title,
            Product.unit,
            Product.currency,
            Product.mixes,
            Product.state,
            Product.category_id,
            Product.lead_days,
            Product.version,
            Product.cover_key,
            Product.cover_colour,
            own_picture.label("own_picture"),
            Category.path,
            Merchant.slug,
            Merchant.name,
            Merchant.may_sell.label("may_sell"),
            _rungs().label("rungs"),
        )
        .join(Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
        .join(Merchant, Merchant.id == Product.merchant_id)
        .where(Product.published_at.is_not(None), Variant.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    )


def _rungs() -> ScalarSelect[Any]:
    """The ladder of the product and that of the variant alone, lowest quantity first: [whether it is its own, from, price]."""
    rung = func.json_build_array(PriceTier.variant_id.is_not(None), cast(PriceTier.from_quantity, String), PriceTier.price)
    return (
        select(func.json_agg(aggregate_order_by(rung, PriceTier.from_quantity)))
        .where(PriceTier.product_id == Variant.product_id)
        .where(or_(PriceTier.variant_id.is_(None), PriceTier.variant_id == Variant.id))
        .correlate(Variant)
        .scalar_subquery()
    )


def as_sellable(row: Row[Any]) -> Sellable:
    """A row of `sellable_rows`."""
    rungs = row.rungs or ()
    own = [rung for rung in rungs if rung[0]]
    ladder = own or rungs
    reason = _why_not(row, priced=bool(ladder))
    return Sellable(
        variant_id=row.variant_id,
        product_id=row.product_id,
        product_code=row.code,
        merchant_id=row.merchant_id,
        merchant_slug=row.slug,
        merchant_name=row.name,
        title=row.title,
        options=row.label,
        picture=row.own_picture or row.cover_key,
        colour=row.cover_colour,
        sku=row.sku,
        unit=Unit(row.unit),
        currency=row.currency,
        tiers=tuple(Tier(Decimal(start), Money(price, row.currency)) for _own, start, price in ladder),
        mixes=row.mixes and not own,
        min_quantity=row.min_quantity,
        max_quantity=row.max_quantity,
        step=row.step,
        weight_grams=row.weight_grams,
        category_id=row.category_id,
        category_path=tuple(row.path),
        lead_days=row.lead_days,
        on_sale=reason is None,
        reason=reason,
        version=row.version,
        has_page=row.state in PUBLIC,
    )


def _why_not(row: Row[Any], *, priced: bool) -> str | None:
    if not row.may_sell:
        return _("This shop does not take orders at the moment.")
    if row.state != ProductState.ON_SALE:
        return _("This product is off sale at the moment.")
    if row.closed_at is not None:
        return _("This variant is no longer offered.")
    return None if priced else _("This variant has no price at the moment.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A product as a card shows it."""

    id: UUID
    code: str
    title: dict[str, str]
    picture: str | None
    colour: str
    price: Money | None
    price_high: Money | None
    from_quantity: Decimal | None
    unit: Unit
    merchant_id: UUID
    merchant_slug: str
    merchant_name: dict[str, str]
    merchant_kind: str
    region_code: str
    in_stock: bool
    lead_days: int
    sales_count: int
    film: bool  # whether its page has a video


@cache
def on_sale() -> Select[*tuple[Any, ...]]:
    """Cards of everything that can be bought now; the caller narrows, sorts and limits. One statement for any number."""
    return card_rows().where(Product.state == ProductState.ON_SALE, Merchant.may_sell)


@cache
def card_rows() -> Select[*tuple[Any, ...]]:
    """What a card shows, as columns: no entity is loaded. `as_card` reads a row."""
    return select(
        Product.id,
        Product.code,
        Product.title,
        Product.cover_key,
        Product.cover_colour,
        Product.price_low,
        Product.price_high,
        Product.currency,
        Product.from_quantity,
        Product.unit,
        Product.region_code,
        Product.in_stock,
        Product.lead_days,
        Product.sales_count,
        Product.video.is_not(None).label("film"),
        Merchant.id.label("merchant_id"),
        Merchant.slug.label("merchant_slug"),
        Merchant.name.label("merchant_name"),
        Merchant.kind.label("merchant_kind"),
    ).join(Merchant, Merchant.id == Product.merchant_id)


def as_card(row: Row[Any]) -> Card:
    """A row of `card_rows` as a card."""
    return Card(
        id=row.id,
        code=row.code,
        title=row.title,
        picture=row.cover_key,
        colour=row.cover_colour,
        price=None if row.price_low is None else Money(row.price_low, row.currency),
        price_high=None if row.price_high is None else Money(row.price_high, row.currency),
        from_quantity=row.from_quantity,
        unit=row.unit,
        merchant_id=row.merchant_id,
        merchant_slug=row.merchant_slug,
        merchant_name=row.merchant_name,
        merchant_kind=row.merchant_kind,
        region_code=row.region_code,
        in_stock=row.in_stock,
        lead_days=row.lead_days,
        sales_count=row.sales_count,
        film=row.film,
    )


def cards(statement: Select[*tuple[Any, ...]]) -> list[Card]:
    """Run a narrowed `on_sale()`."""
    return [as_card(row) for row in db.session.execute(statement)]


@cache
def _by_id() -> Select[*tuple[Any, ...]]:
    return on_sale().where(Product.id == any_(bindparam("ids", type_=ARRAY(Uuid))))


def cards_of(product_ids: Sequence[UUID]) -> list[Card]:
    """The cards of these products in this order; those that cannot be bought any more are left out."""
    if not product_ids:
        return []
    found = {row.id: as_card(row) for row in db.session.execute(_by_id(), {"ids": list(product_ids)})}
    return [found[product_id] for product_id in product_ids if product_id in found]


@cache
def _marks() -> Select[*tuple[Any, ...]]:
    seller = literal_column("merchants.xmin::text", String)  # the transaction that last wrote the merchant
    return (
        select(cast(Product.id, String), Product.stamp, seller)
        .join(Merchant, Merchant.id == Product.merchant_id)
        .where(Product.state == ProductState.ON_SALE, Merchant.may_sell)
        .where(Product.id == any_(bindparam("ids", type_=ARRAY(Uuid(as_uuid=False)))))
    )


def marks_of(product_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Which of these products can be bought, in this order, each with a mark that changes whenever its card would.

    One statement, a quarter of the price of the cards themselves. Ids are text here, as the search engine has them.
    """
    if not product_ids:
        return {}
    found = {row[0]: (row[1], row[2]) for row in quick.ask(_marks(), ids=list(product_ids))}
    return {product_id: found[product_id] for product_id in product_ids if product_id in found}
