"""What orders do when others announce."""

from __future__ import annotations

from billing.payments.events import PaymentCaptured
from marketplace.kernel.events import together_with
from marketplace.orders import services


@together_with(PaymentCaptured)
def move_on(fact: PaymentCaptured) -> None:
    """The orders that were paid for go on, in the transaction in which the money came."""
    services.settle(parts=fact.parts)
