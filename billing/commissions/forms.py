"""Rates as they are typed: rows of text in, drafts or sentences out. What was typed is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from billing.commissions.models import CommissionRate, RateSet
from billing.commissions.rules import HIGHEST, RateDraft, steps
from billing.parties import find

FIELDS = ("name", "merchant", "category", "percent", "from", "to")
MOST = 60
SPARE = 3
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
    current: RateSet | None, rates: list[CommissionRate], slugs: Mapping[Any, str], *, default: int, zone: ZoneInfo
) -> Typed:
    """The form with the rates that hold now, and a few empty rows."""
    rows = [
        {
            "name": rate.name,
            "merchant": slugs.get(rate.merchant_id, "") if rate.merchant_id else "",
            "category": rate.category,
            "percent": percent(rate.basis_points),
            "from": _day(rate.active_from, zone),
            "to": _day(rate.active_to, zone),
        }
        for rate in rates
    ]
    points = current.default_basis_points if current else default
    return Typed(default=percent(points), note="", after=current.number if current else 0, rows=rows + _empty(SPARE))


def read(given: Mapping[str, str], *, zone: ZoneInfo) -> Typed:
    """What was typed, read; `errors` says what could not be. Rows without name and percent are left out."""
    after = given.get("after", "")
    rows = [{name: given.get(f"{name}-{n}", "").strip()[:300] for name in FIELDS} for n in range(_count(given))]
    rows = [row for row in rows if any(row.values())]
    typed = Typed(
        default=given.get("default", "").strip(),
        note=given.get("note", "").strip()[:500],
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 9 else -1,
        rows=rows,
    )
    typed.default_basis_points = _points(typed.default, "default", typed.errors)
    for number, row in enumerate(rows):
        typed.drafts.append(_draft(number, row, typed.errors, zone))
    typed.rows = rows + _empty(SPARE)
    return typed


def percent(points: int) -> str:
    """Basis points as people write a percentage: 525 is `5.25`."""
    return f"{Decimal(points) / 100:f}".rstrip("0").rstrip(".") if points % 100 else str(points // 100)


def _count(given: Mapping[str, str]) -> int:
    numbers = [int(key[5:]) for key in given if key.startswith("name-") and key[5:].isascii() and key[5:].isdigit()]
    return min(MOST, max(numbers, default=-1) + 1)


def _empty(count: int) -> list[dict[str, str]]:
    return [dict.fromkeys(FIELDS, "") for _ in range(count)]


def _draft(number: int, row: dict[str, str], errors: dict[str, str], zone: ZoneInfo) -> RateDraft:
    if not row["name"]:
        errors[f"name-{number}"] = _("Please give the rate a name.")
    merchant = find(row["merchant"]) if row["merchant"] else None
    if row["merchant"] and merchant is None:
        errors[f"merchant-{number}"] = _("There is no merchant with this address.")
    category = row["category"].strip("/")
    if category and not PATH.match(category):
        errors[f"category-{number}"] = _("Choose a kind of goods, or all goods.")
    since = _moment(row["from"], f"from-{number}", errors, zone)
    until = _moment(row["to"], f"to-{number}", errors, zone)
    if since and until and until <= since:
        errors[f"to-{number}"] = _("The last day is before the first.")
    return RateDraft(
        name=row["name"][:100],
        merchant_id=merchant[0] if merchant else None,
        category="/".join(steps(category)),
        basis_points=_points(row["percent"], f"percent-{number}", errors),
        active_from=since,
        active_to=until,
    )


def _points(text: str, name: str, errors: dict[str, str]) -> int:
    try:
        exact = Decimal(text.replace("，", ".").replace("%", "").strip()) * 100
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite() or exact != exact.to_integral_value() or not 0 <= exact <= HIGHEST:
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
