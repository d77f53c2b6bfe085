"""Whose rows these are: the data class of every table, and the scope that PostgreSQL's row security reads.

A transaction carries at most one scope: a merchant, a buyer, an account, and a named purpose for work that must cross
tenants. It reaches the database as transaction-local settings (`app.merchant` …); a setting that is missing opens no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any
from uuid import UUID


class DataClass(StrEnum):
    """To whom the rows of a table belong; each table declares exactly one."""

    PUBLIC = "P"  # published for everybody, written by the owning merchant
    MERCHANT = "M"  # private to a merchant
    BUYER = "B"  # private to a buyer (organisation) or an account
    PARTIES = "T"  # a buyer and a merchant share it
    SEALED = "N"  # an owner and invited others, depending on time
    PLATFORM = "X"  # the market's own
    REFERENCE = "G"  # global facts that only migrations and the market's staff change


OWNED = frozenset({DataClass.PUBLIC, DataClass.MERCHANT, DataClass.BUYER, DataClass.PARTIES, DataClass.SEALED})


@dataclass(frozen=True, slots=True, kw_only=True)
class RowScope:
    """Who is acting, as the database will see it."""

    merchant: UUID | None = None
    buyer: UUID | None = None
    account: UUID | None = None
    purpose: str | None = None

    def settings(self) -> dict[str, str]:
        """The four settings as text; an absent one is empty, which opens nothing."""
        return {field.name: str(getattr(self, field.name) or "") for field in fields(self)}

    def to_json(self) -> dict[str, str]:
        """For headers of messages; empty parts are left out."""
        return {name: value for name, value in self.settings().items() if value}

    @classmethod
    def from_json(cls, data: dict[str, str]) -> RowScope:
        """The inverse of `to_json`."""
        ids = {name: UUID(data[name]) for name in ("merchant", "buyer", "account") if data.get(name)}
        return cls(purpose=data.get("purpose") or None, **ids)


NOBODY = RowScope()

_current: ContextVar[RowScope] = ContextVar("row_scope", default=NOBODY)
_read_only: ContextVar[bool] = ContextVar("row_read_only", default=False)


def current() -> RowScope:
    """The scope of the running code."""
    return _current.get()


@contextmanager
def entering(**parts: Any) -> Iterator[RowScope]:
    """Run with parts of the scope replaced; what waits to be written is sent at both ends, in the scope it belongs to.

    The database learns of the new scope before the next statement.

    Only `tenants.scope` and the kernel call this: they name the doors through which a scope is entered.
    """
    from marketplace.kernel.db import write_pending  # the session needs this module first

    scope = replace(_current.get(), **parts)
    write_pending()
    token = _current.set(scope)
    try:
        yield scope
        write_pending()
    finally:
        _current.reset(token)


def read_only() -> bool:
    """Whether transactions that begin now may write."""
    return _read_only.get()


@contextmanager
def reading_only(on: bool = True) -> Iterator[None]:
    """Begin transactions READ ONLY: what a GET does cannot write, whatever its code says."""
    token = _read_only.set(on)
    try:
        yield
    finally:
        _read_only.reset(token)
