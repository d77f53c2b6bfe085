"""What payments announce. References are opaque words of whoever opened the payment."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event
from marketplace.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(Event):
    """The money for `reference` is in escrow, part by part: `parts[i]` took `amounts[i]`. Published once for a reference."""

    reference: str
    intent_id: UUID
    buyer_id: UUID
    parts: tuple[str, ...]
    amounts: tuple[Money, ...]
    amount: Money


@dataclass(frozen=True, kw_only=True)
class PaymentProcessing(Event):
    """The buyer has done their part and the money is on its way: do not cancel what it is for."""

    reference: str
    intent_id: UUID


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(Event):
    """The gateway declined; another payment may be opened for the same reference."""

    reference: str
    intent_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentExpired(Event):
    """Nobody paid in time; another payment may be opened for the same reference."""

    reference: str
    intent_id: UUID


@dataclass(frozen=True, kw_only=True)
class PaymentReturned(Event):
    """Money came for a payment that had been given up, or a second time; all of it goes back by itself."""

    reference: str
    intent_id: UUID
    amount: Money


@dataclass(frozen=True, kw_only=True)
class RefundPosted(Event):
    """A refund stands in the books; the gateway will send it."""

    refund_id: UUID
    reference: str
    merchant_id: UUID
    amount: Money


@dataclass(frozen=True, kw_only=True)
class Refunded(Event):
    """The gateway has sent the money back."""

    refund_id: UUID
    reference: str
    merchant_id: UUID
    amount: Money


@dataclass(frozen=True, kw_only=True)
class EscrowReleased(Event):
    """What was held for this order belongs to the merchant now, less the market's commission."""

    reference: str
    merchant_id: UUID
    amount: Money
    commission: Money


@dataclass(frozen=True, kw_only=True)
class OperationPlanned(Event):
    """Something is to be asked of the gateway."""

    operation_id: UUID


@dataclass(frozen=True, kw_only=True)
class LetterArrived(Event):
    """The gateway has written."""

    event_id: str
