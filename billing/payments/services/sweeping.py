"""What is done again and again, so that nothing depends on a letter that was lost or a process that died."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from billing.payments import queries
from billing.payments.services.operating import carry_out
from billing.payments.services.receiving import handle_letter
from billing.payments.services.settling import settle
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import Unavailable
from tenants.scope import Purpose, working_on

log = structlog.get_logger(__name__)

UNANSWERED = timedelta(minutes=2)
UNHANDLED = timedelta(minutes=1)
ASK_EVERY = timedelta(minutes=2)


def poll() -> int:
    """Ask the gateway about every payment that is still open; heals whatever lost letters left behind. How many were asked."""
    with unit_of_work(), working_on(Purpose.PAYMENT):
        waiting = queries.to_poll(clock.now(), every=ASK_EVERY)
    return _each(settle, "intent_id", waiting)


def sweep() -> int:
    """Ask again what was never answered, and handle letters that nobody handled. How many were done."""
    with unit_of_work(), working_on(Purpose.PAYMENT):
        moment = clock.now()
        operations = queries.stale_operations(moment, after=UNANSWERED)
        letters = queries.waiting_letters(moment, after=UNHANDLED)
    return _each(carry_out, "operation_id", operations) + _each(handle_letter, "event_id", letters)


def _each(deed: Callable[..., Any], word: str, values: Sequence[Any]) -> int:
    """Do all of them; one failure must not keep the others waiting. A gateway that is away is not asked again this round."""
    done = 0
    for value in values:
        try:
            deed(**{word: value})
            done += 1
        except Unavailable:
            log.warning("gateway_away", left=len(values) - done)
            break
        except Exception:
            db.session.rollback()
            log.exception("payment_sweep_failed", **{word: str(value)})
    return done
