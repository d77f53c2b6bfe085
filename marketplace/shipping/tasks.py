"""Background entries of shipping."""

from __future__ import annotations

from datetime import timedelta

from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.tasks import task
from marketplace.shipping import queries, services
from tenants.scope import Purpose, working_on

EVERY = 300.0
BATCH = 500


@task(name="shipping.ask_carriers", queue="bulk")
def ask_carriers() -> int:
    """Ask the carriers that tell about every parcel on its way; each parcel in a transaction of its own."""
    with working_on(Purpose.FULFILMENT):
        with unit_of_work(read_only=True):
            waiting = queries.to_ask_about(clock.now() - timedelta(seconds=EVERY / 2), BATCH)
        for parcel_id in waiting:
            with unit_of_work():
                services.ask_carrier(parcel_id=parcel_id)
    return len(waiting)
