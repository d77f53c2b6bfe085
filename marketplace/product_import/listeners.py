"""Event handlers of the product import."""

from __future__ import annotations

from marketplace.kernel.events import on_event_async
from marketplace.product_import import tasks
from marketplace.product_import.events import ImportQueued


@on_event_async(ImportQueued)
def enqueue_import(event: ImportQueued) -> None:
    """Send the task to a worker; if the broker is down, the outbox message is retried."""
    tasks.run_import.delay(str(event.job_id))
