"""Deletion of expired rows."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from marketplace.kernel import clock
from marketplace.kernel.db import db
from tenants.accounts import sessions, tokens
from tenants.accounts.models import ThrottleAttempt


def delete_expired() -> None:
    """Delete expired sessions, expired tokens, and attempts that no limit counts any more."""
    sessions.delete_expired()
    tokens.delete_expired()
    db.session.execute(delete(ThrottleAttempt).where(ThrottleAttempt.attempted_at < clock.now() - timedelta(days=1)))
