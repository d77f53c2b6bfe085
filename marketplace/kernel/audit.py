"""The audit trail: who did what to what, when, from where, and why; written with the deed, never changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import Index, Select, String, Text, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock, rows
from marketplace.kernel.db import Base, created, db, pk
from marketplace.kernel.ids import uuid7


class AuditEvent(Base):
    """One deed. The application's role may insert and read, nothing else."""

    __tablename__ = "audit_events"
    __data__ = rows.DataClass.PLATFORM
    __table_args__ = (Index("ix_audit_events_subject", "subject_kind", "subject_id", "at"),)

    id: Mapped[pk]
    at: Mapped[created] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(80))
    account_id: Mapped[UUID | None]
    merchant_id: Mapped[UUID | None] = mapped_column(index=True)
    purpose: Mapped[str | None] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(Text)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    address: Mapped[str | None] = mapped_column(String(64))


def record(
    action: str,
    *,
    subject: tuple[str, UUID | None],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
    merchant_id: UUID | None = None,
) -> None:
    """Write one deed into the running transaction: `record("merchant.suspended", subject=("merchant", id), reason=…)`."""
    scope = rows.current()
    db.session.execute(
        insert(AuditEvent).values(
            id=uuid7(),
            at=clock.now(),
            action=action,
            account_id=scope.account,
            merchant_id=merchant_id or scope.merchant,
            purpose=scope.purpose,
            subject_kind=subject[0],
            subject_id=subject[1],
            reason=reason,
            before=before,
            after=after,
            address=request.remote_addr if has_request_context() else None,
        )
    )


def about(kind: str, subject_id: UUID) -> Select[AuditEvent]:
    """The deeds done to one thing, newest first."""
    return (
        select(AuditEvent)
        .where(AuditEvent.subject_kind == kind, AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    )
