"""Events of the payments. References are opaque: their meaning is known to the package that created the payment."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event
from marketplace.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(Event):
    """The money for `reference` is in escrow: `parts[i]` received `amounts[i]`. Published once for a reference."""

    reference: str
    intent_id: UUID
    buyer_id: UUID
    parts: tuple[str, ...]
    amounts: tuple[Money, ...]
    amount: Money


@dataclass(frozen=True, kw_only=True)
class PaymentProcessing(Event):
    """The buyer has paid and the money is on its way: the purchase must not be cancelled."""

    reference: str
    intent_id: UUID


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(Event):
    """The gateway declined; another payment can be created for the same reference."""

    reference: str
    intent_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentExpired(Event):
    """The payment was not made in time; another one can be created for the same reference."""

    reference: str
    intent_id: UUID


@dataclass(frozen=True, kw_only=True)
class PaymentAutoRefunded(Event):
    """Money was paid for a cancelled payment, or a second time; all of it is refunded automatically."""

    reference: str
    intent_id: UUID
    amount: Money


@dataclass(frozen=True, kw_only=True)
class RefundPosted(Event):
    """A refund was posted to the ledger; the gateway will execute it."""

    refund_id: UUID
    reference: str
    merchant_id: UUID
    amount: Money


@dataclass(frozen=True, kw_only=True)
class Refunded(Event):
    """The gateway has executed the refund."""

    refund_id: UUID
    reference: str
    merchant_id: UUID
    amount: Money


@dataclass(frozen=True, kw_only=True)
class EscrowReleased(Event):
    """The escrow of this order was released to the merchant, less the platform's commission."""

    reference: str
    merchant_id: UUID
    amount: Money
    commission: Money


@dataclass(frozen=True, kw_only=True)
class GatewayOperationQueued(Event):
    """A request to the gateway was stored and is to be sent."""

    operation_id: UUID


@dataclass(frozen=True, kw_only=True)
class WebhookReceived(Event):
    """A webhook of the gateway was stored and is to be processed."""

    event_id: str
