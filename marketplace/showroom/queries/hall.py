"""What the hall shows: an engine's ids turned into rows that may be shown, and small facts kept for some seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, Select, func, literal_column, select

from marketplace.catalogue import queries as goods
from marketplace.catalogue.models import Product, ProductState, Unit
from marketplace.catalogue.queries import Card, CategoryRow
from marketplace.catalogue.queries.shown import cards
from marketplace.catalogue.rules.attributes import AttributeField
from marketplace.kernel import quick
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.memo import Ready, remembered
from marketplace.showroom.rules import Browse
from search import Engine, Found
from tenants.merchants.models import Merchant
from tenants.storefronts.models import Storefront

QUESTIONS = 1000
SCHEMAS = 1000
_questions: dict[str, AttributeField] = {}
_trees: Ready[tuple[tuple[CategoryRow, ...], dict[str, CategoryRow]]] = Ready(1)
_schemas: Ready[tuple[AttributeField, ...]] = Ready(SCHEMAS)
_wordings: Ready[str] = Ready(SCHEMAS)
PRODUCTS = "products"
MERCHANTS = "merchants"
BY_LENGTH = tuple(unit for unit in Unit if unit.base_value == Unit.METRE.base_value)


def engine() -> Engine:
    """The market's search engine."""
    return current_app.extensions["search"]  # type: ignore[no-any-return]


def look(wish: Browse, facets: Sequence[AttributeField]) -> Found:
    """Ask the engine. Its ids are only proposals: what is shown of them is read again from the database."""
    return engine().find(PRODUCTS, wish.asking(facets))


@dataclass(frozen=True)
class Described:
    """What is known of a product by the schema of its category."""

    category_id: UUID
    attributes: dict[str, Any]


def attributes_of(product_ids: Iterable[UUID]) -> dict[UUID, Described]:
    """The attributes of some products: one statement."""
    wanted = list(product_ids)
    if not wanted:
        return {}
    rows = db.session.execute(select(Product.id, Product.category_id, Product.attributes).where(Product.id.in_(wanted)))
    return {row.id: Described(row.category_id, row.attributes) for row in rows}


def cards_by_code(codes: Sequence[str]) -> list[Card]:
    """The products of these codes that can be bought, in this order: one statement."""
    if not codes:
        return []
    found = {card.code: card for card in cards(goods.on_sale().where(Product.code.in_(codes)))}
    return [found[code] for code in codes if code in found]


@remembered(seconds=15)
def writers_of_words() -> str:
    """Changes whenever any category or question of the market is written: one small statement for all of them.

    The tree, the schemas and what is made of them are kept under it, so that they are read again when there is something new.
    """
    return str(quick.ask(_writers_of_words())[0][0])


@cache
def _writers_of_words() -> Select[*tuple[Any, ...]]:
    parts: list[ColumnElement[str]] = [
        literal_column(f"(select string_agg(id::text || xmin, ' ' order by id) from {table})")  # noqa: S608 - our names
        for table in ("categories", "attributes")
    ]
    return select(func.md5(func.concat_ws("/", *parts)))


def tree() -> tuple[CategoryRow, ...]:
    """All open categories, parents first."""
    return _tree()[0]


def by_slug() -> dict[str, CategoryRow]:
    """Categories by the word in their address."""
    return _tree()[1]


def _tree() -> tuple[tuple[CategoryRow, ...], dict[str, CategoryRow]]:
    written = writers_of_words()
    kept = _trees.get("open", written)
    if kept is None:
        rows = tuple(goods.tree())
        kept = _trees.keep("open", (rows, {row.slug: row for row in rows}), written)
    return kept


@remembered(seconds=15)
def brand_names() -> dict[str, dict[str, str]]:
    """What the brands are called, by the word in their address."""
    return {brand.slug: dict(brand.names) for brand in goods.brands(closed=True)}


def facets_of(category_id: UUID) -> tuple[AttributeField, ...]:
    """The questions of a category that visitors may filter by."""
    return tuple(field for field in schema_of(category_id) if field.facet)


def schema_of(category_id: UUID) -> tuple[AttributeField, ...]:
    """All questions of a category, for a specification."""
    written = writers_of_words()
    kept = _schemas.get(category_id, written)
    if kept is None:
        kept = _schemas.keep(category_id, tuple(map(_once, goods.schema_of(category_id))), written)
    return kept


def _once(field: AttributeField) -> AttributeField:
    """The same question of many categories is kept once: a list of colours weighs as much as a page."""
    known = _questions.get(field.code)
    if known == field:
        return known
    if len(_questions) >= QUESTIONS:
        _questions.clear()
    _questions[field.code] = field
    return field


def trail_of(category_id: UUID) -> list[CategoryRow]:
    """From the top of the tree down to the category of a product."""
    found = next((one for one in tree() if one.id == category_id), None)
    return trail(found) if found else []


