"""Operations on payments.

`start_payment`, `sync_payment` and `execute_operation` call the gateway and therefore open their own transactions.
"""

from billing.payments.services.cancellation import cancel_payment
from billing.payments.services.creation import (
    Payer,
    PendingRedirect,
    create_first_payment,
    create_payment,
    lock_reference,
    prepare_redirect,
    start_payment,
)
from billing.payments.services.escrow import EscrowRelease, get_release, release_escrow
from billing.payments.services.gateway_calls import execute_operation
from billing.payments.services.recovery import poll_open_payments, retry_stuck
from billing.payments.services.refund_exceptions import mark_refunded_manually, retry_refund
from billing.payments.services.refunds import create_refund
from billing.payments.services.sync import sync_payment
from billing.payments.services.webhooks import process_webhook, receive_webhook

__all__ = [
    "EscrowRelease",
    "Payer",
    "PendingRedirect",
    "cancel_payment",
    "create_first_payment",
    "create_payment",
    "create_refund",
    "execute_operation",
    "get_release",
    "lock_reference",
    "mark_refunded_manually",
    "poll_open_payments",
    "prepare_redirect",
    "process_webhook",
    "receive_webhook",
    "release_escrow",
    "retry_refund",
    "retry_stuck",
    "start_payment",
    "sync_payment",
]
