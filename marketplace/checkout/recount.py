"""What an order comes to when its buyer changes it: lines, freight, and what stands in the way, by field. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from marketplace.carts.rules import Line
from marketplace.kernel.money import Money, total
from marketplace.kernel.words import money
from marketplace.orders.changes import LineChange, OrderChange
from marketplace.orders.models import Order, OrderLine
from marketplace.shipping.rules import FreightRules, Item, Quote, quote


@dataclass(frozen=True, kw_only=True)
class NewLine:
    """One line of an order with the quantity that the buyer wants of it now; nothing means that it goes."""

    line: OrderLine
    quantity: Decimal
    price: Money
    path: tuple[str, ...] = ()
    complaint: str = ""

    @property
    def amount(self) -> Money:
        """What it costs."""
        if self.quantity == self.line.quantity and self.price == self.line.price:
            return self.line.amount
        return self.price.times(self.quantity)

    @property
    def is_changed(self) -> bool:
        """Whether it becomes otherwise."""
        return (self.quantity, self.price) != (self.line.quantity, self.line.price)


@dataclass(frozen=True, kw_only=True)
class Recount:
    """The whole order, counted anew. `refusals`: what stands in the way, by the field of the form."""

    lines: Sequence[NewLine]
    freight: Money
    refusals: Mapping[str, str]

    @property
    def goods(self) -> Money:
        """What the goods cost then."""
        return total((line.amount for line in self.lines), self.freight.currency)

    @property
    def total(self) -> Money:
        """What the order costs then."""
        return self.goods + self.freight

    def change(self, *, seen: int, ship_to: Mapping[str, Any], note: str) -> OrderChange:
        """The same as orders take it."""
        changed = [
            LineChange(line_id=one.line.id, quantity=one.quantity, price=one.price, amount=one.amount, path=one.path)
            for one in self.lines
            if one.is_changed
        ]
        return OrderChange(seen=seen, lines=changed, freight=self.freight, ship_to=ship_to, note=note)


def unchanged(line: OrderLine) -> NewLine:
    """A line that stays what it is."""
    return NewLine(line=line, quantity=line.quantity, price=line.price)


def recounted(line: OrderLine, quantity: Decimal, found: Line | None) -> NewLine:
    """A line with another quantity, or of goods that share a ladder with such a line. `found`: as a cart counts it today.

    What stays as it was keeps its price, unless the quantities of its product add up.
    """
    same = quantity == line.quantity
    if not quantity:
        return NewLine(line=line, quantity=quantity, price=line.price)
    if found is None or found.goods is None or found.price is None or found.complaint:
        said = found.complaint if found and found.goods else _("This is no longer offered: leave it as it was, or take it out.")
        return NewLine(line=line, quantity=quantity, price=line.price, complaint="" if same else said)
    if same and not found.goods.mixes:
        return unchanged(line)
    return NewLine(line=line, quantity=quantity, price=found.price, path=found.goods.category_path)


def count(
    *,
    order: Order,
    lines: Sequence[NewLine],
    minimum: Money | None,
    freight: FreightRules | None,
    region_code: str,
    goods_open: bool,
) -> Recount:
    """Put the lines together, with the freight to a region by the rules of today.

    Where neither goods nor region change, the freight stays. What was agreed on (not `goods_open`) must not cost more:
    then another region is possible only where carrying is not dearer, and the freight stays as well.
    """
    refusals = {f"quantity-{one.line.id}": one.complaint for one in lines if one.complaint}
    changed = any(one.quantity != one.line.quantity for one in lines)
    if changed and (said := _whole(order, lines, minimum)):
        refusals[""] = said
    carried = Quote(freight=order.freight)
    if changed or region_code != order.ship_to.get("region_code", ""):
        carried = quote(freight, _items(lines), region_code, order.currency)
        if carried.refusal:
            refusals["region"] = carried.refusal
    if not goods_open and carried.freight > order.freight:
        refusals["region"] = _dearer(carried.freight, order.freight)
    kept = carried.refusal or not goods_open
    return Recount(lines=lines, freight=order.freight if kept else carried.freight, refusals=refusals)


def _whole(order: Order, lines: Sequence[NewLine], minimum: Money | None) -> str:
    goods = total((one.amount for one in lines), order.currency)
    if not any(one.quantity for one in lines):
        return str(_("Something must be left. To take everything back, cancel the order."))
    if minimum is not None and minimum.currency == order.currency and goods < minimum and goods < order.goods:
        return str(_("This merchant takes orders from %(minimum)s on.", minimum=money(minimum)))
    return ""


def _dearer(now: Money, was: Money) -> str:
    return str(
        _(
            "Carrying it there costs %(now)s instead of %(was)s. Choose another address, or cancel this order and order anew.",
            now=money(now),
            was=money(was),
        )
    )


def _items(lines: Sequence[NewLine]) -> list[Item]:
    return [Item(quantity=one.quantity, weight_grams=one.line.weight_grams, amount=one.amount) for one in lines if one.quantity]


def quantities(lines: Sequence[OrderLine], typed: Mapping[UUID, Decimal]) -> dict[UUID, Decimal]:
    """How much of each line is wanted: what was typed, else what it was."""
    return {line.id: typed.get(line.id, line.quantity) for line in lines}
