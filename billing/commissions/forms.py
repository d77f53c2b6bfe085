"""The form of a rate set: rows of text are parsed into rate drafts or error messages. The input is preserved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from billing.commissions.domain import MAX_BASIS_POINTS, RateDraft, split_path
from billing.commissions.models import CommissionRate, RateSet
from billing.merchant_lookup import MerchantChoice, resolve_merchants
from marketplace.kernel import numbers
from marketplace.kernel.form_input import normalize_text, parse_int

FIELDS = ("position", "name", "merchant", "category", "percent", "from", "to")
MAX_ROWS = 60
BLANK_ROWS = 3
POSITION_STEP = 10
"""Positions are shown as 10, 20, 30 …, so that a rate can be inserted between two others."""
MAX_POSITION = 1_000_000
CATEGORY_PATH_PATTERN = re.compile(r"^[\w\-.]+(/[\w\-.]+)*$")


@dataclass
class RateSetForm:
    """The form data: rows of text, errors by row and field, and the parsed drafts."""

    default: str
    note: str
    expected_number: int
    rows: list[dict[str, str]]
    errors: dict[str, str] = field(default_factory=dict)
    drafts: list[RateDraft] = field(default_factory=list)
    default_basis_points: int = 0


def from_rates(
    current: RateSet | None, rates: Sequence[CommissionRate], labels: Mapping[UUID, str], *, default: int, zone: ZoneInfo
) -> RateSetForm:
    """Build the form for the current rates, with a few blank rows. `labels` are the merchants' labels by id."""
    rows = [
        {
            "position": str((rate.position + 1) * POSITION_STEP),
            "name": rate.name,
            "merchant": labels.get(rate.merchant_id, "") if rate.merchant_id else "",
            "category": rate.category,
            "percent": format_percent(rate.basis_points),
            "from": _format_date(rate.active_from, zone),
            "to": _format_date(rate.active_to, zone),
        }
        for rate in rates
    ]
    basis_points = current.default_basis_points if current else default
    form = RateSetForm(
        default=format_percent(basis_points), note="", expected_number=current.number if current else 0, rows=rows
    )
    add_blank_rows(form)
    return form


def parse(form_data: Mapping[str, str], *, zone: ZoneInfo) -> RateSetForm:
    """Parse the submitted rows in the order of their positions; `errors` holds what is invalid. Empty rows are dropped."""
    expected_number = parse_int(form_data.get("after", ""), max_value=10**8)
    rows = [
        {name: normalize_text(form_data.get(f"{name}-{n}", ""))[:300] for name in FIELDS} for n in range(_count_rows(form_data))
    ]
    rows = [row for row in rows if any(value for name, value in row.items() if name != "position")]
    rows = [row for _position_key, _n, row in sorted((_sort_position(row, n), n, row) for n, row in enumerate(rows))]
    form = RateSetForm(
        default=normalize_text(form_data.get("default", ""))[:300],
        note=normalize_text(form_data.get("note", ""))[:500],
        expected_number=-1 if expected_number is None else expected_number,
        rows=rows,
    )
    form.default_basis_points = _parse_basis_points(form.default, "default", form.errors)
    merchants = resolve_merchants([row["merchant"] for row in rows])
    for index, row in enumerate(rows):
        form.drafts.append(_parse_rate(index, row, form.errors, merchants=merchants, zone=zone))
    add_blank_rows(form)
    return form


def add_blank_rows(form: RateSetForm, count: int = BLANK_ROWS) -> None:
    """Append blank rows, up to the maximum number of rows."""
    form.rows += [dict.fromkeys(FIELDS, "") for _n in range(min(count, MAX_ROWS - len(form.rows)))]


def format_percent(basis_points: int) -> str:
    """Format basis points as a percentage: 525 becomes `5.25`."""
    return f"{Decimal(basis_points) / 100:f}".rstrip("0").rstrip(".") if basis_points % 100 else str(basis_points // 100)


def _count_rows(form_data: Mapping[str, str]) -> int:
    indexes = [int(key[5:]) for key in form_data if key.startswith("name-") and key[5:].isascii() and key[5:].isdigit()]
    return min(MAX_ROWS, max(indexes, default=-1) + 1)


def _sort_position(row: Mapping[str, str], number: int) -> int:
    """Return the sort key of a row: an empty position sorts last, an invalid one leaves the row at its index."""
    if not row["position"]:
        return MAX_POSITION
    position = parse_int(row["position"], max_value=MAX_POSITION)
    return (number + 1) * POSITION_STEP if position is None else position


def _parse_rate(
    index: int, row: Mapping[str, str], errors: dict[str, str], *, merchants: Mapping[str, MerchantChoice | str], zone: ZoneInfo
) -> RateDraft:
    if row["position"] and parse_int(row["position"], max_value=MAX_POSITION) is None:
        errors[f"position-{index}"] = _("Enter a whole number.")
    if not row["name"]:
        errors[f"name-{index}"] = _("Please give the rate a name.")
    merchant = merchants.get(row["merchant"])
    if isinstance(merchant, str):
        errors[f"merchant-{index}"] = merchant
    category = row["category"].strip("/")
    if category and not CATEGORY_PATH_PATTERN.match(category):
        errors[f"category-{index}"] = _("Choose a kind of goods, or all goods.")
    since = _parse_date(row["from"], f"from-{index}", errors, zone)
    until = _parse_date(row["to"], f"to-{index}", errors, zone)
    if since and until and until <= since:
        errors[f"to-{index}"] = _("The last day is before the first.")
    return RateDraft(
        name=row["name"][:100],
        merchant_id=merchant.id if isinstance(merchant, MerchantChoice) else None,
        category="/".join(split_path(category)),
        basis_points=_parse_basis_points(row["percent"], f"percent-{index}", errors),
        active_from=since,
        active_to=until,
    )


def _parse_basis_points(text: str, field_name: str, errors: dict[str, str]) -> int:
    try:
        basis_points = numbers.parse_decimal(text.rstrip("%％")) * 100
    except ValueError:
        basis_points = Decimal(-1)
    if basis_points != basis_points.to_integral_value() or not 0 <= basis_points <= MAX_BASIS_POINTS:
        errors[field_name] = _("Please give a percentage from 0 to 50 with two decimals at most, such as 5.25.")
        return 0
    return int(basis_points)


def _parse_date(text: str, field_name: str, errors: dict[str, str], zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time.min, zone).astimezone(UTC)
    except ValueError:
        errors[field_name] = _("Please give a day such as 2026-11-01.")
        return None


def _format_date(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}" if moment else ""
