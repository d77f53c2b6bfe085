"""Where people are signed in: rows on the server, words in cookies, ended at once everywhere when asked."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, delete, or_, select, update

from marketplace.kernel import clock, quick
from marketplace.kernel.db import db
from marketplace.kernel.ids import secret_word, uuid7
from tenants.accounts.models import Account, Audience, SignInSession

LASTS = {Audience.SHOP: timedelta(days=30), Audience.DESK: timedelta(days=7), Audience.CONSOLE: timedelta(hours=12)}
IDLE = {Audience.SHOP: timedelta(days=14), Audience.DESK: timedelta(days=2), Audience.CONSOLE: timedelta(hours=2)}
TOUCH_EVERY = timedelta(minutes=10)


def hashed(word: str) -> str:
    """How a secret word is kept."""
    return hashlib.sha256(word.encode()).hexdigest()


def face_of(account: Account) -> dict[str, Any]:
    """What every page shows of a person; kept in the session so that a page need not read the account."""
    return {
        "name": account.name,
        "login": account.login,
        "email": account.email,
        "buyer_id": str(account.buyer_id),
        "locale": account.locale,
        "confirmed": account.email_confirmed_at is not None,
    }


def open_session(*, account: Account, audience: Audience, address: str | None, agent: str | None) -> str:
    """Sign a person in at one kind of door; returns the word for the cookie."""
    word, moment = secret_word(), clock.now()
    db.session.add(
        SignInSession(
            id=uuid7(),
            token_hash=hashed(word),
            account_id=account.id,
            audience=audience,
            face=face_of(account),
            address=address,
            agent=(agent or "")[:300] or None,
            started_at=moment,
            seen_at=moment,
            expires_at=moment + LASTS[audience],
        )
    )
    db.session.flush()
    return word


def find(word: str, audience: Audience) -> Any:
    """The live session of a cookie's word at this kind of door, as a row, or None: one statement.

    It ends at its last day, and earlier when nobody has used it for a while.
    """
    moment = clock.now()
    found = quick.ask(_live(), token=hashed(word), audience=audience, now=moment, idle=moment - IDLE[audience])
    return found[0] if found else None


@cache
def _live() -> Select[*tuple[Any, ...]]:
    return select(SignInSession.id, SignInSession.account_id, SignInSession.face, SignInSession.seen_at).where(
        SignInSession.token_hash == bindparam("token"),
        SignInSession.audience == bindparam("audience"),
        SignInSession.expires_at > bindparam("now"),
        SignInSession.seen_at > bindparam("idle"),
    )


def touch(session_ids: Collection[UUID]) -> None:
    """Note that these are in use; asked for at most every ten minutes."""
    used = update(SignInSession).where(SignInSession.id.in_(session_ids)).values(seen_at=clock.now())
    db.session.execute(used)


def put_aside(*, session_id: UUID, typed: dict[str, Any] | None) -> None:
    """Keep what somebody typed and has not sent, until they come back to it or the session ends; None forgets it."""
    kept = update(SignInSession).where(SignInSession.id == session_id).values(unsent=typed)
    db.session.execute(kept.execution_options(synchronize_session=False))


def unsent(session_id: UUID) -> dict[str, Any]:
    """What was put aside; nothing, when nothing was."""
    return db.session.scalar(select(SignInSession.unsent).where(SignInSession.id == session_id)) or {}


def of_account(account_id: UUID) -> Select[SignInSession]:
    """Where a person is signed in, latest first."""
    return (
        select(SignInSession)
        .where(SignInSession.account_id == account_id, SignInSession.expires_at > clock.now())
        .order_by(SignInSession.seen_at.desc())
    )


def end(session_id: UUID) -> None:
    """Sign out in one place."""
    db.session.execute(delete(SignInSession).where(SignInSession.id == session_id))


def end_all(account_id: UUID, *, but: Collection[UUID] = (), audience: Audience | None = None) -> None:
    """Sign out everywhere, perhaps but here, perhaps at one kind of door only."""
    ended = delete(SignInSession).where(SignInSession.account_id == account_id)
    if but:
        ended = ended.where(SignInSession.id.not_in(but))
    db.session.execute(ended.where(SignInSession.audience == audience) if audience else ended)


def tidy() -> int:
    """Drop what has ended by itself; returns how many."""
    moment = clock.now()
    over = [SignInSession.expires_at <= moment]
    over += [and_(SignInSession.audience == at, SignInSession.seen_at <= moment - idle) for at, idle in IDLE.items()]
    gone = db.session.execute(delete(SignInSession).where(or_(*over)).returning(SignInSession.id))
    return len(gone.all())


def refresh_faces(account: Account) -> None:
    """Let all sessions of a person show what has changed."""
    changed = update(SignInSession).where(SignInSession.account_id == account.id).values(face=face_of(account))
    db.session.execute(changed)
