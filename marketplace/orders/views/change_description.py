"""Descriptions of order changes in the user's language; the history stores the values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from marketplace.catalogue.models import Unit
from marketplace.kernel.formatting import format_money, format_quantity
from marketplace.kernel.localized_text import localize
from marketplace.kernel.money import Money


def describe_change(details: Mapping[str, Any], currency: str) -> str:
    """Return a one-line description of every difference, with old and new values."""
    return str(_("; ")).join(_parts(details, currency))


def _parts(details: Mapping[str, Any], currency: str) -> Iterator[str]:
    for line in details.get("lines", []):
        yield _describe_line(line)
    if "total" in details:
        old, new = (format_money(Money(minor, currency)) for minor in details["total"])
        yield str(_("total %(was)s → %(now)s", was=old, now=new))
    if "ship_to" in details:
        old, new = (_format_address(address) for address in details["ship_to"])
        yield str(_("deliver to %(was)s → %(now)s", was=old, now=new))
    if "note" in details:
        old, new = details["note"]
        yield str(_("word to the merchant: %(note)s", note=new)) if new else str(_("the word to the merchant is gone"))


def _describe_line(line: Mapping[str, Any]) -> str:
    label = _(", ").join(filter(None, [localize(line["title"]), localize(line["options"] or {})]))
    unit = Unit(line["unit"])
    old, new = (Decimal(quantity) for quantity in line["quantity"])
    if not new:
        return str(_("%(what)s: %(was)s taken out", what=label, was=format_quantity(old, unit)))
    return str(_("%(what)s: %(was)s → %(now)s", what=label, was=format_quantity(old, unit), now=format_quantity(new, unit)))


def _format_address(ship_to: Mapping[str, Any]) -> str:
    parts = (ship_to.get("name", ""), ship_to.get("phone", ""), f"{ship_to.get('region', '')}{ship_to.get('street', '')}")
    return " ".join(part for part in parts if part)
