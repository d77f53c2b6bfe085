"""Queries of listings and the home page: search results, categories, schemas, and figures cached for some seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, func, select

from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue.models import Product, ProductState, Unit
from marketplace.catalogue.queries import CategoryRow, ProductCard
from marketplace.catalogue.queries.public import fetch_cards
from marketplace.catalogue.rules.attributes import AttributeField
from marketplace.kernel import compiled_sql
from marketplace.kernel.cache import VersionedCache, memoize, rows_version
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.storefront.browse_criteria import BrowseCriteria
from search import SearchEngine, SearchResult
from tenants.merchant_shops.models import MerchantShop
from tenants.merchants.models import Merchant

MAX_FIELDS = 1000
MAX_SCHEMAS = 1000
_fields_by_code: dict[str, AttributeField] = {}
_tree_cache: VersionedCache[tuple[tuple[CategoryRow, ...], dict[str, CategoryRow]]] = VersionedCache(1)
_schema_cache: VersionedCache[tuple[AttributeField, ...]] = VersionedCache(MAX_SCHEMAS)
_category_version_cache: VersionedCache[str] = VersionedCache(MAX_SCHEMAS)
PRODUCT_INDEX = "products"
MERCHANT_INDEX = "merchants"
LENGTH_UNITS = tuple(unit for unit in Unit if unit.base_value == Unit.METRE.base_value)


def get_engine() -> SearchEngine:
    """Return the search engine."""
    return current_app.extensions["search"]  # type: ignore[no-any-return]


def search_products(criteria: BrowseCriteria, facets: Sequence[AttributeField]) -> SearchResult:
    """Search products. The ids are only candidates: what is shown is read from the database, which enforces visibility."""
    return get_engine().search(PRODUCT_INDEX, criteria.to_query(facets))


@dataclass(frozen=True)
class ProductAttributes:
    """The category and attribute values of a product."""

    category_id: UUID
    attributes: dict[str, Any]


def get_attributes(product_ids: Iterable[UUID]) -> dict[UUID, ProductAttributes]:
    """Return the attributes of products by id. One statement."""
    ids = list(product_ids)
    if not ids:
        return {}
    rows = db.session.execute(select(Product.id, Product.category_id, Product.attributes).where(Product.id.in_(ids)))
    return {row.id: ProductAttributes(row.category_id, row.attributes) for row in rows}


def get_cards_by_code(codes: Sequence[str]) -> list[ProductCard]:
    """Return the cards of the products on sale with these codes, in the given order. One statement."""
    if not codes:
        return []
    cards_by_code = {
        card.code: card for card in fetch_cards(catalogue_queries.cards_on_sale_stmt().where(Product.code.in_(codes)))
    }
    return [cards_by_code[code] for code in codes if code in cards_by_code]


@memoize(ttl=15)
def taxonomy_version() -> str:
    """Return a version that changes whenever any category or attribute is written. One statement.

    The category tree and the schemas are cached under this version, so that they are loaded again only after a change.
    """
    return str(compiled_sql.fetch_all(_taxonomy_version_stmt())[0][0])


@cache
def _taxonomy_version_stmt() -> Select[*tuple[Any, ...]]:
    return select(func.md5(func.concat_ws("/", rows_version("categories"), rows_version("attributes"))))


def category_tree() -> tuple[CategoryRow, ...]:
    """Return all open categories, parents first."""
    return _load_tree()[0]


def categories_by_slug() -> dict[str, CategoryRow]:
    """Return the open categories by slug."""
    return _load_tree()[1]


def _load_tree() -> tuple[tuple[CategoryRow, ...], dict[str, CategoryRow]]:
    version = taxonomy_version()
    cached = _tree_cache.get("open", version)
    if cached is None:
        rows = tuple(catalogue_queries.get_category_tree())
        cached = _tree_cache.set("open", (rows, {row.slug: row for row in rows}), version)
    return cached


@memoize(ttl=15)
def brand_names() -> dict[str, dict[str, str]]:
    """Return the names of the brands by slug."""
    return {brand.slug: dict(brand.names) for brand in catalogue_queries.list_brands(closed=True)}


def list_facets(category_id: UUID) -> tuple[AttributeField, ...]:
    """Return the attributes of a category that can be filtered by."""
    return tuple(field for field in get_schema(category_id) if field.facet)


def get_schema(category_id: UUID) -> tuple[AttributeField, ...]:
    """Return all attributes of a category, for the specification."""
    version = taxonomy_version()
    cached = _schema_cache.get(category_id, version)
    if cached is None:
        cached = _schema_cache.set(category_id, tuple(map(_intern_field, catalogue_queries.get_schema(category_id))), version)
    return cached


def _intern_field(field: AttributeField) -> AttributeField:
    """Return one shared object for equal fields of many categories, as a list of colours takes as much memory as a page."""
    existing = _fields_by_code.get(field.code)
    if existing == field:
        return existing
    if len(_fields_by_code) >= MAX_FIELDS:
        _fields_by_code.clear()
    _fields_by_code[field.code] = field
    return field


def breadcrumbs_of_category(category_id: UUID) -> list[CategoryRow]:
    """Return the categories from the top of the tree down to the one with this id."""
    category = next((category_row for category_row in category_tree() if category_row.id == category_id), None)
    return breadcrumbs(category) if category else []


def category_version(category_id: UUID) -> str:
    """Return a version that changes with the names of a category, its ancestors and its attributes."""
    taxonomy = taxonomy_version()
    cached = _category_version_cache.get(category_id, taxonomy)
    if cached is None:
        content = repr((breadcrumbs_of_category(category_id), get_schema(category_id)))
        cached = _category_version_cache.set(category_id, sha256(content.encode()).hexdigest()[:12], taxonomy)
    return cached


def get_category(slug: str) -> CategoryRow:
    """Return the category with this slug.

    Raises:
        NotFound: There is no such open category.
    """
    category = categories_by_slug().get(slug)
    if category is None:
        raise NotFound
    return category


def list_subcategories(row: CategoryRow | None) -> list[CategoryRow]:
    """Return the children of a category, or the top-level categories for None."""
    return [category for category in category_tree() if category.parent_id == (row.id if row else None)]


def breadcrumbs(row: CategoryRow) -> list[CategoryRow]:
    """Return the categories from the top of the tree down to this one."""
    return [categories_by_slug()[slug] for slug in row.path if slug in categories_by_slug()]


@memoize(ttl=20)
def list_new_arrivals(limit: int = 10) -> tuple[ProductCard, ...]:
    """Return the products that were published last."""
    return tuple(fetch_cards(catalogue_queries.cards_on_sale_stmt().order_by(Product.published_at.desc()).limit(limit)))


@memoize(ttl=20)
def list_best_sellers(limit: int = 10) -> tuple[ProductCard, ...]:
    """Return the best-selling products."""
    return tuple(
        fetch_cards(catalogue_queries.cards_on_sale_stmt().order_by(Product.sales_count.desc(), Product.id).limit(limit))
    )


def list_new_arrivals_of(merchant_id: UUID, limit: int = 10) -> list[ProductCard]:
    """Return the products that a merchant published last."""
    stmt = catalogue_queries.cards_on_sale_stmt().where(Product.merchant_id == merchant_id)
    return fetch_cards(stmt.order_by(Product.published_at.desc(), Product.id).limit(limit))


def list_best_sellers_of(merchant_id: UUID, limit: int = 10) -> list[ProductCard]:
    """Return the best-selling products of a merchant."""
    stmt = catalogue_queries.cards_on_sale_stmt().where(Product.merchant_id == merchant_id)
    return fetch_cards(stmt.order_by(Product.sales_count.desc(), Product.id).limit(limit))


@memoize(ttl=30)
def count_products_by_merchant() -> dict[UUID, int]:
    """Return the number of products on sale by merchant."""
    stmt = select(Product.merchant_id, func.count()).where(Product.state == ProductState.ON_SALE).group_by(Product.merchant_id)
    return {row[0]: row[1] for row in db.session.execute(stmt)}


@memoize(ttl=60)
def list_fabrics(limit: int) -> tuple[ProductCard, ...]:
    """Return the best-selling products sold by length (fabrics), or of all products if there are not enough."""
    stmt = catalogue_queries.cards_on_sale_stmt().where(Product.unit.in_(LENGTH_UNITS), Product.cover_key.is_not(None))
    fabric_cards = tuple(fetch_cards(stmt.order_by(Product.sales_count.desc(), Product.id).limit(limit)))
    return fabric_cards if len(fabric_cards) == limit else list_best_sellers()[:limit]


@memoize(ttl=30)
def count_merchants_and_products() -> tuple[int, int]:
    """Return the numbers of merchants that may sell and of products on sale."""
    merchants = select(func.count()).select_from(Merchant).where(Merchant.may_sell).scalar_subquery()
    products = select(func.count()).select_from(Product).where(Product.state == ProductState.ON_SALE).scalar_subquery()
    row = db.session.execute(select(merchants, products)).one()
    return int(row[0]), int(row[1])


@memoize(ttl=30)
def count_products_by_category() -> dict[str, int]:
    """Return the number of products on sale by category, including its descendants."""
    return catalogue_queries.count_products_by_category(on_sale=True)


@memoize(ttl=30)
def list_top_merchants(limit: int = 6) -> tuple[Any, ...]:
    """Return the merchants with the most sales of products that are on sale."""
    units_sold = func.sum(Product.sales_count)
    stmt = (
        select(Merchant.id, Merchant.slug, Merchant.name, Merchant.kind, Merchant.region_code, MerchantShop.logo)
        .join(Product, Product.merchant_id == Merchant.id)
        .outerjoin(MerchantShop, MerchantShop.merchant_id == Merchant.id)
        .where(Merchant.may_sell, Product.state == ProductState.ON_SALE)
        .group_by(Merchant.id, MerchantShop.logo)
        .order_by(units_sold.desc(), Merchant.slug)
        .limit(limit)
    )
    return tuple(db.session.execute(stmt).all())


@memoize(ttl=30)
def get_product_previews(merchant_ids: tuple[UUID, ...], per_merchant: int = 4) -> dict[UUID, tuple[tuple[str, str], ...]]:
    """Return pictures of each merchant's best-selling products as (key, colour)."""
    sales_rank = func.row_number().over(partition_by=Product.merchant_id, order_by=Product.sales_count.desc())
    ranked = (
        select(Product.merchant_id, Product.cover_key, Product.cover_colour, sales_rank.label("sales_rank"))
        .where(Product.merchant_id.in_(merchant_ids), Product.state == ProductState.ON_SALE, Product.cover_key.is_not(None))
        .subquery()
    )
    previews: dict[UUID, tuple[tuple[str, str], ...]] = {}
    for row in db.session.execute(select(ranked).where(ranked.c.sales_rank <= per_merchant)):
        previews[row.merchant_id] = (*previews.get(row.merchant_id, ()), (row.cover_key, row.cover_colour))
    return previews
