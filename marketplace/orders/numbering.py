"""Order numbers, and the references under which other packages know orders and purchases. Pure."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.kernel.form_input import to_halfwidth

NUMBER_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
NUMBER_PATTERN = re.compile(r"^\d{8}-\d{4}-[2-9A-Z]{5}(-\d{1,2})?$")


def generate_number(moment: datetime, zone: str) -> str:
    """Return a purchase number that can be read aloud: day, minute and five random characters."""
    local_time = moment.astimezone(ZoneInfo(zone))
    return f"{local_time:%Y%m%d-%H%M}-" + "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(5))


def phone_digits(phone: str) -> str:
    """Return the last eleven digits of a telephone number, so that +86, spaces, dashes and full-width digits do not matter."""
    return re.sub(r"\D", "", to_halfwidth(phone))[-11:]


def ledger_reference(order_id: UUID) -> str:
    """Return the reference of an order in the ledger and in payments."""
    return f"order:{order_id}"


def reservation_reference(purchase_id: UUID) -> str:
    """Return the reference of a purchase's stock reservations."""
    return f"purchase:{purchase_id}"


def payment_reference(purchase_number: str) -> str:
    """Return the reference of the payment that covers all orders of a purchase that are payable immediately."""
    return f"purchase:{purchase_number}"


def order_numbers(purchase_number: str, count: int) -> list[str]:
    """Return the numbers of a purchase's orders, in insertion order."""
    return [f"{purchase_number}-{index}" for index in range(1, count + 1)]
