"""Availability, stock levels and locations (inventory management, IN1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    DateTime,
    Numeric,
    ScalarSelect,
    Select,
    String,
    TableValuedAlias,
    Uuid,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from marketplace.catalogue.models import Product, ProductState, Variant
from marketplace.catalogue.queries.taxonomy import subtree_ids_stmt
from marketplace.inventory.errors import StockNotFound
from marketplace.inventory.models import Location, LowStockThreshold, StockCost, StockLevel
from marketplace.inventory.valuation import stock_value
from marketplace.kernel import clock, compiled_sql
from marketplace.kernel.db import db
from marketplace.kernel.money import Money

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFilter:
    """The combined filters of the stock list (inventory management, IN1)."""

    text: str = ""
    location_id: UUID | None = None
    category: str = ""
    shortage: str = ""  # "none": nothing available | "line": at or below the threshold | "held": something reserved
    sort: str = "free"


def get_available(variant_ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    """Return what is available of each variant: on hand less active reservations. One formula, one statement.

    Every tenant context may call it: the database returns this number and nothing else of a merchant's stock. Expired
    reservations count as released, whether or not the scheduled task has released them.
    """
    ids = list(dict.fromkeys(variant_ids))
    if not ids:
        return {}
    available_by_id = {row[0]: row[1] for row in compiled_sql.fetch_all(_available_stmt(), ids=ids, moment=clock.now())}
    return {variant_id: available_by_id.get(variant_id, ZERO) for variant_id in ids}


@cache
def _available_stmt() -> Select[*tuple[Any, ...]]:
    ids, moment = bindparam("ids", type_=ARRAY(Uuid())), bindparam("moment", type_=DateTime(timezone=True))
    available_table = _available_table(ids, moment)
    return select(available_table.c.variant_id, available_table.c.available)


def available_subquery(variant_ids: ColumnElement[Any], moment: BindParameter[datetime]) -> ScalarSelect[str]:
    """Return the same for an array of variants as one text inside another statement; see `parse_available`."""
    available_table = _available_table(variant_ids, moment)
    pair = cast(available_table.c.variant_id, String) + " " + cast(available_table.c.available, String)
    return (
        select(func.string_agg(pair, aggregate_order_by(literal(","), available_table.c.variant_id)))
        .select_from(available_table)
        .scalar_subquery()
    )


def _available_table(variant_ids: ColumnElement[Any], moment: BindParameter[datetime]) -> TableValuedAlias:
    columns = column("variant_id", Uuid()), column("available", Numeric(14, 3))
    return func.stock_available(variant_ids, moment).table_valued(*columns)


def parse_available(text: str | None) -> dict[UUID, Decimal]:
    """Parse the text of `available_subquery`."""
    pairs = (pair.split(" ") for pair in (text or "").split(",") if pair)
    return {UUID(variant_id): Decimal(available) for variant_id, available in pairs}


def list_locations(*, include_closed: bool = False) -> Sequence[Location]:
    """Return a merchant's locations, in the order in which stock is taken from them."""
    stmt = select(Location).order_by(Location.position, Location.id)
    return db.session.scalars(stmt if include_closed else stmt.where(Location.closed_at.is_(None))).all()


def get_location(location_id: UUID) -> Location:
    """Return one location of the tenant context.

    Raises:
        StockNotFound: no such location.
    """
    location = db.session.scalars(select(Location).where(Location.id == location_id)).first()
    if location is None:
        raise StockNotFound
    return location


def list_locations_with_stock() -> Sequence[Any]:
    """Return a merchant's locations with the number of variants stored there: columns, one statement."""
    stocked_variants = func.count(StockLevel.id).filter(StockLevel.on_hand > 0)
    stmt = (
        select(
            Location.id,
            Location.name,
            Location.address,
            Location.position,
            Location.closed_at,
            stocked_variants.label("variants"),
        )
        .outerjoin(StockLevel, StockLevel.location_id == Location.id)
        .group_by(Location.id)
        .order_by(Location.closed_at.is_not(None), Location.position, Location.id)
    )
    return db.session.execute(stmt).all()


def get_variant_details(variant_id: UUID) -> Any:
    """Return the names and units of a variant of the tenant context: columns.

    Raises:
        StockNotFound: no such variant.
    """
    columns = (Variant.id, Variant.sku, Variant.label, Variant.product_id, Product.title, Product.unit, Product.merchant_id)
    result = db.session.execute(
        select(*columns).join(Product, Product.id == Variant.product_id).where(Variant.id == variant_id)
    )
    row = result.first()
    if row is None:
        raise StockNotFound
    return row


def list_levels(variant_ids: Iterable[UUID]) -> Sequence[Any]:
    """Return the levels of these variants with the names of the locations: columns, one statement."""
    stmt = (
        select(
            StockLevel.id,
            StockLevel.variant_id,
            StockLevel.location_id,
            StockLevel.on_hand,
            StockLevel.reserved,
            Location.name,
            Location.position,
        )
        .join(Location, Location.id == StockLevel.location_id)
        .where(StockLevel.variant_id.in_(list(variant_ids)))
        .order_by(Location.position, Location.id)
    )
    return db.session.execute(stmt).all()


