"""What is free, and what lies where (IN1)."""

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
from marketplace.catalogue.queries.kinds import below
from marketplace.inventory.errors import NoSuchStock
from marketplace.inventory.models import AlertLine, Location, StockCost, StockLevel
from marketplace.inventory.rules import worth
from marketplace.kernel import clock, quick
from marketplace.kernel.db import db
from marketplace.kernel.money import Money

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The combined query of a stock list (IN1)."""

    text: str = ""
    location_id: UUID | None = None
    category: str = ""
    short: str = ""  # "none" nothing free | "line" below its alert line | "held" something promised
    sort: str = "free"


def available(variant_ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    """How much of each variant is free: what lies there less the holds that still live. The one formula, in one statement.

    Anybody may ask, in any scope: the database answers with this number and shows nothing else of a merchant's stock.
    Holds whose time is over count as gone, whether or not they were swept yet.
    """
    wanted = list(dict.fromkeys(variant_ids))
    if not wanted:
        return {}
    found = {row[0]: row[1] for row in quick.ask(_free(), ids=wanted, moment=clock.now())}
    return {variant_id: found.get(variant_id, ZERO) for variant_id in wanted}


@cache
def _free() -> Select[*tuple[Any, ...]]:
    asked, moment = bindparam("ids", type_=ARRAY(Uuid())), bindparam("moment", type_=DateTime(timezone=True))
    shelf = _shelf(asked, moment)
    return select(shelf.c.variant_id, shelf.c.available)


def free_of(variants: ColumnElement[Any], moment: BindParameter[datetime]) -> ScalarSelect[str]:
    """The same of an array of variants, as one text inside another statement; `read_free` reads it."""
    shelf = _shelf(variants, moment)
    each = cast(shelf.c.variant_id, String) + " " + cast(shelf.c.available, String)
    return (
        select(func.string_agg(each, aggregate_order_by(literal(","), shelf.c.variant_id))).select_from(shelf).scalar_subquery()
    )


def _shelf(variants: ColumnElement[Any], moment: BindParameter[datetime]) -> TableValuedAlias:
    shape = column("variant_id", Uuid()), column("available", Numeric(14, 3))
    return func.stock_available(variants, moment).table_valued(*shape)


def read_free(text: str | None) -> dict[UUID, Decimal]:
    """What `free_of` said."""
    pairs = (one.split(" ") for one in (text or "").split(",") if one)
    return {UUID(variant): Decimal(available) for variant, available in pairs}


def locations(*, closed: bool = False) -> Sequence[Location]:
    """A merchant's places, in the order in which goods are taken from them."""
    wanted = select(Location).order_by(Location.position, Location.id)
    return db.session.scalars(wanted if closed else wanted.where(Location.closed_at.is_(None))).all()


def location(location_id: UUID) -> Location:
    """One place of the present scope. Raises NoSuchStock."""
    found = db.session.scalars(select(Location).where(Location.id == location_id)).first()
    if found is None:
        raise NoSuchStock
    return found


def places_with_stock() -> Sequence[Any]:
    """A merchant's places with how many variants lie there: columns, one statement."""
    lying = func.count(StockLevel.id).filter(StockLevel.on_hand > 0)
    wanted = (
        select(Location.id, Location.name, Location.address, Location.position, Location.closed_at, lying.label("variants"))
        .outerjoin(StockLevel, StockLevel.location_id == Location.id)
        .group_by(Location.id)
        .order_by(Location.closed_at.is_not(None), Location.position, Location.id)
    )
    return db.session.execute(wanted).all()


def variant(variant_id: UUID) -> Any:
    """What a variant of the present scope is called: columns. Raises NoSuchStock."""
    columns = (Variant.id, Variant.sku, Variant.label, Variant.product_id, Product.title, Product.unit, Product.merchant_id)
    found = db.session.execute(select(*columns).join(Product, Product.id == Variant.product_id).where(Variant.id == variant_id))
    row = found.first()
    if row is None:
        raise NoSuchStock
    return row


def levels_of(variant_ids: Iterable[UUID]) -> Sequence[Any]:
    """What lies where of these variants, with the names of the places: columns, one statement."""
    wanted = (
        select(
            StockLevel.id,
            StockLevel.variant_id,
            StockLevel.location_id,
            StockLevel.on_hand,
            StockLevel.held,
            Location.name,
            Location.position,
        )
        .join(Location, Location.id == StockLevel.location_id)
        .where(StockLevel.variant_id.in_(list(variant_ids)))
        .order_by(Location.position, Location.id)
    )
    return db.session.execute(wanted).all()


