"""Long work with visible progress: a row that a lease decides over, so that one worker runs it however often it is woken."""

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

from marketplace.kernel import clock, rows
from marketplace.kernel.db import Base, created, db, pk, unit_of_work
from marketplace.kernel.labels import Labelled

LEASE = timedelta(seconds=60)
ATTEMPTS = 5


class JobState(Labelled):
    """Where a long task stands."""

    WAITING = "waiting", _l("Waiting")
    RUNNING = "running", _l("Running")
    DONE = "done", _l("Done")
    FAILED = "failed", _l("Failed")


class Job(Base):
    """One long task of a merchant."""

    __tablename__ = "jobs"
    __data__ = rows.DataClass.MERCHANT

    id: Mapped[pk]
    merchant_id: Mapped[UUID] = mapped_column(index=True)
    account_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200), default="")
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[JobState] = mapped_column(default=JobState.WAITING)
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    trouble: Mapped[str | None] = mapped_column(Text)
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    leased_until: Mapped[datetime | None]
    created_at: Mapped[created]
    finished_at: Mapped[datetime | None]

    @property
    def percent(self) -> int:
        """How much is done, 0 to 100."""
        return min(100, self.done * 100 // self.total) if self.total else 0


class LeaseLost(RuntimeError):
    """Another worker holds this job now; this one must stop without writing."""


@dataclass(frozen=True)
class Lease:
    """The right to run one job, numbered so that an old holder cannot write."""

    job_id: UUID
    attempt: int
    arguments: Mapping[str, Any]

    def report(self, done: int, total: int) -> None:
        """Show progress and keep the lease, in a transaction of its own. Raises LeaseLost."""
        with unit_of_work():
            self._write(done=done, total=total, leased_until=clock.now() + LEASE)

    def finish(self, result: Mapping[str, Any]) -> None:
        """Mark the job done inside the running transaction. Raises LeaseLost."""
        self._write(state=JobState.DONE, result=dict(result), finished_at=clock.now(), leased_until=None)

    def _write(self, **values: Any) -> None:
        mine = (Job.id == self.job_id) & (Job.attempt == self.attempt) & (Job.state == JobState.RUNNING)
        changed = db.session.execute(update(Job).where(mine).values(**values).execution_options(synchronize_session=False))
        if changed.rowcount != 1:  # type: ignore[attr-defined]
            raise LeaseLost(str(self.job_id))


def start(*, kind: str, title: str, arguments: Mapping[str, Any], account_id: UUID | None = None) -> Job:
    """Write a job for the merchant in scope; the caller publishes an event whose durable listener wakes a worker."""
    scope = rows.current()
    if scope.merchant is None:
        raise ValueError("a job belongs to a merchant: start it inside acting_for()")
    job = Job(kind=kind, title=title, arguments=dict(arguments), merchant_id=scope.merchant)
    job.account_id = account_id or scope.account
    db.session.add(job)
    db.session.flush()
    return job


def recent(limit: int = 20) -> Select[Job]:
    """The latest jobs in scope, newest first."""
    return select(Job).order_by(Job.created_at.desc()).limit(limit)


def claimable(moment: datetime) -> Select[Job]:
    """Jobs that nobody runs: waiting, or running under a lease that has ended."""
    ended = (Job.state == JobState.RUNNING) & (Job.leased_until < moment)
    return select(Job).where(or_(Job.state == JobState.WAITING, ended)).order_by(Job.created_at)


@contextmanager
def claim(job_id: UUID) -> Iterator[Lease | None]:
    """Take the lease of a job, or None when another holds it. An exception inside marks the job failed or due again."""
    lease = _take(job_id)
    try:
        yield lease
    except LeaseLost:
        raise
    except Exception as trouble:
        if lease is not None:
            _give_back(lease, trouble)
        raise


def _take(job_id: UUID) -> Lease | None:
    with unit_of_work():
        wanted = claimable(clock.now()).where(Job.id == job_id).with_for_update(skip_locked=True)
        job = db.session.scalars(wanted).first()
        if job is None:
            return None
        job.attempt += 1
        job.state, job.leased_until, job.trouble = JobState.RUNNING, clock.now() + LEASE, None
        return Lease(job.id, job.attempt, dict(job.arguments))


def _give_back(lease: Lease, trouble: Exception) -> None:
    db.session.rollback()
    final = lease.attempt >= ATTEMPTS
    state = JobState.FAILED if final else JobState.WAITING
    ended = clock.now() if final else None
    with unit_of_work():
        lease._write(state=state, trouble=repr(trouble)[:2000], finished_at=ended, leased_until=None)
