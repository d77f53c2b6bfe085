"""A new password for somebody who forgot the old one; who has an account is never said."""

from __future__ import annotations

from uuid import UUID

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid, TooMany
from marketplace.kernel.events import publish
from tenants.accounts import letters, limits, passwords, queries, rules, sessions, words
from tenants.accounts.errors import LinkUsedUp
from tenants.accounts.events import ResetAsked
from tenants.accounts.models import Account, WordKind
from tenants.scope import signed_in_as


def ask_reset(*, name: str, locale: str, address: str) -> None:
    """Ask for a letter with the way to a new password. The work for known and unknown names is the same:
    whether there is an account is looked up later, by a listener. Raises TooMany.
    """
    limits.check(limits.LETTERS_FROM, address)
    limits.count(limits.LETTERS_FROM, address)
    publish(ResetAsked(name=name.strip()[:254], locale=locale))


def send_reset(*, name: str) -> None:
    """Send the letter if there is such an account; at most five an hour to one person."""
    account = queries.account_by_name(name)
    if account is None or account.disabled_at is not None:
        return
    try:
        limits.check(limits.LETTER, str(account.id))
    except TooMany:
        return
    limits.count(limits.LETTER, str(account.id))
    letters.reset_password(account)


def set_password(*, word: str, password: str) -> Account:
    """Set a new password by the word of a letter; every other place is signed out. Raises Invalid, LinkUsedUp."""
    found = words.look(word, WordKind.RESET_PASSWORD)
    if found is None:
        raise LinkUsedUp
    account = queries.account_by_id(found.account_id, lock=True)
    complaint = rules.password_complaint(password, known=(account.login, account.email))
    if complaint:
        raise Invalid({"password": complaint})
    if words.take(word, WordKind.RESET_PASSWORD) is None or account.email != found.email:
        raise LinkUsedUp
    replace_password(account_id=account.id, password=password)
    with signed_in_as(account.id):
        account.email_confirmed_at = account.email_confirmed_at or clock.now()
        db.session.flush()
    return account


def replace_password(*, account_id: UUID, password: str, but: tuple[UUID, ...] = ()) -> None:
    """Write the new password, sign out everywhere else, let no word of a letter work, and tell the owner."""
    account = queries.account_by_id(account_id, lock=True)
    with signed_in_as(account.id):
        account.password_hash = passwords.hashed(password)
        db.session.flush()
        audit.record("account.password_changed", subject=("account", account.id))
    sessions.end_all(account.id, but=but)
    words.revoke(account.id, WordKind.RESET_PASSWORD, WordKind.CHANGE_EMAIL)
    limits.forgive(limits.ACCOUNT, str(account.id))
    letters.password_changed(account)
