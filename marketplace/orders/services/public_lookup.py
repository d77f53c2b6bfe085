"""Public look-up of an order's state by its number and the recipient's telephone number (order look-up by number, OR12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from marketplace.kernel.errors import ValidationError
from marketplace.orders import queries
from marketplace.orders.errors import OrderLookupFailed, OrderNotFound
from marketplace.orders.models import OrderState
from marketplace.orders.numbering import NUMBER_PATTERN, phone_digits
from tenants.accounts import throttling
from tenants.isolation import AccessPurpose, with_purpose

LOOKUP_THROTTLE = throttling.AttemptLimit("order-look-up", 12, timedelta(minutes=10))
MIN_PHONE_DIGITS = 7


@dataclass(frozen=True, kw_only=True)
class OrderStatusSummary:
    """The result of a public look-up: dates and states, but no names, products or address."""

    number: str
    state: OrderState
    merchant_name: dict[str, Any]
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    shipped_all: bool
    delivered_at: datetime | None
    ended_at: datetime | None


def lookup_order(*, number: str, phone: str, client_address: str) -> OrderStatusSummary:
    """Return the state of an order for an anonymous visitor.

    Raises:
        ValidationError: A field has the wrong format, by field.
        OrderLookupFailed: No order has this number and telephone number.
        RateLimited: There were twelve attempts from this address within ten minutes.
    """
    order_number, digits = number.strip().upper(), phone_digits(phone)
    errors = {}
    if not NUMBER_PATTERN.match(order_number):
        errors["number"] = _("An order number looks like 20261122-0930-7KQ4M-1.")
    if len(digits) < MIN_PHONE_DIGITS:
        errors["phone"] = _("Enter the telephone number of the recipient.")
    if errors:
        raise ValidationError(errors=errors)
    throttling.check_limit(LOOKUP_THROTTLE, client_address)
    throttling.record_attempt(LOOKUP_THROTTLE, client_address)
    with with_purpose(AccessPurpose.FULFILMENT):
        try:
            order = queries.get_order_by_number(order_number)
        except OrderNotFound:
            order = None
    if order is None or order.phone_digits != digits:
        raise OrderLookupFailed(errors={"": OrderLookupFailed.message})
    names = (
        "number",
        "state",
        "merchant_name",
        "placed_at",
        "paid_at",
        "shipped_at",
        "shipped_all",
        "delivered_at",
        "ended_at",
    )
    return OrderStatusSummary(**{name: getattr(order, name) for name in names})
