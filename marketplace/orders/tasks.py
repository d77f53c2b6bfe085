"""Background tasks of orders."""

from __future__ import annotations

import structlog

from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.errors import MarketplaceError
from marketplace.kernel.tasks import task
from marketplace.orders import queries, services
from tenants.isolation import AccessPurpose, with_purpose

log = structlog.get_logger(__name__)
BATCH_SIZE = 200


@task(name="orders.fire_due_timers")
def fire_due_timers() -> int:
    """Run the transitions of expired timers (unpaid, unconfirmed), each order in its own transaction.

    Returns:
        The number of orders with an expired timer.
    """
    with with_purpose(AccessPurpose.FULFILMENT):
        with unit_of_work(read_only=True):
            order_ids = queries.due_timers(clock.now(), BATCH_SIZE)
        for order_id in order_ids:
            try:
                with unit_of_work():
                    services.fire_timer(order_id=order_id)
            except MarketplaceError as exc:
                log.info("timer_snoozed", order=str(order_id), reason=exc.code)
                with unit_of_work():
                    services.snooze_timer(order_id=order_id)
    return len(order_ids)
