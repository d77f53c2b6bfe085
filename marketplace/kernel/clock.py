"""The one clock: everybody asks it, so that a test can move it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_offset: ContextVar[timedelta | None] = ContextVar("clock_offset", default=None)
_fixed: ContextVar[datetime | None] = ContextVar("clock_fixed", default=None)


def now() -> datetime:
    """The present moment, in UTC and aware of it."""
    fixed = _fixed.get()
    if fixed is not None:
        return fixed
    shift = _offset.get()
    return datetime.now(UTC) + shift if shift else datetime.now(UTC)


def day(text: str, zone: str) -> datetime | None:
    """When a day begins that a form names (2026-11-22), by the clocks of a time zone; none when it is no day."""
    try:
        return datetime.combine(date.fromisoformat(text), time.min, ZoneInfo(zone))
    except ValueError:
        return None


def behind() -> timedelta:
    """How far this clock stands behind the world's: nothing, but for history that is written down afterwards."""
    return max(datetime.now(UTC) - now(), timedelta())


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Hold the clock still at `moment`: for tests and for planting history."""
    token = _fixed.set(moment)
    try:
        yield
    finally:
        _fixed.reset(token)


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Run with the clock moved by `by`."""
    token = _offset.set((_offset.get() or timedelta()) + by)
    try:
        yield
    finally:
        _offset.reset(token)
