"""Spans of a statement: a month of the market's calendar, or from one day to another. Plain functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

YEARS = (2000, 2100)
LONGEST = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Span:
    """From a moment up to, but not including, another; with what was typed and what was wrong with it."""

    since: datetime
    until: datetime
    name: str
    first: str = ""
    last: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def last_day(self) -> datetime:
        """The last moment that is inside, for showing the day."""
        return self.until - timedelta(seconds=1)


def month_of(moment: datetime, zone: ZoneInfo) -> str:
    """The month as `2026-11`, in the market's time zone."""
    return f"{moment.astimezone(zone):%Y-%m}"


def month(name: str, zone: ZoneInfo) -> Span | None:
    """A month by its name; None for anything that is not one."""
    try:
        begin = date.fromisoformat(f"{name}-01")
    except ValueError:
        return None
    if not YEARS[0] <= begin.year <= YEARS[1]:
        return None
    end = (begin + timedelta(days=32)).replace(day=1)
    return Span(since=_midnight(begin, zone), until=_midnight(end, zone), name=name)


def months(since: datetime | None, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Months to choose from, newest first: as far back as the books go, two years at most."""
    name, first = month_of(now, zone), month_of(since or now, zone)
    for _step in range(24):
        yield name
        if name <= first:
            return
        name = f"{date.fromisoformat(name + '-01') - timedelta(days=1):%Y-%m}"


def read(given: dict[str, Any], *, now: datetime, zone: ZoneInfo) -> Span:
    """What a page was asked for: `month`, or `from` and `to` (days, both inside). Nonsense is said, and this month shown."""
    present = month(month_of(now, zone), zone)
    if present is None:
        raise ValueError(now)
    first, last = str(given.get("from", "")).strip(), str(given.get("to", "")).strip()
    if not first and not last:
        return month(str(given.get("month", "")), zone) or present
    begin, end, errors = _day(first), _day(last), {}
    if first and begin is None:
        errors["from"] = _("Please give a day such as 2026-11-01.")
    if last and end is None:
        errors["to"] = _("Please give a day such as 2026-11-30.")
    if not errors:
        begin = begin or (end or now.astimezone(zone).date()).replace(day=1)
        end = end or now.astimezone(zone).date()
        if end < begin:
            errors["to"] = _("The last day is before the first.")
        elif end - begin >= LONGEST:
            errors["to"] = _("A statement covers a year at most.")
    if errors or begin is None or end is None:
        return Span(since=present.since, until=present.until, name=present.name, first=first, last=last, errors=errors)
    since, until = _midnight(begin, zone), _midnight(end + timedelta(days=1), zone)
    return Span(since=since, until=until, name=f"{begin}_{end}", first=first, last=last)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if YEARS[0] <= found.year <= YEARS[1] else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)
