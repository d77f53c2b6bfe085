"""Event listeners that enqueue the tasks of the payments."""

from __future__ import annotations

from billing.payments import tasks
from billing.payments.events import GatewayOperationQueued, WebhookReceived
from marketplace.kernel.events import on_event_async


@on_event_async(GatewayOperationQueued)
def enqueue_operation(event: GatewayOperationQueued) -> None:
    """Enqueue the request to the gateway. A worker sends it, so that no transaction waits for the network."""
    tasks.execute_operation.delay(str(event.operation_id))


@on_event_async(WebhookReceived)
def enqueue_webhook_processing(event: WebhookReceived) -> None:
    """Enqueue the processing of a webhook. The gateway was answered when it was stored, so processing may take its time."""
    tasks.process_webhook.delay(event.event_id)
