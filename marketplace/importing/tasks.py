"""Doors for the worker."""

from __future__ import annotations

from uuid import UUID

from marketplace.importing import services
from marketplace.kernel import clock, jobs
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.tasks import task
from tenants.scope import Purpose, acting_for, working_on

KINDS = ("import.checking", "import.running")


@task(name="importing.work", queue="bulk")
def work(job_id: str) -> None:
    """Check or import one file, unless another worker holds it."""
    with jobs.claim(UUID(job_id)) as lease:
        if lease is not None:
            services.work(lease=lease)


@task(name="importing.wake")
def wake() -> None:
    """Wake imports whose worker died, or that nobody took."""
    with unit_of_work(), working_on(Purpose.SWEEP):
        wanted = (
            jobs.claimable(clock.now()).where(jobs.Job.kind.in_(KINDS)).with_only_columns(jobs.Job.id, jobs.Job.merchant_id)
        )
        waiting = db.session.execute(wanted.limit(50)).all()
    for row in waiting:
        with acting_for(row.merchant_id):
            work.delay(str(row.id))
