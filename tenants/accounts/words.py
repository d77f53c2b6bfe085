"""One-time words sent by mail: each works once, for a while, and dies when a newer one of its kind is sent."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.ids import secret_word
from tenants.accounts.models import MailedWord, WordKind
from tenants.accounts.sessions import hashed

LASTS = {
    WordKind.CONFIRM_EMAIL: timedelta(days=3),
    WordKind.CHANGE_EMAIL: timedelta(hours=2),
    WordKind.RESET_PASSWORD: timedelta(minutes=20),
}


def make(*, kind: WordKind, account_id: UUID, email: str) -> str:
    """A fresh word for this person and address."""
    revoke(account_id, kind)
    word = secret_word()
    until = clock.now() + LASTS[kind]
    db.session.add(MailedWord(token_hash=hashed(word), kind=kind, account_id=account_id, email=email, expires_at=until))
    db.session.flush()
    return word


def look(word: str, kind: WordKind) -> MailedWord | None:
    """The word if it would still work; nothing is used up."""
    wanted = select(MailedWord).where(
        MailedWord.token_hash == hashed(word), MailedWord.kind == kind, MailedWord.expires_at > clock.now()
    )
    return db.session.scalars(wanted).first()


def take(word: str, kind: WordKind) -> tuple[UUID, str] | None:
    """Use the word up: (account, address), or None. Of thirty that come at once, one gets it."""
    taken = (
        delete(MailedWord)
        .where(MailedWord.token_hash == hashed(word), MailedWord.kind == kind, MailedWord.expires_at > clock.now())
        .returning(MailedWord.account_id, MailedWord.email)
    )
    row = db.session.execute(taken).first()
    return (row.account_id, row.email) if row else None


def revoke(account_id: UUID, *kinds: WordKind) -> None:
    """Let no earlier word of these kinds work any more."""
    gone = delete(MailedWord).where(MailedWord.account_id == account_id, MailedWord.kind.in_(kinds))
    db.session.execute(gone)


def tidy() -> None:
    """Drop words that nobody used in time."""
    db.session.execute(delete(MailedWord).where(MailedWord.expires_at <= clock.now()))
