"""Periodic recovery, so that neither a lost webhook nor a crashed process leaves a payment unfinished."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from billing.payments import queries
from billing.payments.services.gateway_calls import execute_operation
from billing.payments.services.sync import sync_payment
from billing.payments.services.webhooks import process_webhook
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import ServiceUnavailable
from tenants.isolation import AccessPurpose, with_purpose

log = structlog.get_logger(__name__)

OPERATION_TIMEOUT = timedelta(minutes=2)
WEBHOOK_TIMEOUT = timedelta(minutes=1)
POLL_INTERVAL = timedelta(minutes=2)


def poll_open_payments() -> int:
    """Synchronize every payment that is still open, which repairs lost webhooks. Returns how many were synchronized."""
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        intent_ids = queries.list_intents_to_poll(clock.now(), every=POLL_INTERVAL)
    return _call_for_each(sync_payment, "intent_id", intent_ids)


def retry_stuck() -> int:
    """Send unanswered requests again and process unprocessed webhooks. Returns how many were completed."""
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        now = clock.now()
        operation_ids = queries.list_stale_operation_ids(now, after=OPERATION_TIMEOUT)
        event_ids = queries.list_unprocessed_webhook_ids(now, after=WEBHOOK_TIMEOUT)
    return _call_for_each(execute_operation, "operation_id", operation_ids) + _call_for_each(
        process_webhook, "event_id", event_ids
    )


def _call_for_each(handler: Callable[..., Any], arg_name: str, values: Sequence[Any]) -> int:
    """Call the handler for each value and return how many succeeded.

    An error does not stop the others; an unavailable gateway is not called again this time.
    """
    processed = 0
    for value in values:
        try:
            handler(**{arg_name: value})
            processed += 1
        except ServiceUnavailable:
            log.warning("gateway_unavailable", remaining=len(values) - processed)
            break
        except Exception:
            db.session.rollback()
            log.exception("payment_recovery_failed", **{arg_name: str(value)})
    return processed
