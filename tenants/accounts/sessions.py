"""Login sessions: rows in the database, secret tokens in cookies; a revoked session ends at once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, delete, or_, select, update

from marketplace.kernel import clock, compiled_sql
from marketplace.kernel.db import db
from marketplace.kernel.ids import random_token, uuid7
from tenants.accounts.models import Account, Realm, UserSession

LIFETIME = {Realm.SHOP: timedelta(days=30), Realm.DESK: timedelta(days=7), Realm.CONSOLE: timedelta(hours=12)}
IDLE_TIMEOUT = {Realm.SHOP: timedelta(days=14), Realm.DESK: timedelta(days=2), Realm.CONSOLE: timedelta(hours=2)}
TOUCH_INTERVAL = timedelta(minutes=10)


def hash_token(token: str) -> str:
    """Return the hash under which a secret token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def profile_snapshot(account: Account) -> dict[str, Any]:
    """Return what every page shows of a user; stored in the session, so that a page need not read the account."""
    return {
        "name": account.name,
        "login": account.login,
        "email": account.email,
        "buyer_id": str(account.buyer_id),
        "locale": account.locale,
        "confirmed": account.email_confirmed_at is not None,
    }


def create_session(*, account: Account, realm: Realm, ip_address: str | None, user_agent: str | None) -> str:
    """Create a session in the realm and return the token for the cookie."""
    token, now = random_token(), clock.now()
    db.session.add(
        UserSession(
            id=uuid7(),
            token_hash=hash_token(token),
            account_id=account.id,
            realm=realm,
            profile=profile_snapshot(account),
            ip_address=ip_address,
            user_agent=(user_agent or "")[:300] or None,
            started_at=now,
            seen_at=now,
            expires_at=now + LIFETIME[realm],
        )
    )
    db.session.flush()
    return token


def get_session(token: str, realm: Realm) -> Any:
    """Return the live session of a cookie's token in the realm as a row, or None; one statement.

    A session ends at its expiry date, and earlier when it was idle for too long.
    """
    now = clock.now()
    rows = compiled_sql.fetch_all(
        _live_session_stmt(), token=hash_token(token), realm=realm, now=now, idle=now - IDLE_TIMEOUT[realm]
    )
    return rows[0] if rows else None


@cache
def _live_session_stmt() -> Select[*tuple[Any, ...]]:
    return select(UserSession.id, UserSession.account_id, UserSession.profile, UserSession.seen_at).where(
        UserSession.token_hash == bindparam("token"),
        UserSession.realm == bindparam("realm"),
        UserSession.expires_at > bindparam("now"),
        UserSession.seen_at > bindparam("idle"),
    )


def touch_sessions(session_ids: Collection[UUID]) -> None:
    """Set the last use of these sessions to now; called at most every `TOUCH_INTERVAL`."""
    stmt = update(UserSession).where(UserSession.id.in_(session_ids)).values(seen_at=clock.now())
    db.session.execute(stmt)


def save_draft(*, session_id: UUID, draft: dict[str, Any] | None) -> None:
    """Store what the user typed and has not submitted, until they continue or the session ends; None deletes it."""
    stmt = update(UserSession).where(UserSession.id == session_id).values(draft=draft)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def get_draft(session_id: UUID) -> dict[str, Any]:
    """Return the stored draft, or an empty dictionary."""
    return db.session.scalar(select(UserSession.draft).where(UserSession.id == session_id)) or {}


def select_sessions(account_id: UUID) -> Select[UserSession]:
    """Return the statement for an account's sessions, latest use first."""
    return (
        select(UserSession)
        .where(UserSession.account_id == account_id, UserSession.expires_at > clock.now())
        .order_by(UserSession.seen_at.desc())
    )


def revoke_session(session_id: UUID) -> None:
    """Delete one session."""
    db.session.execute(delete(UserSession).where(UserSession.id == session_id))


def revoke_sessions(account_id: UUID, *, except_session_ids: Collection[UUID] = (), realm: Realm | None = None) -> None:
    """Delete all sessions of an account, except these, or only those of one realm."""
    stmt = delete(UserSession).where(UserSession.account_id == account_id)
    if except_session_ids:
        stmt = stmt.where(UserSession.id.not_in(except_session_ids))
    db.session.execute(stmt.where(UserSession.realm == realm) if realm else stmt)


def delete_expired() -> int:
    """Delete expired sessions and return their number."""
    now = clock.now()
    conditions = [UserSession.expires_at <= now]
    conditions += [
        and_(UserSession.realm == realm, UserSession.seen_at <= now - timeout) for realm, timeout in IDLE_TIMEOUT.items()
    ]
    deleted = db.session.execute(delete(UserSession).where(or_(*conditions)).returning(UserSession.id))
    return len(deleted.all())


def refresh_profiles(account: Account) -> None:
    """Update the profile snapshot in all sessions of the account."""
    stmt = update(UserSession).where(UserSession.account_id == account.id).values(profile=profile_snapshot(account))
    db.session.execute(stmt)
