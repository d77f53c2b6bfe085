"""Tasks of the product import."""

from __future__ import annotations

from uuid import UUID

from marketplace.kernel import clock, jobs
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.tasks import task
from marketplace.product_import import services
from tenants.isolation import AccessPurpose, as_merchant, with_purpose

JOB_KINDS = ("import.checking", "import.running")


@task(name="product_import.run", queue="bulk")
def run_import(job_id: str) -> None:
    """Check or import one file, unless another worker has its lease."""
    with jobs.acquire_lease(UUID(job_id)) as lease:
        if lease is not None:
            services.run_import(lease=lease)


@task(name="product_import.requeue_stalled")
def requeue_stalled() -> None:
    """Send imports again whose worker died, or that no worker took."""
    with unit_of_work(), with_purpose(AccessPurpose.SWEEP):
        stmt = (
            jobs.select_claimable_jobs(clock.now())
            .where(jobs.Job.kind.in_(JOB_KINDS))
            .with_only_columns(jobs.Job.id, jobs.Job.merchant_id)
        )
        stalled_jobs = db.session.execute(stmt.limit(50)).all()
    for row in stalled_jobs:
        with as_merchant(row.merchant_id):
            run_import.delay(str(row.id))
