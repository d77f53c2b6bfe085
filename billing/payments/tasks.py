"""Celery tasks of the payments: each takes ids and calls one service."""

from __future__ import annotations

from uuid import UUID

from billing.payments import services
from marketplace.kernel.errors import ServiceUnavailable
from marketplace.kernel.tasks import task


@task(name="payments.execute_operation")
def execute_operation(operation_id: str) -> None:
    """Send a request to the gateway; if it is unavailable, `retry_stuck` sends it again."""
    try:
        services.execute_operation(operation_id=UUID(operation_id))
    except ServiceUnavailable:
        return


@task(name="payments.process_webhook")
def process_webhook(event_id: str) -> None:
    """Process one webhook; if the gateway is unavailable, `retry_stuck` processes it again."""
    try:
        services.process_webhook(event_id=event_id)
    except ServiceUnavailable:
        return


@task(name="payments.poll")
def poll_open_payments() -> None:
    """Fetch the status of payments that are still open."""
    services.poll_open_payments()


@task(name="payments.retry_stuck")
def retry_stuck() -> None:
    """Retry requests and webhooks that were not completed."""
    services.retry_stuck()
