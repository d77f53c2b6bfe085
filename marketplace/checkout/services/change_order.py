"""Change of an order before it is shipped: priced like a cart, compared with what the buyer saw, applied (OR3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.carts.pricing import CartItem, PricedLine, price_items
from marketplace.catalogue.queries import get_purchasable
from marketplace.checkout import order_change, queries
from marketplace.checkout.errors import TotalChanged
from marketplace.checkout.order_change import ChangedLine, RepricedOrder
from marketplace.inventory import queries as stock
from marketplace.kernel.errors import ValidationError
from marketplace.orders import services as orders
from marketplace.orders.changes import ChangePermissions
from marketplace.orders.models import Order, OrderLine
from marketplace.orders.services import NamedActor


def quote_change(
    *,
    order: Order,
    lines: Sequence[OrderLine],
    quantities: Mapping[UUID, Decimal],
    region_code: str,
    allowed: ChangePermissions,
) -> RepricedOrder:
    """Return the order priced with these quantities (by line id; 0 removes the line) and this region, without changing it."""
    terms = queries.get_merchant_terms([order.merchant_id]).get(order.merchant_id)
    return order_change.reprice_order(
        order=order,
        lines=_reprice_lines(order, lines, quantities) if allowed.lines else [order_change.keep_line(line) for line in lines],
        minimum=terms.order_minimum if terms else None,
        freight=terms.freight if terms else None,
        region_code=region_code,
        lines_editable=allowed.lines,
    )


def apply_change(
    *,
    order: Order,
    repriced: RepricedOrder,
    expected_minor: int,
    expected_version: int,
    ship_to: Mapping[str, Any],
    note: str,
    by: NamedActor,
) -> Order:
    """Apply a priced change. The buyer saw the total `expected_minor` and the order at `expected_version`.

    Raises:
        ValidationError: The change has errors, by field.
        TotalChanged: The total differs from what the buyer saw.
        StaleOrder: The order is not at the expected version.
        OrderLocked: The order has advanced too far for this change.
        OutOfStock: The new quantities are not available.
        PaymentInProgress: The gateway is processing a payment of the order.
    """
    if repriced.errors:
        raise ValidationError(errors=dict(repriced.errors))
    if repriced.total.minor != expected_minor:
        raise TotalChanged
    return orders.change_order(
        order_id=order.id, change=repriced.to_change(expected_version=expected_version, ship_to=ship_to, note=note), by=by
    )


def _reprice_lines(order: Order, lines: Sequence[OrderLine], quantities: Mapping[UUID, Decimal]) -> list[ChangedLine]:
    new_quantities = order_change.merge_quantities(lines, quantities)
    touched_products = {line.product_id for line in lines if new_quantities[line.id] != line.quantity}
    lines_to_price = [line for line in lines if line.product_id in touched_products and new_quantities[line.id]]
    cart_lines = _price_as_cart(order, lines_to_price, new_quantities)
    return [
        order_change.reprice_line(line, new_quantities[line.id], cart_lines.get(line.variant_id))
        if line.product_id in touched_products
        else order_change.keep_line(line)
        for line in lines
    ]


def _price_as_cart(order: Order, lines: Sequence[OrderLine], new_quantities: Mapping[UUID, Decimal]) -> dict[UUID, PricedLine]:
    """Return some lines as a cart prices them now; stock that is reserved for this order counts as available."""
    if not lines:
        return {}
    variants = [line.variant_id for line in lines]
    available = stock.get_available(variants)
    stock_for_order = {line.variant_id: available.get(line.variant_id, Decimal(0)) + line.quantity for line in lines}
    items = [CartItem(variant_id=line.variant_id, quantity=new_quantities[line.id]) for line in lines]
    cart = price_items(items, get_purchasable(variants), {}, order.currency, stock_for_order)
    return {line.item.variant_id: line for line in cart.lines}
