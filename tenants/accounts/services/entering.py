"""Signing in: proving who one is, with limits that hold without Redis and work that is equal for unknown names."""

from __future__ import annotations

from uuid import UUID

from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from tenants.accounts import limits, passwords, queries
from tenants.accounts.errors import AccountClosed, WrongPassword
from tenants.accounts.events import SignedIn
from tenants.accounts.models import Account
from tenants.scope import signed_in_as


def prove(*, name: str, password: str, address: str, device: tuple[str, UUID] | None = None) -> Account:
    """The account of this login or e-mail, if the password fits. `device` is a browser we know and whose it is.

    A wrong try is counted when the running transaction commits, so the caller must answer, not raise on.
    Raises TooMany (nothing was checked), WrongPassword, AccountClosed.
    """
    account = queries.account_by_name(name)
    who = str(account.id) if account else name.strip().lower()
    known = device is not None and account is not None and device[1] == account.id
    counted = [(limits.DEVICE, device[0])] if known and device else [(limits.ADDRESS, address), (limits.ACCOUNT, who)]
    for limit, subject in counted:
        limits.check(limit, subject)
    if not passwords.fits(account.password_hash if account else None, password) or account is None:
        for limit, subject in counted:
            limits.count(limit, subject)
        raise WrongPassword
    if account.disabled_at is not None:
        raise AccountClosed
    return account


def open_door(*, account: Account, password: str) -> None:
    """What goes with a proved sign-in: forget the tries, hash anew if hashing has become dearer, tell the listeners."""
    limits.forgive(limits.ACCOUNT, str(account.id))
    with signed_in_as(account.id):
        if passwords.outdated(account.password_hash):
            account.password_hash = passwords.hashed(password)
            db.session.flush()
        audit.record("account.signed_in", subject=("account", account.id))
    tell_signed_in(account=account)


def tell_signed_in(*, account: Account) -> None:
    """Announce a sign-in, by password or by the link of a letter: a guest's cart becomes this person's."""
    publish(SignedIn(account_id=account.id, buyer_id=account.buyer_id))
