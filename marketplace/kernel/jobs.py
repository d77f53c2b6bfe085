"""Background jobs with visible progress: a lease on the row ensures that one worker at a time runs a job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Integer, Select, String, Text, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock, tenancy
from marketplace.kernel.db import Base, CreatedAt, PrimaryKey, db, unit_of_work
from marketplace.kernel.labels import LabeledStrEnum

LEASE_DURATION = timedelta(seconds=60)
MAX_ATTEMPTS = 5


class JobState(LabeledStrEnum):
    """State of a job."""

    WAITING = "waiting", _l("Waiting")
    RUNNING = "running", _l("Running")
    DONE = "done", _l("Done")
    FAILED = "failed", _l("Failed")


class Job(Base):
    """One background job of a merchant."""

    __tablename__ = "jobs"
    __ownership__ = tenancy.RowOwnership.MERCHANT

    id: Mapped[PrimaryKey]
    merchant_id: Mapped[UUID] = mapped_column(index=True)
    account_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200), default="")
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[JobState] = mapped_column(default=JobState.WAITING)
    progress: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    last_error: Mapped[str | None] = mapped_column(Text)
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    leased_until: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None]

    @property
    def percent(self) -> int:
        """The progress in percent, 0 to 100."""
        return min(100, self.progress * 100 // self.total) if self.total else 0


class LeaseLost(RuntimeError):
    """The lease has been taken by another worker; this one must stop without writing."""


@dataclass(frozen=True)
class Lease:
    """The right to run one job; the attempt number keeps a worker with an expired lease from writing."""

    job_id: UUID
    attempt: int
    arguments: Mapping[str, Any]

    def heartbeat(self, progress: int, total: int) -> None:
        """Save the progress and extend the lease, in its own transaction. Raises LeaseLost."""
        with unit_of_work():
            self._update_job(progress=progress, total=total, leased_until=clock.now() + LEASE_DURATION)

    def finish(self, result: Mapping[str, Any]) -> None:
        """Mark the job done in the current transaction. Raises LeaseLost."""
        self._update_job(state=JobState.DONE, result=dict(result), finished_at=clock.now(), leased_until=None)

    def _update_job(self, **values: Any) -> None:
        owned_job = (Job.id == self.job_id) & (Job.attempt == self.attempt) & (Job.state == JobState.RUNNING)
        result = db.session.execute(update(Job).where(owned_job).values(**values).execution_options(synchronize_session=False))
        if result.rowcount != 1:  # type: ignore[attr-defined]
            raise LeaseLost(str(self.job_id))


def create_job(*, kind: str, title: str, arguments: Mapping[str, Any], account_id: UUID | None = None) -> Job:
    """Create a job of the current merchant; the caller publishes an event whose async handler starts a worker."""
    context = tenancy.get_context()
    if context.merchant is None:
        raise ValueError("a job belongs to a merchant: create it inside as_merchant()")
    job = Job(kind=kind, title=title, arguments=dict(arguments), merchant_id=context.merchant)
    job.account_id = account_id or context.account
    db.session.add(job)
    db.session.flush()
    return job


def select_recent_jobs(limit: int = 20) -> Select[Job]:
    """Select the latest visible jobs, newest first."""
    return select(Job).order_by(Job.created_at.desc()).limit(limit)


def select_claimable_jobs(now: datetime) -> Select[Job]:
    """Select the jobs without a worker: waiting, or running with an expired lease."""
    lease_expired = (Job.state == JobState.RUNNING) & (Job.leased_until < now)
    return select(Job).where(or_(Job.state == JobState.WAITING, lease_expired)).order_by(Job.created_at)


@contextmanager
def acquire_lease(job_id: UUID) -> Iterator[Lease | None]:
    """Acquire the lease of a job, or None if another worker has it. An exception in the block marks the job failed or waiting."""
    lease = _acquire_lease(job_id)
    try:
        yield lease
    except LeaseLost:
        raise
    except Exception as exc:
        if lease is not None:
            _release_lease(lease, exc)
        raise


def _acquire_lease(job_id: UUID) -> Lease | None:
    with unit_of_work():
        stmt = select_claimable_jobs(clock.now()).where(Job.id == job_id).with_for_update(skip_locked=True)
        job = db.session.scalars(stmt).first()
        if job is None:
            return None
        job.attempt += 1
        job.state, job.leased_until, job.last_error = JobState.RUNNING, clock.now() + LEASE_DURATION, None
        return Lease(job.id, job.attempt, dict(job.arguments))


def _release_lease(lease: Lease, error: Exception) -> None:
    db.session.rollback()
    is_final = lease.attempt >= MAX_ATTEMPTS
    state = JobState.FAILED if is_final else JobState.WAITING
    finished_at = clock.now() if is_final else None
    with unit_of_work():
        lease._update_job(state=state, last_error=repr(error)[:2000], finished_at=finished_at, leased_until=None)
