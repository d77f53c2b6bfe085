"""Rates as they are typed: rows of text in, drafts or sentences out. What was typed is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from billing.commissions.models import CommissionRate, RateSet
from billing.commissions.rules import HIGHEST, RateDraft, steps
from billing.parties import Party, meant
from marketplace.kernel import numbers
from marketplace.kernel.forms import plain, whole

FIELDS = ("position", "name", "merchant", "category", "percent", "from", "to")
MOST = 60
SPARE = 3
STEP = 10
"""Positions are shown as 10, 20, 30 …, so that a rate can be put between two others."""
LAST = 1_000_000
PATH = re.compile(r"^[\w\-.]+(/[\w\-.]+)*$")


@dataclass
class Typed:
    """The whole form: rows of text, errors by row and field."""

    default: str
    note: str
    after: int
    rows: list[dict[str, str]]
    errors: dict[str, str] = field(default_factory=dict)
    drafts: list[RateDraft] = field(default_factory=list)
    default_basis_points: int = 0


def shown(
    current: RateSet | None, rates: Sequence[CommissionRate], labels: Mapping[UUID, str], *, default: int, zone: ZoneInfo
) -> Typed:
    """The form with the rates that hold now, and a few empty rows. `labels`: what merchants are called where one is chosen."""
    rows = [
        {
            "position": str((rate.position + 1) * STEP),
            "name": rate.name,
            "merchant": labels.get(rate.merchant_id, "") if rate.merchant_id else "",
            "category": rate.category,
            "percent": percent(rate.basis_points),
            "from": _day(rate.active_from, zone),
            "to": _day(rate.active_to, zone),
        }
        for rate in rates
    ]
    points = current.default_basis_points if current else default
    typed = Typed(default=percent(points), note="", after=current.number if current else 0, rows=rows)
    add_rows(typed)
    return typed


def read(given: Mapping[str, str], *, zone: ZoneInfo) -> Typed:
    """What was typed, read, in the order of its positions; `errors` says what could not be. Empty rows are left out."""
    after = whole(given.get("after", ""), most=10**8)
    rows = [{name: plain(given.get(f"{name}-{n}", ""))[:300] for name in FIELDS} for n in range(_count(given))]
    rows = [row for row in rows if any(value for name, value in row.items() if name != "position")]
    rows = [row for _place, _n, row in sorted((_place(row, n), n, row) for n, row in enumerate(rows))]
    typed = Typed(
        default=plain(given.get("default", ""))[:300],
        note=plain(given.get("note", ""))[:500],
        after=-1 if after is None else after,
        rows=rows,
    )
    typed.default_basis_points = _points(typed.default, "default", typed.errors)
    sellers = meant([row["merchant"] for row in rows])
    for number, row in enumerate(rows):
        typed.drafts.append(_draft(number, row, typed.errors, sellers=sellers, zone=zone))
    add_rows(typed)
    return typed


def add_rows(typed: Typed, count: int = SPARE) -> None:
    """Put some empty rows behind the others, as far as there may be so many."""
    typed.rows += [dict.fromkeys(FIELDS, "") for _n in range(min(count, MOST - len(typed.rows)))]


def percent(points: int) -> str:
    """Basis points as people write a percentage: 525 is `5.25`."""
    return f"{Decimal(points) / 100:f}".rstrip("0").rstrip(".") if points % 100 else str(points // 100)


def _count(given: Mapping[str, str]) -> int:
    numbers = [int(key[5:]) for key in given if key.startswith("name-") and key[5:].isascii() and key[5:].isdigit()]
    return min(MOST, max(numbers, default=-1) + 1)


def _place(row: Mapping[str, str], number: int) -> int:
    """Where a row wants to stand: nothing is the end, and what is no place leaves it where it was."""
    if not row["position"]:
        return LAST
    place = whole(row["position"], most=LAST)
    return (number + 1) * STEP if place is None else place


def _draft(
    number: int, row: Mapping[str, str], errors: dict[str, str], *, sellers: Mapping[str, Party | str], zone: ZoneInfo
) -> RateDraft:
    if row["position"] and whole(row["position"], most=LAST) is None:
        errors[f"position-{number}"] = _("Enter a whole number.")
    if not row["name"]:
        errors[f"name-{number}"] = _("Please give the rate a name.")
    merchant = sellers.get(row["merchant"])
    if isinstance(merchant, str):
        errors[f"merchant-{number}"] = merchant
    category = row["category"].strip("/")
    if category and not PATH.match(category):
        errors[f"category-{number}"] = _("Choose a kind of goods, or all goods.")
    since = _moment(row["from"], f"from-{number}", errors, zone)
    until = _moment(row["to"], f"to-{number}", errors, zone)
    if since and until and until <= since:
        errors[f"to-{number}"] = _("The last day is before the first.")
    return RateDraft(
        name=row["name"][:100],
        merchant_id=merchant.id if isinstance(merchant, Party) else None,
        category="/".join(steps(category)),
        basis_points=_points(row["percent"], f"percent-{number}", errors),
        active_from=since,
        active_to=until,
    )


def _points(text: str, name: str, errors: dict[str, str]) -> int:
    try:
        exact = numbers.read(text.rstrip("%％")) * 100
    except ValueError:
        exact = Decimal(-1)
    if exact != exact.to_integral_value() or not 0 <= exact <= HIGHEST:
        errors[name] = _("Please give a percentage from 0 to 50 with two decimals at most, such as 5.25.")
        return 0
    return int(exact)


def _moment(text: str, name: str, errors: dict[str, str], zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time.min, zone).astimezone(UTC)
    except ValueError:
        errors[name] = _("Please give a day such as 2026-11-01.")
        return None


def _day(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}" if moment else ""
