"""Attempt limits, counted in PostgreSQL, so that they hold without Redis.

Login attempts from a known device count against that device alone, so that strangers cannot lock the owner out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select

from marketplace.kernel import clock
from marketplace.kernel.db import advisory_lock, db, keep_on_error
from marketplace.kernel.errors import RateLimited
from marketplace.kernel.ids import uuid7
from tenants.accounts.models import ThrottleAttempt


@dataclass(frozen=True)
class AttemptLimit:
    """At most `max_attempts` within `window` for one subject under this name."""

    name: str
    max_attempts: int
    window: timedelta


LOGIN_PER_IP = AttemptLimit("ip", 30, timedelta(minutes=1))
LOGIN_PER_ACCOUNT = AttemptLimit("account", 10, timedelta(hours=1))
LOGIN_PER_DEVICE = AttemptLimit("device", 10, timedelta(hours=1))
REGISTRATION_PER_IP = AttemptLimit("registration", 20, timedelta(hours=1))
EMAIL_PER_ACCOUNT = AttemptLimit("email", 5, timedelta(hours=1))
EMAIL_PER_IP = AttemptLimit("email-from-ip", 20, timedelta(hours=1))


def check_limit(limit: AttemptLimit, identifier: str) -> None:
    """Check that the identifier is below the limit; concurrent attempts wait for each other.

    Raises:
        RateLimited: There were too many attempts within the window.
    """
    subject = _subject_key(limit, identifier)
    advisory_lock("tries", subject)
    since = clock.now() - limit.window
    stmt = select(func.count()).where(ThrottleAttempt.subject == subject, ThrottleAttempt.attempted_at > since)
    if (db.session.scalar(stmt) or 0) >= limit.max_attempts:
        raise RateLimited


@keep_on_error
def record_attempt(limit: AttemptLimit, identifier: str) -> None:
    """Record an attempt; it is kept even if the response is an error."""
    db.session.add(ThrottleAttempt(id=uuid7(), subject=_subject_key(limit, identifier), attempted_at=clock.now()))
    db.session.flush()


def reset_attempts(limit: AttemptLimit, identifier: str) -> None:
    """Delete the attempts after the right password was given."""
    db.session.execute(delete(ThrottleAttempt).where(ThrottleAttempt.subject == _subject_key(limit, identifier)))


def _subject_key(limit: AttemptLimit, identifier: str) -> str:
    return f"{limit.name}:" + hashlib.sha256(identifier.encode()).hexdigest()[:40]
