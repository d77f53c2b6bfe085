"""Wakes the worker for what payments have written down."""

from __future__ import annotations

from billing.payments import tasks
from billing.payments.events import LetterArrived, OperationPlanned
from marketplace.kernel.events import durably


@durably(OperationPlanned)
def ask_the_gateway(event: OperationPlanned) -> None:
    """The call is made by a worker: no transaction waits for the network."""
    tasks.carry_out.delay(str(event.operation_id))


@durably(LetterArrived)
def handle_the_letter(event: LetterArrived) -> None:
    """The gateway got its answer when the letter was stored; what follows may take its time."""
    tasks.handle_letter.delay(event.event_id)
