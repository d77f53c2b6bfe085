"""What can be done with payments. Those that ask the gateway (`lead`, `settle`, `carry_out`) open their own transactions."""

from billing.payments.services.cancelling import cancel_intent
from billing.payments.services.opening import Opening, Payer, begin, hold_reference, lead, open_first, open_intent
from billing.payments.services.operating import carry_out
from billing.payments.services.receiving import handle_letter, receive
from billing.payments.services.refunding import refund
from billing.payments.services.releasing import Released, release, released
from billing.payments.services.resolving import ask_again, settle_by_hand
from billing.payments.services.settling import settle
from billing.payments.services.sweeping import poll, sweep

__all__ = [
    "Opening",
    "Payer",
    "Released",
    "ask_again",
    "begin",
    "cancel_intent",
    "carry_out",
    "handle_letter",
    "hold_reference",
    "lead",
    "open_first",
    "open_intent",
    "poll",
    "receive",
    "refund",
    "release",
    "released",
    "settle",
    "settle_by_hand",
    "sweep",
]
