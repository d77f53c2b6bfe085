"""How often somebody may try: counted in PostgreSQL, so that it holds when Redis is away.

A person on a browser that we know is counted by that browser alone, so that strangers cannot lock the owner out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select

from marketplace.kernel import clock
from marketplace.kernel.db import advisory_lock, db, let_stand
from marketplace.kernel.errors import TooMany
from marketplace.kernel.ids import uuid7
from tenants.accounts.models import SignInFailure


@dataclass(frozen=True)
class Limit:
    """At most `most` failures within `within` for one subject of this kind."""

    kind: str
    most: int
    within: timedelta


ADDRESS = Limit("address", 30, timedelta(minutes=1))
ACCOUNT = Limit("account", 10, timedelta(hours=1))
DEVICE = Limit("device", 10, timedelta(hours=1))
REGISTRATION = Limit("registration", 20, timedelta(hours=1))
LETTER = Limit("letter", 5, timedelta(hours=1))
LETTERS_FROM = Limit("letters-from", 20, timedelta(hours=1))


def check(limit: Limit, who: str) -> None:
    """Raise TooMany when this one has tried too often; tries at the same time wait for each other."""
    name = _subject(limit, who)
    advisory_lock("tries", name)
    since = clock.now() - limit.within
    tried = select(func.count()).where(SignInFailure.subject == name, SignInFailure.at > since)
    if (db.session.scalar(tried) or 0) >= limit.most:
        raise TooMany


def count(limit: Limit, who: str) -> None:
    """Note one more try; it counts whatever is answered."""
    let_stand()
    db.session.add(SignInFailure(id=uuid7(), subject=_subject(limit, who), at=clock.now()))
    db.session.flush()


def forgive(limit: Limit, who: str) -> None:
    """Forget the tries: the right password was given."""
    db.session.execute(delete(SignInFailure).where(SignInFailure.subject == _subject(limit, who)))


def _subject(limit: Limit, who: str) -> str:
    return f"{limit.kind}:" + hashlib.sha256(who.encode()).hexdigest()[:40]
