"""The state machine of a payment, which only moves forward, and the decision on the gateway's status. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l

from billing.payments.gateway import GatewayPayment, GatewayStatus
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.money import Money, sum_money


class PaymentState(LabeledStrEnum):
    """The state of a payment intent."""

    PREPARED = "prepared", _l("Prepared")
    OPEN = "open", _l("Waiting for the buyer")
    PROCESSING = "processing", _l("Being processed")
    FAILED = "failed", _l("Declined")
    EXPIRED = "expired", _l("Expired")
    CANCELLED = "cancelled", _l("Cancelled")
    CAPTURED = "captured", _l("Paid")
    AUTO_REFUNDED = "auto_refunded", _l("Paid too late, sent back")


STATE_ORDER: dict[PaymentState, int] = {
    PaymentState.PREPARED: 0,
    PaymentState.OPEN: 1,
    PaymentState.PROCESSING: 2,
    PaymentState.FAILED: 3,
    PaymentState.EXPIRED: 3,
    PaymentState.CANCELLED: 3,
    PaymentState.CAPTURED: 4,
    PaymentState.AUTO_REFUNDED: 4,
}
ACTIVE_STATES = (PaymentState.PREPARED, PaymentState.OPEN, PaymentState.PROCESSING)
FINAL_STATES = tuple(state for state in PaymentState if state not in ACTIVE_STATES)


class RefundState(LabeledStrEnum):
    """The state of a refund."""

    PENDING = "pending", _l("On its way")
    DONE = "done", _l("Done")
    FAILED = "failed", _l("Refused by the gateway")


class OperationKind(LabeledStrEnum):
    """The kind of a request to the gateway."""

    CREATE = "create", _l("Open a payment")
    EXPIRE = "expire", _l("Close a payment")
    REFUND = "refund", _l("Send money back")


class OperationState(LabeledStrEnum):
    """The state of a request to the gateway: unanswered, executed or rejected."""

    PENDING = "pending", _l("Pending")
    DONE = "done", _l("Done")
    FAILED = "failed", _l("Refused")


class PaymentAction(StrEnum):
    """The action to take on a payment after its status was fetched from the gateway."""

    NOOP = "noop"
    OPEN = "open"
    PROCESS = "process"
    CAPTURE = "capture"
    AUTO_REFUND = "auto_refund"
    FAIL = "fail"
    EXPIRE = "expire"
    FLAG_MISMATCH = "flag_mismatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPart:
    """The part of a payment that belongs to one merchant's order. `reference` is opaque, such as `order:<uuid>`."""

    reference: str
    merchant_id: UUID
    amount: Money


def decide_action(
    *, state: PaymentState, expected: Money, client_id: str, gateway_payment: GatewayPayment, already_paid: bool
) -> PaymentAction:
    """Decide what the gateway's present status means for a payment. Never moves backwards; on a mismatch nothing moves.

    Money that was paid after the payment had ended, or for a reference that another payment has paid, is refunded.
    """
    if gateway_payment.client_id != client_id or gateway_payment.amount != expected:
        return PaymentAction.FLAG_MISMATCH
    if STATE_ORDER[state] >= STATE_ORDER[PaymentState.CAPTURED]:
        return PaymentAction.NOOP
    if gateway_payment.status is GatewayStatus.PAID:
        return PaymentAction.CAPTURE if state in ACTIVE_STATES and not already_paid else PaymentAction.AUTO_REFUND
    if state not in ACTIVE_STATES:
        return PaymentAction.NOOP
    final_actions = {GatewayStatus.DECLINED: PaymentAction.FAIL, GatewayStatus.EXPIRED: PaymentAction.EXPIRE}
    if gateway_payment.status in final_actions:
        return final_actions[gateway_payment.status]
    if gateway_payment.status is GatewayStatus.PENDING:
        return PaymentAction.PROCESS if state is not PaymentState.PROCESSING else PaymentAction.NOOP
    return PaymentAction.OPEN if state is PaymentState.PREPARED else PaymentAction.NOOP


def parts_error(parts: Sequence[PaymentPart]) -> str | None:
    """Return why these parts are not a valid payment, or None."""
    if not parts:
        return "a payment has at least one part"
    if len({part.reference for part in parts}) != len(parts):
        return "a reference has two parts"
    if any(part.amount.minor <= 0 for part in parts):
        return "every part has a positive amount"
    if len({part.amount.currency for part in parts}) != 1:
        return "a payment has one currency"
    return None


def total_amount(parts: Sequence[PaymentPart]) -> Money:
    """Return the amount that the buyer pays."""
    return sum_money((part.amount for part in parts), parts[0].amount.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSources:
    """The accounts that a refund is taken from: escrow first, then the merchant's balance, then the merchant's debt."""

    escrow: Money
    commission: Money
    available: Money
    owed: Money


def split_refund(*, amount: Money, released: bool, reversed_commission: Money, available: Money) -> RefundSources:
    """Split a refund over its sources.

    Before the release all of it is in escrow, and no commission was posted.
    """
    zero = Money.zero(amount.currency)
    if not released:
        return RefundSources(escrow=amount, commission=zero, available=zero, owed=zero)
    needed = amount - reversed_commission
    from_available = min(needed, available)
    return RefundSources(escrow=zero, commission=reversed_commission, available=from_available, owed=needed - from_available)
