"""Public product queries: what can be bought, and product cards. They need no isolation scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import ARRAY, Row, ScalarSelect, Select, String, Uuid, any_, bindparam, cast, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from marketplace.catalogue.models import Category, Picture, PriceTier, Product, ProductState, Unit, Variant
from marketplace.catalogue.rules.prices import Tier
from marketplace.kernel import compiled_sql
from marketplace.kernel.cache import row_version
from marketplace.kernel.db import db
from marketplace.kernel.money import Money
from tenants.merchants.models import Merchant

_: Callable[..., str] = gettext

PUBLIC_STATES = (ProductState.ON_SALE, ProductState.OFF_SALE)
"""The states in which the page of a published product is public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasableVariant:
    """A variant with everything that a cart, a checkout or an order line needs."""

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
    mix_variants: bool  # whether quantities of the product's variants are added up to reach a price tier
    min_quantity: Decimal
    max_quantity: Decimal | None
    step: Decimal
    weight_grams: int
    category_id: UUID
    category_path: tuple[str, ...]
    lead_days: int
    on_sale: bool
    reason: str | None  # why it cannot be bought now, as a message
    version: int
    has_page: bool  # whether its product's page is public


def get_purchasable(variant_ids: Iterable[UUID]) -> dict[UUID, PurchasableVariant]:
    """Return the variants of these ids that were ever published, with one statement. Unpublished ones are absent."""
    ids = list(dict.fromkeys(variant_ids))
    if not ids:
        return {}
    return {row.variant_id: purchasable_from_row(row) for row in compiled_sql.fetch_all(purchasable_stmt(), ids=ids)}


@cache
def purchasable_stmt() -> Select[*tuple[Any, ...]]:
    """Return the statement for the variants `ids`, for callers that extend it; `purchasable_from_row` reads its rows."""
    variant_picture = (
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
            Product.mix_variants,
            Product.state,
            Product.category_id,
            Product.lead_days,
            Product.version,
            Product.cover_key,
            Product.cover_colour,
            variant_picture.label("own_picture"),
            Category.path,
            Merchant.slug,
            Merchant.name,
            Merchant.may_sell.label("may_sell"),
            _tiers_subquery().label("tiers"),
        )
        .join(Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
        .join(Merchant, Merchant.id == Product.merchant_id)
        .where(Product.published_at.is_not(None), Variant.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    )


def _tiers_subquery() -> ScalarSelect[Any]:
    """Return the tiers of the product and of the variant, by quantity: [is the variant's own, quantity, price]."""
    tier = func.json_build_array(PriceTier.variant_id.is_not(None), cast(PriceTier.from_quantity, String), PriceTier.price)
    return (
        select(func.json_agg(aggregate_order_by(tier, PriceTier.from_quantity)))
        .where(PriceTier.product_id == Variant.product_id)
        .where(or_(PriceTier.variant_id.is_(None), PriceTier.variant_id == Variant.id))
        .correlate(Variant)
        .scalar_subquery()
    )


def purchasable_from_row(row: Row[Any]) -> PurchasableVariant:
    """Convert a row of `purchasable_stmt`."""
    all_tiers = row.tiers or ()
    variant_tiers = [tier for tier in all_tiers if tier[0]]
    tiers = variant_tiers or all_tiers
    reason = _unavailable_reason(row, has_price=bool(tiers))
    return PurchasableVariant(
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
        tiers=tuple(
            Tier(Decimal(from_quantity), Money(price, row.currency)) for _is_variant_tier, from_quantity, price in tiers
        ),
        mix_variants=row.mix_variants and not variant_tiers,
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
        has_page=row.state in PUBLIC_STATES,
    )


def _unavailable_reason(row: Row[Any], *, has_price: bool) -> str | None:
    if not row.may_sell:
        return _("This shop does not take orders at the moment.")
    if row.state != ProductState.ON_SALE:
        return _("This product is off sale at the moment.")
    if row.closed_at is not None:
        return _("This variant is no longer offered.")
    return None if has_price else _("This variant has no price at the moment.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCard:
    """The data of a product card."""

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
    has_video: bool


@cache
def cards_on_sale_stmt() -> Select[*tuple[Any, ...]]:
    """Return the statement for the cards of everything that can be bought; callers filter, sort and limit it."""
    return card_stmt().where(Product.state == ProductState.ON_SALE, Merchant.may_sell)


@cache
def card_stmt() -> Select[*tuple[Any, ...]]:
    """Return the statement for product cards as columns; no entity is loaded. `card_from_row` reads its rows."""
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
        Product.video.is_not(None).label("has_video"),
        Merchant.id.label("merchant_id"),
        Merchant.slug.label("merchant_slug"),
        Merchant.name.label("merchant_name"),
        Merchant.kind.label("merchant_kind"),
    ).join(Merchant, Merchant.id == Product.merchant_id)


def card_from_row(row: Row[Any]) -> ProductCard:
    """Convert a row of `card_stmt`."""
    return ProductCard(
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
        has_video=row.has_video,
    )


def fetch_cards(stmt: Select[*tuple[Any, ...]]) -> list[ProductCard]:
    """Execute a statement derived from `cards_on_sale_stmt`."""
    return [card_from_row(row) for row in db.session.execute(stmt)]


@cache
def _cards_by_id_stmt() -> Select[*tuple[Any, ...]]:
    return cards_on_sale_stmt().where(Product.id == any_(bindparam("ids", type_=ARRAY(Uuid))))


def get_cards(product_ids: Sequence[UUID]) -> list[ProductCard]:
    """Return the cards of these products in this order; those that cannot be bought any more are omitted."""
    if not product_ids:
        return []
    cards_by_id = {row.id: card_from_row(row) for row in db.session.execute(_cards_by_id_stmt(), {"ids": list(product_ids)})}
    return [cards_by_id[product_id] for product_id in product_ids if product_id in cards_by_id]


@cache
def _card_versions_stmt() -> Select[*tuple[Any, ...]]:
    return (
        select(cast(Product.id, String), Product.row_version, row_version("merchants"))
        .join(Merchant, Merchant.id == Product.merchant_id)
        .where(Product.state == ProductState.ON_SALE, Merchant.may_sell)
        .where(Product.id == any_(bindparam("ids", type_=ARRAY(Uuid(as_uuid=False)))))
    )


def get_card_versions(product_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return a version for each of these products that can be bought, in this order; it changes with the card.

    One statement, a quarter of the cost of fetching the cards. Ids are strings here, as in the search engine.
    """
    if not product_ids:
        return {}
    versions = {row[0]: (row[1], row[2]) for row in compiled_sql.fetch_all(_card_versions_stmt(), ids=list(product_ids))}
    return {product_id: versions[product_id] for product_id in product_ids if product_id in versions}
