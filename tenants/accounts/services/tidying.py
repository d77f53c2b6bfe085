"""Dropping what has run out."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from marketplace.kernel import clock
from marketplace.kernel.db import db
from tenants.accounts import sessions, words
from tenants.accounts.models import SignInFailure


def tidy() -> None:
    """Drop ended sessions, words that nobody used, and tries that no limit counts any more."""
    sessions.tidy()
    words.tidy()
    db.session.execute(delete(SignInFailure).where(SignInFailure.at < clock.now() - timedelta(days=1)))
