"""The audit trail: actor, action, subject, time, IP address and reason, in the transaction of the action, append-only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import Index, Select, String, Text, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock, tenancy
from marketplace.kernel.db import Base, CreatedAt, PrimaryKey, db
from marketplace.kernel.ids import uuid7


class AuditEvent(Base):
    """One audited action. The application's database role may insert and select only."""

    __tablename__ = "audit_events"
    __ownership__ = tenancy.RowOwnership.PLATFORM
    __table_args__ = (Index("ix_audit_events_subject", "subject_kind", "subject_id", "at"),)

    id: Mapped[PrimaryKey]
    at: Mapped[CreatedAt] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(80))
    account_id: Mapped[UUID | None]
    merchant_id: Mapped[UUID | None] = mapped_column(index=True)
    purpose: Mapped[str | None] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(Text)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    ip_address: Mapped[str | None] = mapped_column(String(64))


def record(
    action: str,
    *,
    subject: tuple[str, UUID | None],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
    merchant_id: UUID | None = None,
) -> None:
    """Add an entry to the current transaction: `record("merchant.suspended", subject=("merchant", id), reason=…)`."""
    context = tenancy.get_context()
    db.session.execute(
        insert(AuditEvent).values(
            id=uuid7(),
            at=clock.now(),
            action=action,
            account_id=context.account,
            merchant_id=merchant_id or context.merchant,
            purpose=context.purpose,
            subject_kind=subject[0],
            subject_id=subject[1],
            reason=reason,
            before=before,
            after=after,
            ip_address=request.remote_addr if has_request_context() else None,
        )
    )


def select_entries(subject_kind: str, subject_id: UUID) -> Select[AuditEvent]:
    """Select the entries of one subject, newest first."""
    return (
        select(AuditEvent)
        .where(AuditEvent.subject_kind == subject_kind, AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    )
