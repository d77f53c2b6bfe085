"""Background tasks of shipping."""

from __future__ import annotations

from datetime import timedelta

from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.tasks import task
from marketplace.shipping import queries, services
from tenants.isolation import AccessPurpose, with_purpose

POLL_INTERVAL_S = 300.0
BATCH_SIZE = 500


@task(name="shipping.poll_carriers", queue="bulk")
def poll_carriers() -> int:
    """Fetch tracking events of all undelivered parcels, each in its own transaction; return the number of parcels."""
    with with_purpose(AccessPurpose.FULFILMENT):
        with unit_of_work(read_only=True):
            parcel_ids = queries.list_parcels_to_poll(clock.now() - timedelta(seconds=POLL_INTERVAL_S / 2), BATCH_SIZE)
        for parcel_id in parcel_ids:
            with unit_of_work():
                services.sync_tracking(parcel_id=parcel_id)
    return len(parcel_ids)
