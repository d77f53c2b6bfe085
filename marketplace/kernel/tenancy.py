"""Tenant isolation: the row ownership of every table, and the tenant context that PostgreSQL's row security reads.

The context holds a merchant, a buyer, an account, and an access purpose for work across tenants. It is sent to the database
as transaction-local settings (`app.merchant` …); without a setting no row is accessible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any
from uuid import UUID


class RowOwnership(StrEnum):
    """The owner of the rows of a table; each table declares exactly one."""

    PUBLIC = "P"  # readable by everyone when published, written by the owning merchant
    MERCHANT = "M"  # private to a merchant
    BUYER = "B"  # private to a buyer (organisation) or an account
    PARTIES = "T"  # shared by a buyer and a merchant
    SEALED = "N"  # an owner and invited parties, depending on time
    PLATFORM = "X"  # the platform's own
    REFERENCE = "G"  # reference data that only migrations and the platform's staff change


TENANT_OWNED = frozenset(
    {RowOwnership.PUBLIC, RowOwnership.MERCHANT, RowOwnership.BUYER, RowOwnership.PARTIES, RowOwnership.SEALED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantContext:
    """The actor, as the database sees it."""

    merchant: UUID | None = None
    buyer: UUID | None = None
    account: UUID | None = None
    purpose: str | None = None

    def settings(self) -> dict[str, str]:
        """Return the four settings as text; an empty one gives no access."""
        return {field.name: str(getattr(self, field.name) or "") for field in fields(self)}

    def to_json(self) -> dict[str, str]:
        """Return the non-empty values, for message headers."""
        return {name: value for name, value in self.settings().items() if value}

    @classmethod
    def from_json(cls, data: dict[str, str]) -> TenantContext:
        """Return the context of a `to_json` result."""
        ids = {name: UUID(data[name]) for name in ("merchant", "buyer", "account") if data.get(name)}
        return cls(purpose=data.get("purpose") or None, **ids)


ANONYMOUS = TenantContext()

_current: ContextVar[TenantContext] = ContextVar("tenant_context", default=ANONYMOUS)
_read_only: ContextVar[bool] = ContextVar("read_only_transactions", default=False)
_change_callbacks: list[Callable[[], None]] = []


def before_context_change(callback: Callable[[], None]) -> Callable[[], None]:
    """Register a function that runs before each change of the context, still in the old one."""
    _change_callbacks.append(callback)
    return callback


def _run_change_callbacks() -> None:
    for callback in _change_callbacks:
        callback()


def get_context() -> TenantContext:
    """Return the current tenant context."""
    return _current.get()


@contextmanager
def use_context(**parts: Any) -> Iterator[TenantContext]:
    """Run with parts of the context replaced; pending changes are flushed at both ends, in the context they belong to.

    The context is sent to the database before the next statement.

    Only `tenants.isolation` and the kernel call this: other code uses the functions of `tenants.isolation`.
    """
    context = replace(_current.get(), **parts)
    _run_change_callbacks()
    token = _current.set(context)
    try:
        yield context
        _run_change_callbacks()
    finally:
        _current.reset(token)


def is_read_only() -> bool:
    """Return whether new transactions are read-only."""
    return _read_only.get()


@contextmanager
def read_only_transactions(enabled: bool = True) -> Iterator[None]:
    """Begin transactions READ ONLY, so that a GET request cannot write, whatever its code does."""
    token = _read_only.set(enabled)
    try:
        yield
    finally:
        _read_only.reset(token)