def alert_line(variant_id: UUID) -> Decimal | None:
    """The alert line of a variant, if it has one."""
    return db.session.scalar(select(AlertLine.quantity).where(AlertLine.variant_id == variant_id))


def cost(variant_id: UUID) -> StockCost | None:
    """What one unit of a variant has cost on average, if anybody has said so (IN1)."""
    return db.session.scalars(select(StockCost).where(StockCost.variant_id == variant_id)).first()


def stock_worth() -> list[Money]:
    """What everything that lies there has cost, as far as that is known: one sum for each currency (IN1)."""
    each = (
        select(StockCost.currency, (StockCost.average * func.sum(StockLevel.on_hand)).label("worth"))
        .join(StockLevel, StockLevel.variant_id == StockCost.variant_id)
        .group_by(StockCost.variant_id)
        .subquery()
    )
    sums = select(each.c.currency, func.sum(each.c.worth)).group_by(each.c.currency).order_by(each.c.currency)
    return [worth(average=sum_, quantity=Decimal(1), currency=currency) for currency, sum_ in db.session.execute(sums)]


def stock_rows(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """The stock list as columns: one line for each variant with its places, sums and alert line; one statement."""
    on_hand, held = func.coalesce(func.sum(StockLevel.on_hand), 0), func.coalesce(func.sum(StockLevel.held), 0)
    place = func.jsonb_build_object(
        "name", Location.name, "on_hand", cast(StockLevel.on_hand, String), "held", cast(StockLevel.held, String)
    )
    places = func.jsonb_agg(aggregate_order_by(place, Location.position)).filter(StockLevel.id.is_not(None))
    rows = (
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
            AlertLine.quantity.label("line"),
            StockCost.average,
            StockCost.currency,
            on_hand.label("on_hand"),
            held.label("held"),
            places.label("places"),
        )
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(StockLevel, StockLevel.variant_id == Variant.id)
        .outerjoin(Location, Location.id == StockLevel.location_id)
        .outerjoin(AlertLine, AlertLine.variant_id == Variant.id)
        .outerjoin(StockCost, StockCost.variant_id == Variant.id)
        .where(Variant.closed_at.is_(None), or_(Product.state != ProductState.DELETED, StockLevel.on_hand > 0))
        .group_by(Variant.id, Product.id, AlertLine.quantity, StockCost.average, StockCost.currency)
    )
    return _narrowed(rows, wanted, on_hand, held)


def _narrowed(rows: Select[*tuple[Any, ...]], wanted: Wanted, on_hand: Any, held: Any) -> Select[*tuple[Any, ...]]:
    free = on_hand - held
    if wanted.text:
        rows = rows.where(says(wanted.text))
    if wanted.location_id is not None:
        rows = rows.where(StockLevel.location_id == wanted.location_id)
    if wanted.category:
        rows = rows.where(Product.category_id.in_(below(wanted.category)))
    shortness = {"none": free <= 0, "line": AlertLine.quantity >= free, "held": held > 0}
    if wanted.short in shortness:
        rows = rows.having(shortness[wanted.short])
    orders: dict[str, Any] = {
        "free": free.asc(),
        "free_down": free.desc(),
        "sku": Variant.sku.asc(),
        "worth": (on_hand * StockCost.average).desc().nulls_last(),
    }
    return rows.order_by(orders.get(wanted.sort, orders["free"]), Variant.id)


def says(text: str) -> Any:
    """Whether a variant is called so: by its SKU, its product's title or its options."""
    like = "%" + text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return or_(Variant.sku.ilike(like), cast(Product.title, String).ilike(like), cast(Variant.label, String).ilike(like))


def anything_booked() -> bool:
    """Whether anything has ever lain on a shelf of the present scope."""
    return bool(db.session.scalar(select(exists().where(StockLevel.id.is_not(None)))))


def below_line() -> int:
    """How many variants of the present scope have fallen to their alert line (IN5)."""
    free = func.coalesce(func.sum(StockLevel.on_hand - StockLevel.held), 0)
    fallen = (
        select(AlertLine.variant_id)
        .outerjoin(StockLevel, StockLevel.variant_id == AlertLine.variant_id)
        .group_by(AlertLine.variant_id, AlertLine.quantity)
        .having(free <= AlertLine.quantity)
    )
    return db.session.scalar(select(func.count()).select_from(fallen.subquery())) or 0
