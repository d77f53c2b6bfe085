"""The tenant wall: who is acting, which rows that opens, and the named purposes for work that must cross tenants.

This is the only module that enters a scope. PostgreSQL's row security is the wall itself; the criteria and the flush guard
here are the second layer, which answers with the right refusal before the database has to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, event
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, declared_attr, mapped_column, with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption

from marketplace.kernel import rows
from marketplace.kernel.errors import NotFound


class Purpose(StrEnum):
    """Work that crosses tenants, each opened by policies of its own; never taken from a request's data."""

    SIGN_IN = "sign_in"  # find an account by its login; register; count failures
    ADMISSION = "admission"  # turn an approved application into a merchant
    INVITATION = "invitation"  # an invited person takes a place among a merchant's staff
    CHECKOUT = "checkout"  # hold stock and place orders at many merchants for one buyer
    PAYMENT = "payment"  # move what a payment moves: purchases, orders, holds
    SETTLEMENT = "settlement"  # escrow, release, refund, commissions
    FULFILMENT = "fulfilment"  # timers of orders and parcels
    INDEXING = "indexing"  # build search documents
    MODERATION = "moderation"  # review what people publish
    CONSOLE = "console"  # the market's staff at work; every deed is audited
    ANALYTICS = "analytics"  # figures over all merchants
    SWEEP = "sweep"  # finish what a crash left behind: jobs, holds, purchases
    SEEDING = "seeding"  # plant the demo market


class ForeignRow(NotFound):
    """A row of somebody else was about to be written."""


@contextmanager
def acting_for(merchant_id: UUID) -> Iterator[None]:
    """Act as this merchant: its rows and nobody else's."""
    with rows.entering(merchant=merchant_id, purpose=None):
        yield


@contextmanager
def buying_as(*, buyer_id: UUID, account_id: UUID | None) -> Iterator[None]:
    """Act as this buyer (organisation) and account."""
    with rows.entering(buyer=buyer_id, account=account_id, merchant=None, purpose=None):
        yield


@contextmanager
def signed_in_as(account_id: UUID) -> Iterator[None]:
    """Act as this account: its own facts, and which desks it may enter."""
    with rows.entering(account=account_id):
        yield


@contextmanager
def working_on(purpose: Purpose, *, merchant_id: UUID | None = None) -> Iterator[None]:
    """Cross tenants for a named purpose; the account stays, so that the audit knows who did it."""
    with rows.entering(purpose=purpose.value, merchant=merchant_id, buyer=None):
        yield


@contextmanager
def as_nobody() -> Iterator[None]:
    """Drop every scope: only what is published can be read."""
    with rows.entering(merchant=None, buyer=None, account=None, purpose=None):
        yield


class OwnedByMerchant:
    """Mixin for every table whose rows belong to exactly one merchant (classes P and M)."""

    @declared_attr
    def merchant_id(cls) -> Mapped[UUID]:
        """The merchant whose row this is; it never changes."""
        return mapped_column(ForeignKey("merchants.id"), index=True)


class OwnedByBuyer:
    """Mixin for every table whose rows belong to exactly one buyer organisation (class B)."""

    @declared_attr
    def buyer_id(cls) -> Mapped[UUID]:
        """The buyer organisation whose row this is; it never changes."""
        return mapped_column(ForeignKey("organisations.id"), index=True)


class SharedByParties:
    """Mixin for every table whose rows a buyer and a merchant share (class T)."""

    @declared_attr
    def buyer_id(cls) -> Mapped[UUID]:
        """The buying side."""
        return mapped_column(ForeignKey("organisations.id"), index=True)

    @declared_attr
    def merchant_id(cls) -> Mapped[UUID]:
        """The selling side."""
        return mapped_column(ForeignKey("merchants.id"), index=True)


@event.listens_for(Session, "do_orm_execute")
def _keep_to_own_rows(state: ORMExecuteState) -> None:
    scope = rows.current()
    if scope == rows.NOBODY or scope.purpose or state.is_column_load or state.is_insert:
        return
    if scope.merchant is not None:
        state.statement = state.statement.options(*_merchants_own(scope.merchant))
    elif scope.buyer is not None:
        state.statement = state.statement.options(*_buyers_own(scope.buyer))


# Put together once for each owner: doing it for every statement costs as much as running the statement.
@lru_cache(maxsize=1000)
def _merchants_own(mine: UUID) -> tuple[ExecutableOption, ...]:
    return tuple(
        with_loader_criteria(owner, lambda cls: cls.merchant_id == mine, include_aliases=True)
        for owner in (OwnedByMerchant, SharedByParties)
    )


@lru_cache(maxsize=1000)
def _buyers_own(ours: UUID) -> tuple[ExecutableOption, ...]:
    return tuple(
        with_loader_criteria(party, lambda cls: cls.buyer_id == ours, include_aliases=True)
        for party in (OwnedByBuyer, SharedByParties)
    )


@event.listens_for(Session, "before_flush")
def _write_only_own_rows(session: Session, *_: Any) -> None:
    scope = rows.current()
    if scope.purpose:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if scope.merchant is not None and isinstance(row, OwnedByMerchant | SharedByParties):
            _stamp(row, "merchant_id", scope.merchant)
        elif scope.buyer is not None and isinstance(row, OwnedByBuyer | SharedByParties):
            _stamp(row, "buyer_id", scope.buyer)


def _stamp(row: Any, column: str, owner: UUID) -> None:
    if getattr(row, column) is None:
        setattr(row, column, owner)
    if getattr(row, column) != owner:
        raise ForeignRow
