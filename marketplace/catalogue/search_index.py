"""Search documents of products and merchants: written by listeners, rebuilt by `flask reindex`.

Only what can be bought is indexed: products on sale of merchants that may sell. A document carries its row's `row_version`,
so that an older write never overwrites a newer one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import func, select

from marketplace.catalogue.models import AttributeType, Brand, Category, Product, ProductState, Variant
from marketplace.catalogue.queries.taxonomy import get_schemas
from marketplace.catalogue.rules import AttributeField, format_attribute_value
from marketplace.kernel import clock, sanitize
from marketplace.kernel.db import db
from marketplace.kernel.localized_text import LANGUAGES
from search import PUBLIC_AUDIENCE, Document, SearchEngine
from search.documents import ProductFields, ProductText, product_document
from search.failover import FailoverEngine
from tenants.isolation import AccessPurpose, with_purpose
from tenants.merchants.models import Merchant

PRODUCTS, MERCHANTS = "products", "merchants"
BATCH = 500


def get_engine() -> SearchEngine:
    """Return the application's search engine."""
    search_engine: SearchEngine = current_app.extensions["search"]
    return search_engine


def index_products(product_ids: Sequence[UUID]) -> None:
    """Update the documents of these products: write those that can be bought, delete the others."""
    with with_purpose(AccessPurpose.INDEXING):
        row_versions = dict(
            db.session.execute(
                select(Product.id, Product.row_version).where(
                    Product.id.in_(list(product_ids)), Product.published_at.is_not(None)
                )
            ).all()
        )
        documents = list(_product_documents(list(row_versions)))
    if documents:
        get_engine().index_documents(PRODUCTS, documents)
    hidden_ids = row_versions.keys() - {UUID(document.id) for document in documents}
    if hidden_ids:
        get_engine().delete_documents(PRODUCTS, {str(product_id): row_versions[product_id] for product_id in hidden_ids})


def index_merchant(merchant_id: UUID) -> None:
    """Update the documents of a merchant and of all its products."""
    version = _version_now()
    with with_purpose(AccessPurpose.INDEXING):
        documents = list(_merchant_documents(version, merchant_id))
        ids = list(db.session.scalars(select(Product.id).where(Product.merchant_id == merchant_id)))
    if documents:
        get_engine().index_documents(MERCHANTS, documents)
    else:
        get_engine().delete_documents(MERCHANTS, {str(merchant_id): version})
    for start in range(0, len(ids), BATCH):
        index_products(ids[start : start + BATCH])


def reindex() -> Mapping[str, int]:
    """Rebuild both indexes beside the current ones, then swap them; return the number of documents by index."""
    with with_purpose(AccessPurpose.INDEXING):
        return {
            PRODUCTS: get_engine().rebuild(PRODUCTS, iter_product_documents()),
            MERCHANTS: get_engine().rebuild(MERCHANTS, _merchant_documents(_version_now())),
        }


def reconcile() -> int:
    """Compare the products index with the database, repair the differences, and return their number."""
    with with_purpose(AccessPurpose.INDEXING):
        rows = dict(db.session.execute(_indexable_stmt().with_only_columns(Product.id, Product.row_version)).all())
    indexed_versions = dict(get_engine().versions(PRODUCTS))
    outdated_ids = [
        product_id for product_id, row_version in rows.items() if indexed_versions.get(str(product_id), -1) < row_version
    ]
    orphaned_ids = [UUID(name) for name in indexed_versions if UUID(name) not in rows]
    for start in range(0, len(outdated_ids), BATCH):
        index_products(outdated_ids[start : start + BATCH])
    if orphaned_ids:
        index_products(orphaned_ids)
    return len(outdated_ids) + len(orphaned_ids)


def replay_failed_writes() -> int:
    """Repeat the writes that one of two engines has missed, and return their number; 0 for a single engine."""
    search_engine = get_engine()
    return search_engine.replay_pending() if isinstance(search_engine, FailoverEngine) else 0


def iter_product_documents() -> Iterator[Document]:
    """Yield the documents of all products that can be bought, read in batches while they are consumed."""
    after: UUID | None = None
    while True:
        stmt = _indexable_stmt().with_only_columns(Product.id).order_by(Product.id).limit(BATCH)
        ids = list(db.session.scalars(stmt if after is None else stmt.where(Product.id > after)))
        if not ids:
            return
        yield from _product_documents(ids)
        after = ids[-1]


def _indexable_stmt() -> Any:
    on_sale = Product.state == ProductState.ON_SALE
    return select(Product).join(Merchant, Merchant.id == Product.merchant_id).where(on_sale, Merchant.may_sell)


