"""Search documents of products and merchants: described here, written by listeners, rebuilt by `flask reindex`.

What may be found is what may be bought: on sale, at a merchant that may sell. A document carries the row's `stamp`, so an
older write never undoes a newer one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import func, select

from marketplace.catalogue.models import AttributeKind, Brand, Category, Product, ProductState, Variant
from marketplace.catalogue.queries.kinds import schemas_of
from marketplace.catalogue.rules import AttributeField, spoken
from marketplace.kernel import clock, rich
from marketplace.kernel.db import db
from marketplace.kernel.texts import LANGUAGES
from search import EVERYBODY, Document, Engine
from search.documents import ProductFacts, ProductWords, product_document
from search.failover import Failover
from tenants.merchants.models import Merchant
from tenants.scope import Purpose, working_on

PRODUCTS, MERCHANTS = "products", "merchants"
BATCH = 500


def engine() -> Engine:
    """The market's search engine."""
    found: Engine = current_app.extensions["search"]
    return found


def index_products(product_ids: Sequence[UUID]) -> None:
    """Bring these products' documents up to date: written when they can be bought, forgotten when not."""
    with working_on(Purpose.INDEXING):
        stamps = dict(
            db.session.execute(
                select(Product.id, Product.stamp).where(Product.id.in_(list(product_ids)), Product.published_at.is_not(None))
            ).all()
        )
        shown = list(_documents(list(stamps)))
    if shown:
        engine().put(PRODUCTS, shown)
    gone = stamps.keys() - {UUID(document.id) for document in shown}
    if gone:
        engine().drop(PRODUCTS, {str(product_id): stamps[product_id] for product_id in gone})


def index_merchant(merchant_id: UUID) -> None:
    """Bring a merchant's own document up to date, and those of all its products."""
    moment = _moment()
    with working_on(Purpose.INDEXING):
        found = list(_merchant_documents(moment, merchant_id))
        ids = list(db.session.scalars(select(Product.id).where(Product.merchant_id == merchant_id)))
    if found:
        engine().put(MERCHANTS, found)
    else:
        engine().drop(MERCHANTS, {str(merchant_id): moment})
    for start in range(0, len(ids), BATCH):
        index_products(ids[start : start + BATCH])


def reindex() -> Mapping[str, int]:
    """Rebuild both indexes beside the old ones, then swap; documents by index."""
    with working_on(Purpose.INDEXING):
        return {
            PRODUCTS: engine().rebuild(PRODUCTS, all_documents()),
            MERCHANTS: engine().rebuild(MERCHANTS, _merchant_documents(_moment())),
        }


def reconcile() -> int:
    """Compare the products index with the rows and put right what differs; how many documents that were."""
    with working_on(Purpose.INDEXING):
        rows = dict(db.session.execute(_shown().with_only_columns(Product.id, Product.stamp)).all())
    known = dict(engine().versions(PRODUCTS))
    behind = [product_id for product_id, stamp in rows.items() if known.get(str(product_id), -1) < stamp]
    strange = [UUID(name) for name in known if UUID(name) not in rows]
    for start in range(0, len(behind), BATCH):
        index_products(behind[start : start + BATCH])
    if strange:
        index_products(strange)
    return len(behind) + len(strange)


def catch_up() -> int:
    """Repeat what one of two engines has missed; how many writes. One engine alone misses nothing."""
    found = engine()
    return found.catch_up() if isinstance(found, Failover) else 0


def all_documents() -> Iterator[Document]:
    """Every product that can be bought, read batch by batch while it is consumed."""
    after: UUID | None = None
    while True:
        wanted = _shown().with_only_columns(Product.id).order_by(Product.id).limit(BATCH)
        ids = list(db.session.scalars(wanted if after is None else wanted.where(Product.id > after)))
        if not ids:
            return
        yield from _documents(ids)
        after = ids[-1]


def _shown() -> Any:
    able = Product.state == ProductState.ON_SALE
    return select(Product).join(Merchant, Merchant.id == Product.merchant_id).where(able, Merchant.may_sell)


def _documents(product_ids: Sequence[UUID]) -> Iterator[Document]:
    """The documents of those of these products that can be bought: four statements for any number."""
    columns = (Product, Merchant.slug, Merchant.name, Merchant.kind, Category.path, Brand.slug, Brand.names)
    wanted = (
        _shown()
        .with_only_columns(*columns)
        .join(Category, Category.id == Product.category_id)
        .outerjoin(Brand, Brand.id == Product.brand_id)
        .where(Product.id.in_(product_ids))
        .order_by(Product.id)
    )
    rows = db.session.execute(wanted, execution_options={"populate_existing": True}).all()
    schemas = schemas_of({row[0].category_id for row in rows})
    kinds = _category_names()
    skus = _skus([row[0].id for row in rows])
    for product, merchant, merchant_name, kind, path, brand, brand_names in rows:
        schema = schemas.get(product.category_id, ())
        yield product_document(
            str(product.id),
            version=product.stamp,
            audience=(EVERYBODY,),
            words=ProductWords(
                titles=tuple(product.title.values()),
                brands=tuple((brand_names or {}).values()),
                categories=tuple(kinds.get(slug, {}).get(language, "") for language in reversed(LANGUAGES) for slug in path),
                codes=(product.code, *([product.reference] if product.reference else []), *skus[product.id]),
                specification=_specification(product, schema) | {"merchant": " ".join(merchant_name.values())},
                description="\n".join(rich.plain(text) for text in product.description.values()),
            ),
            facts=ProductFacts(
                keywords=_keywords(product, schema)
                | {"category": tuple(path), "merchant": (merchant,), "kind": (kind.value,)}
                | ({"brand": (brand,)} if brand else {}),
                numbers=_numbers(product, schema),
                dates={"newest": product.published_at},
            ),
        )


