"""Applications and the rounds they go through."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, created, pk
from marketplace.kernel.labels import Labelled
from marketplace.kernel.rows import DataClass
from tenants.admission.errors import WrongState
from tenants.scope import OwnedByBuyer


class ApplicationState(Labelled):
    """Where an application stands."""

    DRAFT = "draft", _l("Draft")
    SUBMITTED = "submitted", _l("Waiting for review")
    CHANGES_REQUESTED = "changes_requested", _l("Changes requested")
    RESUBMITTED = "resubmitted", _l("Waiting for another review")
    APPROVED = "approved", _l("Approved")
    REJECTED = "rejected", _l("Rejected")
    WITHDRAWN = "withdrawn", _l("Withdrawn")


S = ApplicationState
MOVES: dict[ApplicationState, frozenset[ApplicationState]] = {
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


class Application(OwnedByBuyer, Base):
    """Somebody wants to sell here. What was handed in stands in the rounds; `answers` is what is being written now."""

    __tablename__ = "applications"
    __data__ = DataClass.BUYER
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

    id: Mapped[pk]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    state: Mapped[ApplicationState] = mapped_column(default=ApplicationState.DRAFT)
    title: Mapped[str] = mapped_column(String(120), default="")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    remarks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    said: Mapped[str] = mapped_column(Text, default="")
    rounds: Mapped[int] = mapped_column(default=0)
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"))
    created_at: Mapped[created]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    @property
    def is_editable(self) -> bool:
        """Whether the applicant may write in it now."""
        return self.state in EDITABLE

    @property
    def is_waiting(self) -> bool:
        """Whether the market has to decide."""
        return self.state in WAITING

    def move(self, target: ApplicationState) -> None:
        """Go on to another state. Raises WrongState."""
        if target not in MOVES[self.state]:
            raise WrongState(state=self.state.label)
        self.state = target


class Round(OwnedByBuyer, Base):
    """One handing-in: the answers as they were, and what the market decided on them."""

    __tablename__ = "application_rounds"
    __data__ = DataClass.BUYER
    __table_args__ = (
        ForeignKeyConstraint(["application_id", "buyer_id"], ["applications.id", "applications.buyer_id"]),
        UniqueConstraint("application_id", "number"),
    )

    id: Mapped[pk]
    application_id: Mapped[UUID] = mapped_column(index=True)
    number: Mapped[int]
    answers: Mapped[dict[str, Any]]
    submitted_at: Mapped[created]
    decision: Mapped[ApplicationState | None]
    remarks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    said: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
