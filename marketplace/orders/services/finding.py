"""The public look-up: an order's state by its number and the recipient's telephone (OR12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from marketplace.kernel.errors import Invalid
from marketplace.orders import queries
from marketplace.orders.errors import NoSuchOrder, NothingMatches
from marketplace.orders.models import OrderState
from marketplace.orders.rules import NUMBER, digits
from tenants.accounts import limits
from tenants.scope import Purpose, working_on

TRIES = limits.Limit("order-look-up", 12, timedelta(minutes=10))
SHORTEST_PHONE = 7


@dataclass(frozen=True, kw_only=True)
class Glance:
    """What somebody with number and telephone may know: dates and states, no names, no goods, no address."""

    number: str
    state: OrderState
    merchant_name: dict[str, Any]
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    shipped_all: bool
    delivered_at: datetime | None
    ended_at: datetime | None


def look_up(*, number: str, phone: str, address: str) -> Glance:
    """Find an order for a stranger. Raises Invalid by field, NothingMatches, TooMany after twelve tries in ten minutes."""
    tidy, tail = number.strip().upper(), digits(phone)
    errors = {}
    if not NUMBER.match(tidy):
        errors["number"] = _("An order number looks like 20261122-0930-7KQ4M-1.")
    if len(tail) < SHORTEST_PHONE:
        errors["phone"] = _("Enter the telephone number of the recipient.")
    if errors:
        raise Invalid(errors=errors)
    limits.check(TRIES, address)
    limits.count(TRIES, address)
    with working_on(Purpose.FULFILMENT):
        try:
            found = queries.by_number(tidy)
        except NoSuchOrder:
            found = None
    if found is None or found.phone_digits != tail:
        raise NothingMatches(errors={"": NothingMatches.message})
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
    return Glance(**{name: getattr(found, name) for name in names})
