"""Changing an order before it is shipped: counted like a cart today, compared with what the buyer saw, then done (OR3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.carts.rules import Line, Want, price_cart
from marketplace.catalogue.queries import sellable
from marketplace.checkout import queries, recount
from marketplace.checkout.errors import CostsOtherwise
from marketplace.checkout.recount import NewLine, Recount
from marketplace.inventory import queries as stock
from marketplace.kernel.errors import Invalid
from marketplace.orders import services as orders
from marketplace.orders.changes import May
from marketplace.orders.models import Order, OrderLine
from marketplace.orders.services import Doer


def count_change(
    *, order: Order, lines: Sequence[OrderLine], wanted: Mapping[UUID, Decimal], region_code: str, may: May
) -> Recount:
    """What the order comes to with these quantities (by line; nothing: the line goes), delivered there. Nothing is done."""
    terms = queries.terms_of([order.merchant_id]).get(order.merchant_id)
    return recount.count(
        order=order,
        lines=_lines(order, lines, wanted) if may.goods else [recount.unchanged(line) for line in lines],
        minimum=terms.minimum if terms else None,
        freight=terms.freight if terms else None,
        region_code=region_code,
        goods_open=may.goods,
    )


def change_order(
    *, order: Order, counted: Recount, expected_minor: int, seen: int, ship_to: Mapping[str, Any], note: str, by: Doer
) -> Order:
    """Do what was counted. `expected_minor` is the total that the buyer saw, `seen` the version of the order.

    Raises Invalid by field, CostsOtherwise, and what orders raise: ChangedMeanwhile, TooLateToChange, SoldOut, PaymentUnderway.
    """
    if counted.refusals:
        raise Invalid(errors=dict(counted.refusals))
    if counted.total.minor != expected_minor:
        raise CostsOtherwise
    return orders.change(order_id=order.id, wanted=counted.change(seen=seen, ship_to=ship_to, note=note), by=by)


def _lines(order: Order, lines: Sequence[OrderLine], wanted: Mapping[UUID, Decimal]) -> list[NewLine]:
    now = recount.quantities(lines, wanted)
    touched = {line.product_id for line in lines if now[line.id] != line.quantity}
    again = [line for line in lines if line.product_id in touched and now[line.id]]
    found = _as_in_a_cart(order, again, now)
    return [
        recount.recounted(line, now[line.id], found.get(line.variant_id))
        if line.product_id in touched
        else recount.unchanged(line)
        for line in lines
    ]


def _as_in_a_cart(order: Order, lines: Sequence[OrderLine], now: Mapping[UUID, Decimal]) -> dict[UUID, Line]:
    """Some lines as a cart counts them today; what is kept for this order already is there for it."""
    if not lines:
        return {}
    variants = [line.variant_id for line in lines]
    free = stock.available(variants)
    mine = {line.variant_id: free.get(line.variant_id, Decimal(0)) + line.quantity for line in lines}
    wants = [Want(variant_id=line.variant_id, quantity=now[line.id]) for line in lines]
    basket = price_cart(wants, sellable(variants), {}, order.currency, mine)
    return {line.want.variant_id: line for line in basket.lines}
