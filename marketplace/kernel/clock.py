"""The only source of the current time, so that tests can change it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_offset: ContextVar[timedelta | None] = ContextVar("clock_offset", default=None)
_frozen: ContextVar[datetime | None] = ContextVar("clock_frozen", default=None)


def now() -> datetime:
    """Return the current time, timezone-aware in UTC."""
    frozen = _frozen.get()
    if frozen is not None:
        return frozen
    offset = _offset.get()
    return datetime.now(UTC) + offset if offset else datetime.now(UTC)


def parse_local_day(text: str, timezone: str) -> datetime | None:
    """Return the start of an ISO day (2026-11-22) in a time zone, or None if the text is no day."""
    try:
        return datetime.combine(date.fromisoformat(text), time.min, ZoneInfo(timezone))
    except ValueError:
        return None


def lag() -> timedelta:
    """Return how far this clock is behind the system clock; zero except while demo history is written."""
    return max(datetime.now(UTC) - now(), timedelta())


@contextmanager
def freeze_time(moment: datetime) -> Iterator[None]:
    """Stop the clock at `moment`: for tests and for demo history."""
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)


@contextmanager
def shift_time(delta: timedelta) -> Iterator[None]:
    """Run with the clock shifted by `delta`."""
    token = _offset.set((_offset.get() or timedelta()) + delta)
    try:
        yield
    finally:
        _offset.reset(token)
