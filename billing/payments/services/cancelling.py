"""Giving up a payment that nobody has made."""

from __future__ import annotations

from billing.payments import queries
from billing.payments.errors import PaymentUnderway
from billing.payments.models import Intent
from billing.payments.rules import State
from billing.payments.services.planning import plan_expire
from marketplace.kernel import clock
from marketplace.kernel.db import advisory_lock, db
from tenants.scope import Purpose, working_on


def cancel_intent(*, reference: str) -> bool:
    """Give up the open payment of this reference; False when there is none.

    Raises PaymentUnderway when it was paid or is being processed: refund it, or wait for its end. Money that comes all the
    same goes back by itself. To be kind to a buyer who paid a moment ago, `settle` first.
    """
    with working_on(Purpose.PAYMENT):
        advisory_lock("payment", reference)
        if queries.has_paid(reference):
            raise PaymentUnderway
        live = queries.live_intent(reference, lock=True)
        if live is None:
            return False
        if live.state is State.PROCESSING:
            raise PaymentUnderway
        give_up(live)
    return True


def give_up(live: Intent) -> None:
    """Mark a live payment as cancelled, and have it closed at the gateway if it may be open there."""
    live.move(State.CANCELLED, at=clock.now())
    db.session.flush()
    if live.gateway_id is not None:
        plan_expire(intent=live)
