"""One-time tokens sent by e-mail: each works once, for a limited time, until a newer one of its purpose is issued."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.ids import random_token
from tenants.accounts.models import EmailToken, TokenPurpose
from tenants.accounts.sessions import hash_token

LIFETIME = {
    TokenPurpose.CONFIRM_EMAIL: timedelta(days=3),
    TokenPurpose.CHANGE_EMAIL: timedelta(hours=2),
    TokenPurpose.RESET_PASSWORD: timedelta(minutes=20),
}


def issue_token(*, purpose: TokenPurpose, account_id: UUID, email: str) -> str:
    """Issue a token for this account and address; it replaces earlier ones of the same purpose."""
    revoke_tokens(account_id, purpose)
    token = random_token()
    expires_at = clock.now() + LIFETIME[purpose]
    db.session.add(
        EmailToken(token_hash=hash_token(token), purpose=purpose, account_id=account_id, email=email, expires_at=expires_at)
    )
    db.session.flush()
    return token


def peek_token(token: str, purpose: TokenPurpose) -> EmailToken | None:
    """Return the token if it is still valid, without consuming it."""
    stmt = select(EmailToken).where(
        EmailToken.token_hash == hash_token(token), EmailToken.purpose == purpose, EmailToken.expires_at > clock.now()
    )
    return db.session.scalars(stmt).first()


def consume_token(token: str, purpose: TokenPurpose) -> tuple[UUID, str] | None:
    """Consume the token and return (account id, address), or None. Of concurrent attempts exactly one succeeds."""
    stmt = (
        delete(EmailToken)
        .where(EmailToken.token_hash == hash_token(token), EmailToken.purpose == purpose, EmailToken.expires_at > clock.now())
        .returning(EmailToken.account_id, EmailToken.email)
    )
    row = db.session.execute(stmt).first()
    return (row.account_id, row.email) if row else None


def revoke_tokens(account_id: UUID, *purposes: TokenPurpose) -> None:
    """Delete all tokens of the account with these purposes."""
    stmt = delete(EmailToken).where(EmailToken.account_id == account_id, EmailToken.purpose.in_(purposes))
    db.session.execute(stmt)


def delete_expired() -> None:
    """Delete expired tokens."""
    db.session.execute(delete(EmailToken).where(EmailToken.expires_at <= clock.now()))