def _category_names() -> dict[str, dict[str, str]]:
    return dict(db.session.execute(select(Category.slug, Category.names)).all())


def _skus(product_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    wanted = select(Variant.product_id, Variant.sku).where(Variant.product_id.in_(product_ids), Variant.closed_at.is_(None))
    for product_id, sku in db.session.execute(wanted):
        found[product_id].append(sku)
    return found


def _specification(product: Product, schema: Sequence[AttributeField]) -> dict[str, str]:
    """Attributes and options as they read, in every language."""
    said = {}
    for field in schema:
        if field.code in product.attributes:
            both = (spoken(field, product.attributes[field.code], language) for language in LANGUAGES)
            said[field.code] = " ".join(dict.fromkeys(both))
    for axis in product.axes:
        names = [name for value in axis.get("values", ()) for name in (value.get("names") or {}).values()]
        said[f"axis {axis['code']}"] = " ".join(names)
    return said


def _keywords(product: Product, schema: Sequence[AttributeField]) -> dict[str, tuple[str, ...]]:
    """What is filtered and counted: faceted attributes with what the variants offer, region by its steps, stock."""
    found: dict[str, set[str]] = defaultdict(set)
    for field in schema:
        value = product.attributes.get(field.code)
        if not field.facet or value is None:
            continue
        if field.kind in (AttributeKind.CHOICE, AttributeKind.CHOICES):
            found[field.code] |= set(value) if isinstance(value, list) else {str(value)}
        elif field.kind is AttributeKind.FLAG:
            found[field.code].add("yes" if value else "no")
    facets = {field.code: field.values for field in schema if field.facet}
    for axis in product.axes:
        if axis["code"] in facets:
            found[axis["code"]] |= {str(value["value"]) for value in axis.get("values", ())} & facets[axis["code"]]
    steps = {product.region_code[:length] for length in (2, 4, 6)} - {""}
    found["region"], found["stock"] = steps, {"in" if product.in_stock else "made"}
    return {name: tuple(sorted(values)) for name, values in found.items() if values}


def _numbers(product: Product, schema: Sequence[AttributeField]) -> dict[str, float]:
    numbers = {"sales": float(product.sales_count)}
    if product.price_low is not None:
        numbers["price"] = float(product.price_low)
    for field in schema:
        value = product.attributes.get(field.code)
        if field.kind is AttributeKind.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
            numbers[field.code] = float(value)
    return numbers


def _moment() -> int:
    """A version for rows that have no number of their own: milliseconds, taken before they are read."""
    return int(clock.now().timestamp() * 1000)


def _merchant_documents(version: int, merchant_id: UUID | None = None) -> Iterator[Document]:
    """Merchants that may sell, with the names of the categories they are present in."""
    sold = (
        select(Product.merchant_id, func.jsonb_agg(Category.path.distinct()).label("paths"))
        .join(Category, Category.id == Product.category_id)
        .where(Product.state == ProductState.ON_SALE)
        .group_by(Product.merchant_id)
        .subquery()
    )
    wanted = select(Merchant, sold.c.paths).outerjoin(sold, sold.c.merchant_id == Merchant.id).where(Merchant.may_sell)
    if merchant_id is not None:
        wanted = wanted.where(Merchant.id == merchant_id)
    kinds = _category_names()
    for merchant, paths in db.session.execute(wanted):
        slugs = list(dict.fromkeys(slug for path in paths or () for slug in path))
        names = [name for slug in slugs for name in kinds.get(slug, {}).values()]
        steps = {merchant.region_code[:length] for length in (2, 4, 6)} - {""}
        yield Document(
            id=str(merchant.id),
            version=version,
            audience=(EVERYBODY,),
            texts={"title": "\n".join(merchant.name.values()), "category": "\n".join(names), "code": merchant.slug},
            keywords={
                "kind": (merchant.kind.value,),
                "ownership": (merchant.ownership.value,),
                **({"category": tuple(slugs)} if slugs else {}),
                **({"region": tuple(sorted(steps))} if steps else {}),
            },
            dates={"newest": merchant.admitted_at or merchant.created_at},
            phrases=tuple(merchant.name.values()),
        )
