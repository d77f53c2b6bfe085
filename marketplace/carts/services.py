"""What can be done with a cart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, cast
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from marketplace.carts import queries
from marketplace.carts.errors import CartFull, NotForSale, NotThatQuantity
from marketplace.carts.models import BasketTerms, Cart, CartLine
from marketplace.carts.rules import LARGEST, MOST_LINES, Basket, Want, price_cart, shortage
from marketplace.catalogue.queries import Sellable, sellable
from marketplace.catalogue.rules import quantity_complaint
from marketplace.kernel import clock, quick
from marketplace.kernel.db import db
from marketplace.kernel.money import Money

CARTS, LINES = cast(Table, Cart.__table__), cast(Table, CartLine.__table__)


def look(*, wants: Sequence[Want], currency: str) -> Basket:
    """The cart priced as of now, with what is free of each line: two statements for any number of lines."""
    goods = sellable(want.variant_id for want in wants)
    if not goods:
        return price_cart(wants, goods, {}, currency)
    bounds = queries.bounds(merchant_ids={one.merchant_id for one in goods.values()}, variant_ids=goods)
    return price_cart(wants, goods, bounds.minimums, currency, bounds.free)


def check_goods(*, variant_id: UUID, quantity: Decimal) -> Sellable:
    """What somebody is about to put into a cart. Raises NotForSale or NotThatQuantity, each saying why."""
    goods, free = queries.goods_with_free(variant_id) or (None, Decimal(0))
    if goods is None or goods.reason:
        raise NotForSale(why=goods.reason if goods else _("This is no longer offered."), goods=goods)
    short = shortage(quantity, free, goods.unit)
    complaint = short or quantity_complaint(quantity, goods.min_quantity, goods.max_quantity, goods.step, goods.unit)
    if complaint:
        raise NotThatQuantity(why=complaint, goods=goods)
    return goods


def add(*, buyer_id: UUID, variant_id: UUID, quantity: Decimal) -> int:
    """Put so much more of a variant into a buyer's cart; returns how many lines it holds. Raises CartFull, with nothing put in.

    Whoever puts something in at the same time waits, so that two cannot both take the last place.
    """
    _open(buyer_id)
    others = queries.count_others(buyer_id, variant_id)
    if others >= MOST_LINES:
        raise CartFull(most=MOST_LINES)
    _put(buyer_id, [Want(variant_id=variant_id, quantity=quantity)])
    return others + 1


def merge(*, buyer_id: UUID, wants: Sequence[Want]) -> int:
    """Put a guest's cart into a buyer's: what both hold is added up; how many goods did not fit any more and were left out."""
    if not wants:
        return 0
    _open(buyer_id)
    held = {want.variant_id for want in queries.wants_of(buyer_id)}
    new = [want for want in wants if want.variant_id not in held][: max(0, MOST_LINES - len(held))]
    fits = [want for want in wants if want.variant_id in held] + new
    if fits:
        _put(buyer_id, fits)
    return len(wants) - len(fits)


def change(*, buyer_id: UUID, wants: Iterable[Want]) -> None:
    """Set quantities and selection of lines that are there."""
    for want in sorted(wants, key=lambda want: want.variant_id):
        db.session.execute(
            update(CartLine)
            .where(CartLine.buyer_id == buyer_id, CartLine.variant_id == want.variant_id)
            .values(quantity=want.quantity, selected=want.selected)
            .execution_options(synchronize_session=False)
        )


def take_out(*, buyer_id: UUID, variant_ids: Iterable[UUID]) -> None:
    """Remove lines."""
    gone = delete(CartLine).where(CartLine.buyer_id == buyer_id, CartLine.variant_id.in_(list(variant_ids)))
    db.session.execute(gone.execution_options(synchronize_session=False))


def take_selected(*, buyer_id: UUID) -> list[Want]:
    """Take what is selected out of a buyer's cart, for an order that is being placed; whoever comes at the same time waits.

    The lines come back if the transaction is undone. An empty list: nothing was selected, or somebody took it before.
    """
    rows = quick.ask(_taken(), buyer=buyer_id)
    ordered = sorted(rows, key=lambda row: (row.added_at, row.variant_id))
    return [Want(variant_id=row.variant_id, quantity=row.quantity) for row in ordered]


def set_minimum(*, merchant_id: UUID, minimum: Money) -> None:
    """From which amount of goods on a merchant takes an order; zero takes any."""
    values = {"merchant_id": merchant_id, "currency": minimum.currency, "minimum_minor": minimum.minor}
    terms = insert(BasketTerms).values(values)
    db.session.execute(terms.on_conflict_do_update(index_elements=["merchant_id"], set_=values))


def _open(buyer_id: UUID) -> None:
    quick.write(_opened(), [{"buyer_id": buyer_id, "changed_at": clock.now()}])


def _put(buyer_id: UUID, wants: Sequence[Want]) -> None:
    moment = clock.now()
    lines = [
        {
            "buyer_id": buyer_id,
            "variant_id": want.variant_id,
            "quantity": want.quantity,
            "selected": want.selected,
            "added_at": moment,
        }
        for want in wants
    ]
    quick.write(_added(), lines)


# Statements of the busiest pages are put together once; to the tables, because nothing of the unit of work is needed.
@cache
def _opened() -> Insert:
    cart = insert(CARTS)
    return cart.on_conflict_do_update(index_elements=["buyer_id"], set_={"changed_at": cart.excluded.changed_at})


@cache
def _added() -> Insert:
    line = insert(LINES)
    more = {"quantity": func.least(LINES.c.quantity + line.excluded.quantity, LARGEST), "selected": True}
    return line.on_conflict_do_update(index_elements=["buyer_id", "variant_id"], set_=more)


@cache
def _taken() -> Any:
    cart = select(CARTS.c.buyer_id).where(CARTS.c.buyer_id == bindparam("buyer")).with_for_update().cte("cart")
    return (
        delete(LINES)
        .where(LINES.c.buyer_id == cart.c.buyer_id, LINES.c.selected)
        .returning(LINES.c.variant_id, LINES.c.quantity, LINES.c.added_at)
    )
