"""What people change about themselves."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.events import publish
from marketplace.kernel.texts import LANGUAGES
from tenants.accounts import letters, limits, passwords, queries, rules, sessions, words
from tenants.accounts.errors import LinkUsedUp
from tenants.accounts.events import ProfileChanged
from tenants.accounts.models import Account, SignInSession, WordKind
from tenants.accounts.services.recovering import replace_password
from tenants.scope import signed_in_as


def change_profile(*, account_id: UUID, name: str, phone: str, locale: str) -> Account:
    """Change name, telephone and language. Raises Invalid."""
    errors: dict[str, str] = {}
    if not name:
        errors["name"] = _("Please enter your name.")
    elif len(name) > 80:
        errors["name"] = _("A name has at most %(most)s characters.", most=80)
    if complaint := rules.phone_complaint(phone):
        errors["phone"] = complaint
    if locale not in LANGUAGES:
        errors["locale"] = _("Please choose a language.")
    if errors:
        raise Invalid(errors)
    account = queries.account_by_id(account_id, lock=True)
    with signed_in_as(account.id):
        account.name, account.phone, account.locale = name, rules.phone_of(phone) or None, locale
        db.session.flush()
    _tell(account)
    return account


def change_password(*, account_id: UUID, old: str, new: str, here: Collection[UUID]) -> None:
    """Change the password; every place but `here` is signed out. Raises Invalid, TooMany."""
    account = queries.account_by_id(account_id)
    errors = _wrong_password(account, old, field="old")
    if complaint := rules.password_complaint(new, known=(account.login, account.email)):
        errors["new"] = complaint
    if errors:
        raise Invalid(errors)
    replace_password(account_id=account_id, password=new, but=tuple(here))


def ask_new_address(*, account_id: UUID, email: str, password: str) -> None:
    """Send a letter to a new address, which becomes the account's when it is confirmed there. Raises Invalid, TooMany."""
    account = queries.account_by_id(account_id)
    errors = _wrong_password(account, password, field="password")
    if complaint := rules.email_complaint(email):
        errors["email"] = complaint
    elif email.lower() == account.email.lower():
        errors["email"] = _("This is your address already.")
    if errors:
        raise Invalid(errors)
    limits.check(limits.LETTER, str(account.id))
    limits.count(limits.LETTER, str(account.id))
    address = rules.email_of(email) or email
    owner = queries.account_by_name(address)
    if owner is None:
        letters.confirm_new_address(account, address)
    else:
        letters.already_registered(owner)


def confirm_new_address(*, word: str) -> Account:
    """Let the confirmed new address take the old one's place, and tell the old one. Raises LinkUsedUp."""
    taken = words.take(word, WordKind.CHANGE_EMAIL)
    if taken is None:
        raise LinkUsedUp
    account = queries.account_by_id(taken[0], lock=True)
    old = account.email
    try:
        with db.session.begin_nested(), signed_in_as(account.id):
            account.email, account.email_confirmed_at = taken[1], clock.now()
            db.session.flush()
    except IntegrityError:
        raise LinkUsedUp from None
    with signed_in_as(account.id):
        subject, after = ("account", account.id), {"email": account.email}
        audit.record("account.email_changed", subject=subject, before={"email": old}, after=after)
    words.revoke(account.id, WordKind.RESET_PASSWORD, WordKind.CONFIRM_EMAIL)
    _tell(account)
    letters.address_changed(account, old)
    return account


def end_place(*, account_id: UUID, session_id: UUID) -> None:
    """Sign out in one of one's own places. Raises NotFound."""
    ended = delete(SignInSession).where(SignInSession.id == session_id, SignInSession.account_id == account_id)
    if db.session.execute(ended.returning(SignInSession.id)).first() is None:
        raise NotFound


def end_other_places(*, account_id: UUID, here: Collection[UUID]) -> None:
    """Sign out everywhere but here."""
    sessions.end_all(account_id, but=here)
    audit.record("account.signed_out_elsewhere", subject=("account", account_id))


def _tell(account: Account) -> None:
    sessions.refresh_faces(account)
    publish(ProfileChanged(account_id=account.id, name=account.name, email=account.email))


def _wrong_password(account: Account, password: str, *, field: str) -> dict[str, str]:
    """A refusal at `field` when this is not the password; tries are counted as at the door. Raises TooMany."""
    limits.check(limits.DEVICE, str(account.id))
    if passwords.fits(account.password_hash, password):
        return {}
    limits.count(limits.DEVICE, str(account.id))
    return {field: _("This is not your present password.")}
