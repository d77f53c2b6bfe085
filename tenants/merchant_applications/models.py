"""Merchant applications and their submissions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, CreatedAt, PrimaryKey
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.tenancy import RowOwnership
from tenants.isolation import BuyerOwnedMixin
from tenants.merchant_applications.errors import InvalidApplicationState


class ApplicationState(LabeledStrEnum):
    """The state of an application."""

    DRAFT = "draft", _l("Draft")
    SUBMITTED = "submitted", _l("Waiting for review")
    CHANGES_REQUESTED = "changes_requested", _l("Changes requested")
    RESUBMITTED = "resubmitted", _l("Waiting for another review")
    APPROVED = "approved", _l("Approved")
    REJECTED = "rejected", _l("Rejected")
    WITHDRAWN = "withdrawn", _l("Withdrawn")


S = ApplicationState
TRANSITIONS: dict[ApplicationState, frozenset[ApplicationState]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.WITHDRAWN}),
    S.SUBMITTED: frozenset({S.CHANGES_REQUESTED, S.APPROVED, S.REJECTED, S.WITHDRAWN}),
    S.CHANGES_REQUESTED: frozenset({S.RESUBMITTED, S.WITHDRAWN}),
    S.RESUBMITTED: frozenset({S.CHANGES_REQUESTED, S.APPROVED, S.REJECTED, S.WITHDRAWN}),
    S.APPROVED: frozenset(),
    S.REJECTED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
WAITING = (S.SUBMITTED, S.RESUBMITTED)
EDITABLE = (S.DRAFT, S.CHANGES_REQUESTED)
OPEN = (*EDITABLE, *WAITING)


class Application(BuyerOwnedMixin, Base):
    """An application to sell on the platform. `answers` is the draft; submitted answers are in the submissions."""

    __tablename__ = "applications"
    __ownership__ = RowOwnership.BUYER
    __table_args__ = (
        UniqueConstraint("id", "buyer_id"),
        Index(
            "uq_applications_open",
            "buyer_id",
            unique=True,
            postgresql_where=text("state in ('draft', 'submitted', 'changes_requested', 'resubmitted')"),
        ),
        Index("ix_applications_state", "state", "submitted_at"),
    )

    id: Mapped[PrimaryKey]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    state: Mapped[ApplicationState] = mapped_column(default=ApplicationState.DRAFT)
    title: Mapped[str] = mapped_column(String(120), default="")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    field_comments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    decision_note: Mapped[str] = mapped_column(Text, default="")
    submission_count: Mapped[int] = mapped_column(default=0)
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"))
    created_at: Mapped[CreatedAt]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    @property
    def is_editable(self) -> bool:
        """Return whether the applicant may change the answers now."""
        return self.state in EDITABLE

    @property
    def is_waiting(self) -> bool:
        """Return whether the application waits for the platform's decision."""
        return self.state in WAITING

    def transition_to(self, target: ApplicationState) -> None:
        """Change the state.

        Raises:
            InvalidApplicationState: The transition is not allowed.
        """
        if target not in TRANSITIONS[self.state]:
            raise InvalidApplicationState(state=self.state.label)
        self.state = target


class ApplicationSubmission(BuyerOwnedMixin, Base):
    """One submission: the answers as submitted, and the platform's decision on them."""

    __tablename__ = "application_submissions"
    __ownership__ = RowOwnership.BUYER
    __table_args__ = (
        ForeignKeyConstraint(["application_id", "buyer_id"], ["applications.id", "applications.buyer_id"]),
        UniqueConstraint("application_id", "number"),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[UUID] = mapped_column(index=True)
    number: Mapped[int]
    answers: Mapped[dict[str, Any]]
    submitted_at: Mapped[CreatedAt]
    decision: Mapped[ApplicationState | None]
    field_comments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    decision_note: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
