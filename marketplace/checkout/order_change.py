"""Pricing of a changed order: lines, freight, and errors by form field. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from marketplace.carts.pricing import PricedLine
from marketplace.kernel.formatting import format_money
from marketplace.kernel.money import Money, sum_money
from marketplace.orders.changes import LineChange, OrderChange
from marketplace.orders.models import Order, OrderLine
from marketplace.shipping.rates import FreightRates, ShippingItem, ShippingQuote, quote_shipping


@dataclass(frozen=True, kw_only=True)
class ChangedLine:
    """One line of an order with its new quantity; 0 removes the line."""

    line: OrderLine
    quantity: Decimal
    price: Money
    category_path: tuple[str, ...] = ()
    error: str = ""

    @property
    def amount(self) -> Money:
        """Return the new amount of the line."""
        if self.quantity == self.line.quantity and self.price == self.line.price:
            return self.line.amount
        return self.price.times(self.quantity)

    @property
    def is_changed(self) -> bool:
        """Return whether quantity or price differ from the order line."""
        return (self.quantity, self.price) != (self.line.quantity, self.line.price)


@dataclass(frozen=True, kw_only=True)
class RepricedOrder:
    """The whole order with new prices. `errors`: messages by form field."""

    lines: Sequence[ChangedLine]
    freight: Money
    errors: Mapping[str, str]

    @property
    def subtotal(self) -> Money:
        """Return the new sum of the lines."""
        return sum_money((line.amount for line in self.lines), self.freight.currency)

    @property
    def total(self) -> Money:
        """Return the new total of the order."""
        return self.subtotal + self.freight

    def to_change(self, *, expected_version: int, ship_to: Mapping[str, Any], note: str) -> OrderChange:
        """Return the change as the orders package expects it."""
        changed_lines = [
            LineChange(
                line_id=line.line.id,
                quantity=line.quantity,
                price=line.price,
                amount=line.amount,
                category_path=line.category_path,
            )
            for line in self.lines
            if line.is_changed
        ]
        return OrderChange(
            expected_version=expected_version, lines=changed_lines, freight=self.freight, ship_to=ship_to, note=note
        )


def keep_line(line: OrderLine) -> ChangedLine:
    """Return a line without a change."""
    return ChangedLine(line=line, quantity=line.quantity, price=line.price)


def reprice_line(line: OrderLine, quantity: Decimal, cart_line: PricedLine | None) -> ChangedLine:
    """Return a line with a new quantity, or one that shares price tiers with such a line.

    `cart_line` is the line as a cart prices it now. An unchanged line keeps its price, unless the quantities of its product's
    variants add up for the price tiers.
    """
    unchanged = quantity == line.quantity
    if not quantity:
        return ChangedLine(line=line, quantity=quantity, price=line.price)
    if cart_line is None or cart_line.variant is None or cart_line.price is None or cart_line.error:
        error = (
            cart_line.error
            if cart_line and cart_line.variant
            else _("This is no longer offered: leave it as it was, or take it out.")
        )
        return ChangedLine(line=line, quantity=quantity, price=line.price, error="" if unchanged else error)
    if unchanged and not cart_line.variant.mix_variants:
        return keep_line(line)
    return ChangedLine(line=line, quantity=quantity, price=cart_line.price, category_path=cart_line.variant.category_path)


def reprice_order(
    *,
    order: Order,
    lines: Sequence[ChangedLine],
    minimum: Money | None,
    freight: FreightRates | None,
    region_code: str,
    lines_editable: bool,
) -> RepricedOrder:
    """Return the order with these lines, and the freight to a region by the current rates.

    The freight stays if neither lines nor region change. An order with locked lines (not `lines_editable`) must not become
    more expensive: its region can only change to one with the same or a lower freight, and the charged freight stays.
    """
    errors = {f"quantity-{line.line.id}": line.error for line in lines if line.error}
    changed = any(line.quantity != line.line.quantity for line in lines)
    if changed and (error := _order_error(order, lines, minimum)):
        errors[""] = error
    shipping_quote = ShippingQuote(freight=order.freight)
    if changed or region_code != order.ship_to.get("region_code", ""):
        shipping_quote = quote_shipping(freight, _shipping_items(lines), region_code, order.currency)
        if shipping_quote.undeliverable_reason:
            errors["region"] = shipping_quote.undeliverable_reason
    if not lines_editable and shipping_quote.freight > order.freight:
        errors["region"] = _freight_increase_message(shipping_quote.freight, order.freight)
    keeps_freight = shipping_quote.undeliverable_reason or not lines_editable
    return RepricedOrder(lines=lines, freight=order.freight if keeps_freight else shipping_quote.freight, errors=errors)


def _order_error(order: Order, lines: Sequence[ChangedLine], minimum: Money | None) -> str:
    subtotal = sum_money((line.amount for line in lines), order.currency)
    if not any(line.quantity for line in lines):
        return str(_("Something must be left. To take everything back, cancel the order."))
    if minimum is not None and minimum.currency == order.currency and subtotal < minimum and subtotal < order.subtotal:
        return str(_("This merchant takes orders from %(minimum)s on.", minimum=format_money(minimum)))
    return ""


def _freight_increase_message(new: Money, old: Money) -> str:
    return str(
        _(
            "Carrying it there costs %(now)s instead of %(was)s. Choose another address, or cancel this order and order anew.",
            now=format_money(new),
            was=format_money(old),
        )
    )


def _shipping_items(lines: Sequence[ChangedLine]) -> list[ShippingItem]:
    return [
        ShippingItem(quantity=line.quantity, weight_grams=line.line.weight_grams, amount=line.amount)
        for line in lines
        if line.quantity
    ]


def merge_quantities(lines: Sequence[OrderLine], entered: Mapping[UUID, Decimal]) -> dict[UUID, Decimal]:
    """Return the quantity of each line: as entered, or unchanged."""
    return {line.id: entered.get(line.id, line.quantity) for line in lines}
