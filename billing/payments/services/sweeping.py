"""What is done again and again, so that nothing depends on a letter that was lost or a process that died."""

from __future__ import annotations

from collections.abc import Callable
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
    return sum(_try("poll", settle, intent_id=intent_id) for intent_id in waiting)


def sweep() -> int:
    """Ask again what was never answered, and handle letters that nobody handled. How many were done."""
    with unit_of_work(), working_on(Purpose.PAYMENT):
        moment = clock.now()
        operations = queries.stale_operations(moment, after=UNANSWERED)
        letters = queries.waiting_letters(moment, after=UNHANDLED)
    done = sum(_try("operation", carry_out, operation_id=operation_id) for operation_id in operations)
    return done + sum(_try("letter", handle_letter, event_id=event_id) for event_id in letters)


def _try(what: str, deed: Callable[..., Any], **given: Any) -> bool:
    """One failure must not keep the others waiting."""
    try:
        deed(**given)
    except Unavailable:
        return False
    except Exception:
        db.session.rollback()
        log.exception("payment_sweep_failed", what=what, **{key: str(value) for key, value in given.items()})
        return False
    return True
