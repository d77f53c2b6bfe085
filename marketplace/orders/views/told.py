"""What a change of an order made otherwise, in the reader's words: the history keeps it as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from marketplace.catalogue.models import Unit
from marketplace.kernel.money import Money
from marketplace.kernel.texts import pick
from marketplace.kernel.words import amount, money


def change(details: Mapping[str, Any], currency: str) -> str:
    """One line of text: each thing that is otherwise, with what it was."""
    return str(_("; ")).join(_parts(details, currency))


def _parts(details: Mapping[str, Any], currency: str) -> Iterator[str]:
    for line in details.get("lines", []):
        yield _line(line)
    if "total" in details:
        was, now = (money(Money(minor, currency)) for minor in details["total"])
        yield str(_("total %(was)s → %(now)s", was=was, now=now))
    if "ship_to" in details:
        was, now = (_place(one) for one in details["ship_to"])
        yield str(_("deliver to %(was)s → %(now)s", was=was, now=now))
    if "note" in details:
        was, now = details["note"]
        yield str(_("word to the merchant: %(note)s", note=now)) if now else str(_("the word to the merchant is gone"))


def _line(line: Mapping[str, Any]) -> str:
    what = _(", ").join(filter(None, [pick(line["title"]), pick(line["options"] or {})]))
    unit = Unit(line["unit"])
    was, now = (Decimal(quantity) for quantity in line["quantity"])
    if not now:
        return str(_("%(what)s: %(was)s taken out", what=what, was=amount(was, unit)))
    return str(_("%(what)s: %(was)s → %(now)s", what=what, was=amount(was, unit), now=amount(now, unit)))


def _place(ship_to: Mapping[str, Any]) -> str:
    words = (ship_to.get("name", ""), ship_to.get("phone", ""), f"{ship_to.get('region', '')}{ship_to.get('street', '')}")
    return " ".join(word for word in words if word)