def wording(category_id: UUID) -> str:
    """Changes with the names of a category and its questions: with what a product's page says in the market's own words."""
    written = writers_of_words()
    kept = _wordings.get(category_id, written)
    if kept is None:
        said = repr((trail_of(category_id), schema_of(category_id)))
        kept = _wordings.keep(category_id, sha256(said.encode()).hexdigest()[:12], written)
    return kept


def category(slug: str) -> CategoryRow:
    """The category of an address. Raises NotFound."""
    found = by_slug().get(slug)
    if found is None:
        raise NotFound
    return found


def children(row: CategoryRow | None) -> list[CategoryRow]:
    """The categories right below one, or at the top."""
    return [one for one in tree() if one.parent_id == (row.id if row else None)]


def trail(row: CategoryRow) -> list[CategoryRow]:
    """From the top of the tree down to a category."""
    return [by_slug()[slug] for slug in row.path if slug in by_slug()]


@remembered(seconds=20)
def newest(limit: int = 10) -> tuple[Card, ...]:
    """What came on sale last."""
    return tuple(cards(goods.on_sale().order_by(Product.published_at.desc()).limit(limit)))


@remembered(seconds=20)
def best(limit: int = 10) -> tuple[Card, ...]:
    """What sells best."""
    return tuple(cards(goods.on_sale().order_by(Product.sales_count.desc(), Product.id).limit(limit)))


def newest_of(merchant_id: UUID, limit: int = 10) -> list[Card]:
    """What a merchant put on sale last."""
    own = goods.on_sale().where(Product.merchant_id == merchant_id)
    return cards(own.order_by(Product.published_at.desc(), Product.id).limit(limit))


def best_of(merchant_id: UUID, limit: int = 10) -> list[Card]:
    """What a merchant sells most of."""
    own = goods.on_sale().where(Product.merchant_id == merchant_id)
    return cards(own.order_by(Product.sales_count.desc(), Product.id).limit(limit))


@remembered(seconds=30)
def counts_by_merchant() -> dict[UUID, int]:
    """How many products each merchant has on sale."""
    wanted = (
        select(Product.merchant_id, func.count()).where(Product.state == ProductState.ON_SALE).group_by(Product.merchant_id)
    )
    return {row[0]: row[1] for row in db.session.execute(wanted)}


@remembered(seconds=60)
def cloths(limit: int) -> tuple[Card, ...]:
    """What sells best of what is sold by length: it fills a wall; where nothing is, what sells best at all."""
    by_length = goods.on_sale().where(Product.unit.in_(BY_LENGTH), Product.cover_key.is_not(None))
    found = tuple(cards(by_length.order_by(Product.sales_count.desc(), Product.id).limit(limit)))
    return found if len(found) == limit else best()[:limit]


@remembered(seconds=30)
def figures() -> tuple[int, int]:
    """Merchants that sell, and products on sale."""
    merchants = select(func.count()).select_from(Merchant).where(Merchant.may_sell).scalar_subquery()
    products = select(func.count()).select_from(Product).where(Product.state == ProductState.ON_SALE).scalar_subquery()
    row = db.session.execute(select(merchants, products)).one()
    return int(row[0]), int(row[1])


@remembered(seconds=30)
def counts_by_category() -> dict[str, int]:
    """How many products on sale stand in each category and below it."""
    return goods.counts(on_sale=True)


@remembered(seconds=30)
def model_merchants(limit: int = 6) -> tuple[Any, ...]:
    """The merchants that sell most of what is on sale, with four of their goods."""
    sold = func.sum(Product.sales_count)
    wanted = (
        select(Merchant.id, Merchant.slug, Merchant.name, Merchant.kind, Merchant.region_code, Storefront.logo)
        .join(Product, Product.merchant_id == Merchant.id)
        .outerjoin(Storefront, Storefront.merchant_id == Merchant.id)
        .where(Merchant.may_sell, Product.state == ProductState.ON_SALE)
        .group_by(Merchant.id, Storefront.logo)
        .order_by(sold.desc(), Merchant.slug)
        .limit(limit)
    )
    return tuple(db.session.execute(wanted).all())


@remembered(seconds=30)
def windows(merchant_ids: tuple[UUID, ...], each: int = 4) -> dict[UUID, tuple[tuple[str, str], ...]]:
    """Some pictures of each merchant's goods: (key, colour)."""
    place = func.row_number().over(partition_by=Product.merchant_id, order_by=Product.sales_count.desc())
    ranked = (
        select(Product.merchant_id, Product.cover_key, Product.cover_colour, place.label("place"))
        .where(Product.merchant_id.in_(merchant_ids), Product.state == ProductState.ON_SALE, Product.cover_key.is_not(None))
        .subquery()
    )
    shown: dict[UUID, tuple[tuple[str, str], ...]] = {}
    for row in db.session.execute(select(ranked).where(ranked.c.place <= each)):
        shown[row.merchant_id] = (*shown.get(row.merchant_id, ()), (row.cover_key, row.cover_colour))
    return shown