def get_low_stock_threshold(variant_id: UUID) -> Decimal | None:
    """Return the low-stock threshold of a variant, if it has one."""
    return db.session.scalar(select(LowStockThreshold.quantity).where(LowStockThreshold.variant_id == variant_id))


def get_cost(variant_id: UUID) -> StockCost | None:
    """Return the average cost of one unit of a variant, if it is known (inventory management, IN1)."""
    return db.session.scalars(select(StockCost).where(StockCost.variant_id == variant_id)).first()


def get_stock_value() -> list[Money]:
    """Return the value of all stock whose cost is known: one sum for each currency (inventory management, IN1)."""
    variant_values = (
        select(StockCost.currency, (StockCost.average * func.sum(StockLevel.on_hand)).label("value"))
        .join(StockLevel, StockLevel.variant_id == StockCost.variant_id)
        .group_by(StockCost.variant_id)
        .subquery()
    )
    stmt = (
        select(variant_values.c.currency, func.sum(variant_values.c.value))
        .group_by(variant_values.c.currency)
        .order_by(variant_values.c.currency)
    )
    return [stock_value(average=total, quantity=Decimal(1), currency=currency) for currency, total in db.session.execute(stmt)]


def list_stock_stmt(filters: StockFilter) -> Select[*tuple[Any, ...]]:
    """Return the statement of the stock list: a row for each variant with its locations, sums and threshold."""
    on_hand, reserved = func.coalesce(func.sum(StockLevel.on_hand), 0), func.coalesce(func.sum(StockLevel.reserved), 0)
    location_json = func.jsonb_build_object(
        "name", Location.name, "on_hand", cast(StockLevel.on_hand, String), "reserved", cast(StockLevel.reserved, String)
    )
    locations_json = func.jsonb_agg(aggregate_order_by(location_json, Location.position)).filter(StockLevel.id.is_not(None))
    stmt = (
        select(
            Variant.id,
            Variant.sku,
            Variant.label,
            Variant.product_id,
            Product.title,
            Product.unit,
            Product.cover_key,
            Product.cover_colour,
            Product.state,
            LowStockThreshold.quantity.label("low_stock_threshold"),
            StockCost.average,
            StockCost.currency,
            on_hand.label("on_hand"),
            reserved.label("reserved"),
            locations_json.label("locations"),
        )
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(StockLevel, StockLevel.variant_id == Variant.id)
        .outerjoin(Location, Location.id == StockLevel.location_id)
        .outerjoin(LowStockThreshold, LowStockThreshold.variant_id == Variant.id)
        .outerjoin(StockCost, StockCost.variant_id == Variant.id)
        .where(Variant.closed_at.is_(None), or_(Product.state != ProductState.DELETED, StockLevel.on_hand > 0))
        .group_by(Variant.id, Product.id, LowStockThreshold.quantity, StockCost.average, StockCost.currency)
    )
    return _apply_filters(stmt, filters, on_hand, reserved)


def _apply_filters(
    stmt: Select[*tuple[Any, ...]], filters: StockFilter, on_hand: Any, reserved: Any
) -> Select[*tuple[Any, ...]]:
    available = on_hand - reserved
    if filters.text:
        stmt = stmt.where(text_filter(filters.text))
    if filters.location_id is not None:
        stmt = stmt.where(StockLevel.location_id == filters.location_id)
    if filters.category:
        stmt = stmt.where(Product.category_id.in_(subtree_ids_stmt(filters.category)))
    shortage_criteria = {"none": available <= 0, "line": LowStockThreshold.quantity >= available, "held": reserved > 0}
    if filters.shortage in shortage_criteria:
        stmt = stmt.having(shortage_criteria[filters.shortage])
    sort_orders: dict[str, Any] = {
        "free": available.asc(),
        "free_down": available.desc(),
        "sku": Variant.sku.asc(),
        "worth": (on_hand * StockCost.average).desc().nulls_last(),
    }
    return stmt.order_by(sort_orders.get(filters.sort, sort_orders["free"]), Variant.id)


def text_filter(text: str) -> Any:
    """Return the criterion that a variant's SKU, product title or options contain a text."""
    pattern = "%" + text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return or_(
        Variant.sku.ilike(pattern), cast(Product.title, String).ilike(pattern), cast(Variant.label, String).ilike(pattern)
    )


def has_movements() -> bool:
    """Return whether the tenant context has any stock level."""
    return bool(db.session.scalar(select(exists().where(StockLevel.id.is_not(None)))))


def count_below_threshold() -> int:
    """Return how many variants of the tenant context are at or below their low-stock threshold (stock alert line, IN5)."""
    available = func.coalesce(func.sum(StockLevel.on_hand - StockLevel.reserved), 0)
    stmt = (
        select(LowStockThreshold.variant_id)
        .outerjoin(StockLevel, StockLevel.variant_id == LowStockThreshold.variant_id)
        .group_by(LowStockThreshold.variant_id, LowStockThreshold.quantity)
        .having(available <= LowStockThreshold.quantity)
    )
    return db.session.scalar(select(func.count()).select_from(stmt.subquery())) or 0
