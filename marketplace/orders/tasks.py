"""Background entries of orders."""

from __future__ import annotations

import structlog

from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.errors import MarketplaceError
from marketplace.kernel.tasks import task
from marketplace.orders import queries, services
from tenants.scope import Purpose, working_on

log = structlog.get_logger(__name__)
BATCH = 200


@task(name="orders.fire_clocks")
def fire_clocks() -> int:
    """Make the moves of clocks that have run out: unpaid, unconfirmed. Each order in a transaction of its own."""
    with working_on(Purpose.FULFILMENT):
        with unit_of_work(read_only=True):
            due = queries.overdue(clock.now(), BATCH)
        for order_id in due:
            try:
                with unit_of_work():
                    services.fire(order_id=order_id)
            except MarketplaceError as refusal:
                log.info("clock_postponed", order=str(order_id), why=refusal.code)
                with unit_of_work():
                    services.postpone(order_id=order_id)
    return len(due)
