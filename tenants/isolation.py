"""Tenant isolation: the tenant context of the running work and the named purposes for work that crosses tenants.

This is the only module that enters a tenant context. PostgreSQL's row-level security enforces the isolation; the loader
criteria and the flush guard here are a second layer, which raises the right error before the database has to.
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

from marketplace.kernel import tenancy
from marketplace.kernel.errors import NotFound


class AccessPurpose(StrEnum):
    """A reason for work that crosses tenants; row-level security has policies for each. Never taken from request data."""

    SIGN_IN = "sign_in"  # find an account by its login name; register; count attempts
    ADMISSION = "admission"  # turn an approved application into a merchant
    INVITATION = "invitation"  # an invited person joins a merchant's staff
    CHECKOUT = "checkout"  # reserve stock and place orders at many merchants for one buyer
    PAYMENT = "payment"  # update what depends on a payment: purchases, orders, reservations
    SETTLEMENT = "settlement"  # escrow, release, refund, commissions
    FULFILMENT = "fulfilment"  # timers of orders and parcels
    INDEXING = "indexing"  # build search documents
    MODERATION = "moderation"  # review what users publish
    CONSOLE = "console"  # platform staff; every action is in the audit log
    ANALYTICS = "analytics"  # figures over all merchants
    SWEEP = "sweep"  # clean up after crashes: jobs, reservations, purchases
    SEEDING = "seeding"  # seed the demo marketplace


class CrossTenantWrite(NotFound):
    """A write to a row of another tenant."""

    code = "cross_tenant_write"


@contextmanager
def as_merchant(merchant_id: UUID) -> Iterator[None]:
    """Run as this merchant: only its rows are visible."""
    with tenancy.use_context(merchant=merchant_id, purpose=None):
        yield


@contextmanager
def as_buyer(*, buyer_id: UUID, account_id: UUID | None) -> Iterator[None]:
    """Run as this buyer (organisation) and account."""
    with tenancy.use_context(buyer=buyer_id, account=account_id, merchant=None, purpose=None):
        yield


@contextmanager
def as_account(account_id: UUID) -> Iterator[None]:
    """Run as this account: its own rows and the merchants it works for are visible."""
    with tenancy.use_context(account=account_id):
        yield


@contextmanager
def with_purpose(purpose: AccessPurpose, *, merchant_id: UUID | None = None) -> Iterator[None]:
    """Run across tenants for a named purpose; the account stays in the context, so that the audit log records it."""
    with tenancy.use_context(purpose=purpose.value, merchant=merchant_id, buyer=None):
        yield


@contextmanager
def as_anonymous() -> Iterator[None]:
    """Run without any tenant context: only public rows are visible."""
    with tenancy.use_context(merchant=None, buyer=None, account=None, purpose=None):
        yield


class MerchantOwnedMixin:
    """Mixin for every table whose rows belong to exactly one merchant (row ownership MERCHANT and PUBLIC)."""

    @declared_attr
    def merchant_id(cls) -> Mapped[UUID]:
        """Return the column of the merchant that owns the row; it never changes."""
        return mapped_column(ForeignKey("merchants.id"), index=True)


class BuyerOwnedMixin:
    """Mixin for every table whose rows belong to exactly one buyer organisation (row ownership BUYER)."""

    @declared_attr
    def buyer_id(cls) -> Mapped[UUID]:
        """Return the column of the buyer organisation that owns the row; it never changes."""
        return mapped_column(ForeignKey("organisations.id"), index=True)


class BuyerMerchantSharedMixin:
    """Mixin for every table whose rows a buyer and a merchant share (row ownership PARTIES)."""

    @declared_attr
    def buyer_id(cls) -> Mapped[UUID]:
        """Return the column of the buying organisation."""
        return mapped_column(ForeignKey("organisations.id"), index=True)

    @declared_attr
    def merchant_id(cls) -> Mapped[UUID]:
        """Return the column of the selling merchant."""
        return mapped_column(ForeignKey("merchants.id"), index=True)


@event.listens_for(Session, "do_orm_execute")
def _filter_by_tenant(state: ORMExecuteState) -> None:
    tenant = tenancy.get_context()
    if tenant == tenancy.ANONYMOUS or tenant.purpose or state.is_column_load or state.is_insert:
        return
    if tenant.merchant is not None:
        state.statement = state.statement.options(*_merchant_criteria(tenant.merchant))
    elif tenant.buyer is not None:
        state.statement = state.statement.options(*_buyer_criteria(tenant.buyer))


# Cached by owner: building the options for every statement costs as much as running the statement.
@lru_cache(maxsize=1000)
def _merchant_criteria(merchant_id: UUID) -> tuple[ExecutableOption, ...]:
    return tuple(
        with_loader_criteria(mixin, lambda cls: cls.merchant_id == merchant_id, include_aliases=True)
        for mixin in (MerchantOwnedMixin, BuyerMerchantSharedMixin)
    )


@lru_cache(maxsize=1000)
def _buyer_criteria(buyer_id: UUID) -> tuple[ExecutableOption, ...]:
    return tuple(
        with_loader_criteria(mixin, lambda cls: cls.buyer_id == buyer_id, include_aliases=True)
        for mixin in (BuyerOwnedMixin, BuyerMerchantSharedMixin)
    )


@event.listens_for(Session, "before_flush")
def _guard_tenant_writes(session: Session, *_: Any) -> None:
    tenant = tenancy.get_context()
    if tenant.purpose:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if tenant.merchant is not None and isinstance(row, MerchantOwnedMixin | BuyerMerchantSharedMixin):
            _set_owner(row, "merchant_id", tenant.merchant)
        elif tenant.buyer is not None and isinstance(row, BuyerOwnedMixin | BuyerMerchantSharedMixin):
            _set_owner(row, "buyer_id", tenant.buyer)


def _set_owner(row: Any, column: str, owner_id: UUID) -> None:
    if getattr(row, column) is None:
        setattr(row, column, owner_id)
    if getattr(row, column) != owner_id:
        raise CrossTenantWrite
