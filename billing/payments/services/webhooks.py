"""Webhooks of the gateway: verified, stored under the gateway's id, acknowledged, and processed later."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.dialects.postgresql import insert as upsert

from billing.payments import queries
from billing.payments.events import WebhookReceived
from billing.payments.gateway import get_gateway
from billing.payments.models import WebhookEvent
from billing.payments.services.gateway_calls import execute_operation
from billing.payments.services.operations import enqueue_create
from billing.payments.services.sync import sync_payment
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.events import publish
from tenants.isolation import AccessPurpose, with_purpose


def receive_webhook(*, body: bytes, headers: Mapping[str, str]) -> bool:
    """Store a webhook. Returns False if it was received before or its event type is ignored.

    Its content is not trusted: processing it fetches the payment from the gateway.

    Raises:
        InvalidSignature: If the signature is invalid.
    """
    notification = get_gateway().parse_webhook(body, headers, now=int(clock.now().timestamp()))
    if notification is None:
        return False
    values = {
        "event_id": notification.id,
        "kind": notification.kind,
        "gateway_id": notification.gateway_id,
        "client_id": notification.client_id,
        "body": body.decode(errors="replace"),
        "received_at": clock.now(),
        "last_error": "",
    }
    with with_purpose(AccessPurpose.PAYMENT):
        inserted = db.session.execute(
            upsert(WebhookEvent).values(values).on_conflict_do_nothing().returning(WebhookEvent.event_id)
        ).first()
    if inserted is None:
        return False
    publish(WebhookReceived(event_id=notification.id))
    return True


def process_webhook(*, event_id: str) -> None:
    """Synchronize the payment of a stored webhook. Opens its own transactions. Safe to run repeatedly.

    Raises:
        ServiceUnavailable: If the gateway does not answer.
    """
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        webhook_event = queries.get_webhook_event(event_id)
        if webhook_event is None or webhook_event.processed_at is not None:
            return
        intent = queries.get_intent_for_webhook(gateway_id=webhook_event.gateway_id, client_id=webhook_event.client_id)
        create_operation = enqueue_create(intent=intent) if intent is not None and intent.gateway_id is None else None
    if create_operation is not None:
        execute_operation(operation_id=create_operation.id)
    if intent is not None:
        sync_payment(intent_id=intent.id)
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        webhook_event = queries.get_webhook_event(event_id)
        if webhook_event is not None:
            webhook_event.processed_at = clock.now()
            webhook_event.last_error = "" if intent is not None else "unknown payment"