def _product_documents(product_ids: Sequence[UUID]) -> Iterator[Document]:
    """Yield the documents of those of these products that can be bought, with four statements for any number."""
    columns = (Product, Merchant.slug, Merchant.name, Merchant.kind, Category.path, Brand.slug, Brand.names)
    stmt = (
        _indexable_stmt()
        .with_only_columns(*columns)
        .join(Category, Category.id == Product.category_id)
        .outerjoin(Brand, Brand.id == Product.brand_id)
        .where(Product.id.in_(product_ids))
        .order_by(Product.id)
    )
    rows = db.session.execute(stmt, execution_options={"populate_existing": True}).all()
    schemas = get_schemas({row[0].category_id for row in rows})
    category_names = _category_names()
    skus = _skus([row[0].id for row in rows])
    for product, merchant, merchant_name, merchant_kind, path, brand, brand_names in rows:
        schema = schemas.get(product.category_id, ())
        yield product_document(
            str(product.id),
            version=product.row_version,
            audience=(PUBLIC_AUDIENCE,),
            text=ProductText(
                titles=tuple(product.title.values()),
                brands=tuple((brand_names or {}).values()),
                categories=tuple(
                    category_names.get(slug, {}).get(language, "") for language in reversed(LANGUAGES) for slug in path
                ),
                codes=(product.code, *([product.reference] if product.reference else []), *skus[product.id]),
                specification=_specification_text(product, schema) | {"merchant": " ".join(merchant_name.values())},
                description="\n".join(sanitize.strip_html(text) for text in product.description.values()),
            ),
            fields=ProductFields(
                keywords=_keywords(product, schema)
                | {"category": tuple(path), "merchant": (merchant,), "kind": (merchant_kind.value,)}
                | ({"brand": (brand,)} if brand else {}),
                numbers=_numbers(product, schema),
                dates={"newest": product.published_at},
            ),
        )


def _category_names() -> dict[str, dict[str, str]]:
    return dict(db.session.execute(select(Category.slug, Category.names)).all())


def _skus(product_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    skus: dict[UUID, list[str]] = defaultdict(list)
    stmt = select(Variant.product_id, Variant.sku).where(Variant.product_id.in_(product_ids), Variant.closed_at.is_(None))
    for product_id, sku in db.session.execute(stmt):
        skus[product_id].append(sku)
    return skus


def _specification_text(product: Product, schema: Sequence[AttributeField]) -> dict[str, str]:
    """Return attributes and options as displayed, in every language."""
    texts = {}
    for field in schema:
        if field.code in product.attributes:
            localized = (format_attribute_value(field, product.attributes[field.code], language) for language in LANGUAGES)
            texts[field.code] = " ".join(dict.fromkeys(localized))
    for axis in product.axes:
        names = [name for value in axis.get("values", ()) for name in (value.get("names") or {}).values()]
        texts[f"axis {axis['code']}"] = " ".join(names)
    return texts


def _keywords(product: Product, schema: Sequence[AttributeField]) -> dict[str, tuple[str, ...]]:
    """Return the values for filters and facets: faceted attributes and variant options, region by level, stock."""
    keywords: dict[str, set[str]] = defaultdict(set)
    for field in schema:
        value = product.attributes.get(field.code)
        if not field.facet or value is None:
            continue
        if field.kind in (AttributeType.CHOICE, AttributeType.CHOICES):
            keywords[field.code] |= set(value) if isinstance(value, list) else {str(value)}
        elif field.kind is AttributeType.FLAG:
            keywords[field.code].add("yes" if value else "no")
    facets = {field.code: field.values for field in schema if field.facet}
    for axis in product.axes:
        if axis["code"] in facets:
            keywords[axis["code"]] |= {str(value["value"]) for value in axis.get("values", ())} & facets[axis["code"]]
    region_prefixes = {product.region_code[:length] for length in (2, 4, 6)} - {""}
    keywords["region"], keywords["stock"] = region_prefixes, {"in" if product.in_stock else "made"}
    return {name: tuple(sorted(values)) for name, values in keywords.items() if values}


def _numbers(product: Product, schema: Sequence[AttributeField]) -> dict[str, float]:
    numbers = {"sales": float(product.sales_count)}
    if product.price_low is not None:
        numbers["price"] = float(product.price_low)
    for field in schema:
        value = product.attributes.get(field.code)
        if field.kind is AttributeType.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
            numbers[field.code] = float(value)
    return numbers


def _version_now() -> int:
    """Return a version for rows without a version column: milliseconds, taken before the rows are read."""
    return int(clock.now().timestamp() * 1000)


def _merchant_documents(version: int, merchant_id: UUID | None = None) -> Iterator[Document]:
    """Yield the documents of merchants that may sell, with the names of the categories they sell in."""
    sold_paths = (
        select(Product.merchant_id, func.jsonb_agg(Category.path.distinct()).label("paths"))
        .join(Category, Category.id == Product.category_id)
        .where(Product.state == ProductState.ON_SALE)
        .group_by(Product.merchant_id)
        .subquery()
    )
    stmt = (
        select(Merchant, sold_paths.c.paths)
        .outerjoin(sold_paths, sold_paths.c.merchant_id == Merchant.id)
        .where(Merchant.may_sell)
    )
    if merchant_id is not None:
        stmt = stmt.where(Merchant.id == merchant_id)
    category_names = _category_names()
    for merchant, paths in db.session.execute(stmt):
        slugs = list(dict.fromkeys(slug for path in paths or () for slug in path))
        names = [name for slug in slugs for name in category_names.get(slug, {}).values()]
        region_prefixes = {merchant.region_code[:length] for length in (2, 4, 6)} - {""}
        yield Document(
            id=str(merchant.id),
            version=version,
            audience=(PUBLIC_AUDIENCE,),
            texts={"title": "\n".join(merchant.name.values()), "category": "\n".join(names), "code": merchant.slug},
            keywords={
                "kind": (merchant.kind.value,),
                "ownership": (merchant.ownership.value,),
                **({"category": tuple(slugs)} if slugs else {}),
                **({"region": tuple(sorted(region_prefixes))} if region_prefixes else {}),
            },
            dates={"newest": merchant.admitted_at or merchant.created_at},
            phrases=tuple(merchant.name.values()),
        )
