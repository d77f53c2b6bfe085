"""Date ranges of a statement: a calendar month in the market's time zone, or two days. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

YEAR_LIMITS = (2000, 2100)
MAX_LENGTH = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class DateRange:
    """The range from `since` to `until` (exclusive), with the input it was parsed from and the errors in it."""

    since: datetime
    until: datetime
    name: str
    first: str = ""
    last: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def last_day(self) -> datetime:
        """Return the last moment inside the range, to be shown as its last day."""
        return self.until - timedelta(seconds=1)


def month_key(moment: datetime, zone: ZoneInfo) -> str:
    """Return the month of a moment as `2026-11`, in the given time zone."""
    return f"{moment.astimezone(zone):%Y-%m}"


def month_range(name: str, zone: ZoneInfo) -> DateRange | None:
    """Return the range of a month such as `2026-11`, or None if the name is not a month."""
    try:
        begin = date.fromisoformat(f"{name}-01")
    except ValueError:
        return None
    if not YEAR_LIMITS[0] <= begin.year <= YEAR_LIMITS[1]:
        return None
    end = (begin + timedelta(days=32)).replace(day=1)
    return DateRange(since=_midnight(begin, zone), until=_midnight(end, zone), name=name)


def list_months(since: datetime | None, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Yield months to choose from, newest first, back to the month of `since`; two years at most."""
    month_name, first_month = month_key(now, zone), month_key(since or now, zone)
    for _step in range(24):
        yield month_name
        if month_name <= first_month:
            return
        month_name = f"{date.fromisoformat(month_name + '-01') - timedelta(days=1):%Y-%m}"


def parse_range(args: dict[str, Any], *, now: datetime, zone: ZoneInfo) -> DateRange:
    """Parse the query arguments of a page: `month`, or `from` and `to` (days, both inclusive).

    Invalid input is reported in `errors`; the range is the current month then.
    """
    current_month = month_range(month_key(now, zone), zone)
    if current_month is None:
        raise ValueError(now)
    first, last = str(args.get("from", "")).strip(), str(args.get("to", "")).strip()
    if not first and not last:
        return month_range(str(args.get("month", "")), zone) or current_month
    begin, end, errors = _parse_day(first), _parse_day(last), {}
    if first and begin is None:
        errors["from"] = _("Please give a day such as 2026-11-01.")
    if last and end is None:
        errors["to"] = _("Please give a day such as 2026-11-30.")
    if not errors:
        begin = begin or (end or now.astimezone(zone).date()).replace(day=1)
        end = end or now.astimezone(zone).date()
        if end < begin:
            errors["to"] = _("The last day is before the first.")
        elif end - begin >= MAX_LENGTH:
            errors["to"] = _("A statement covers a year at most.")
    if errors or begin is None or end is None:
        return DateRange(
            since=current_month.since, until=current_month.until, name=current_month.name, first=first, last=last, errors=errors
        )
    since, until = _midnight(begin, zone), _midnight(end + timedelta(days=1), zone)
    return DateRange(since=since, until=until, name=f"{begin}_{end}", first=first, last=last)


def _parse_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if YEAR_LIMITS[0] <= day.year <= YEAR_LIMITS[1] else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)
