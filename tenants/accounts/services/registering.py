"""Registration with three fields (ME1); whoever registers has ordinary rights only (RO4)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from tenants.accounts import letters, limits, passwords, queries, rules, sessions, words
from tenants.accounts.errors import LinkUsedUp
from tenants.accounts.events import AccountRegistered
from tenants.accounts.models import Account, WordKind
from tenants.organisations.models import Member, Organisation, OrganisationKind
from tenants.scope import Purpose, signed_in_as, working_on


class _Undone(Exception):
    """What was written inside the savepoint is taken back."""


def register(*, login: str, password: str, email: str, locale: str, address: str) -> UUID:
    """Open an account and send a letter to confirm the address; returns its id.

    When the address has an account already, its owner gets a letter and the visitor the same answer (with an id that
    means nothing), so that nobody learns who is registered. Raises Invalid, TooMany.
    """
    login = rules.normal_login(login)
    complaints = {
        "login": rules.login_complaint(login),
        "email": rules.email_complaint(email),
        "password": rules.password_complaint(password, known=(login, email)),
    }
    errors = {field: complaint for field, complaint in complaints.items() if complaint}
    if not errors and queries.login_taken(login):
        errors["login"] = _("This login name is taken. Please choose another.")
    if errors:
        raise Invalid(errors)
    limits.check(limits.REGISTRATION, address)
    limits.count(limits.REGISTRATION, address)
    return _open(login=login, email=rules.email_of(email) or email, password_hash=passwords.hashed(password), locale=locale)


def _open(*, login: str, email: str, password_hash: str, locale: str) -> UUID:
    owner = queries.account_by_name(email)
    if owner is not None:
        _do_as_much(password_hash=password_hash, locale=locale)
        letters.already_registered(owner)
        return uuid7()
    try:
        with db.session.begin_nested():
            account = create_account(login=login, email=email, password_hash=password_hash, name=login, locale=locale)
    except IntegrityError:
        raise Invalid({"login": _("This login name is taken. Please choose another.")}) from None
    letters.confirm_address(account)
    publish(AccountRegistered(account_id=account.id, buyer_id=account.buyer_id))
    return account.id


def _do_as_much(*, password_hash: str, locale: str) -> None:
    """Write an account and undo it, so that the time of the answer does not tell who is registered (R30)."""
    name = uuid7().hex
    with suppress(_Undone), db.session.begin_nested():
        decoy = create_account(login=name, email=f"{name}@decoy.invalid", password_hash=password_hash, name=name, locale=locale)
        words.make(kind=WordKind.CONFIRM_EMAIL, account_id=decoy.id, email=decoy.email)
        raise _Undone


def create_account(
    *, login: str, email: str, password_hash: str, name: str, locale: str, confirmed_at: datetime | None = None
) -> Account:
    """Write the rows of an account: a person, the organisation they buy for, and their place in it."""
    organisation = Organisation(id=uuid7(), kind=OrganisationKind.PERSON, name=name)
    account = Account(
        id=uuid7(),
        login=login,
        email=email,
        email_confirmed_at=confirmed_at,
        password_hash=password_hash,
        name=name,
        locale=locale,
        buyer_id=organisation.id,
    )
    with working_on(Purpose.SIGN_IN):
        db.session.add(organisation)
        db.session.flush()
        db.session.add(account)
        db.session.flush()
        db.session.add(Member(organisation_id=organisation.id, account_id=account.id))
        audit.record("account.registered", subject=("account", account.id), after={"login": login})
        db.session.flush()
    return account


def confirm_address(*, word: str) -> Account:
    """Confirm the address of an account by the word that was sent there. Raises LinkUsedUp."""
    taken = words.take(word, WordKind.CONFIRM_EMAIL)
    if taken is None:
        raise LinkUsedUp
    account = queries.account_by_id(taken[0], lock=True)
    if account.email != taken[1]:
        raise LinkUsedUp
    with signed_in_as(account.id):
        account.email_confirmed_at = account.email_confirmed_at or clock.now()
        db.session.flush()
        audit.record("account.email_confirmed", subject=("account", account.id))
    sessions.refresh_faces(account)
    return account


def resend_confirmation(*, account_id: UUID) -> None:
    """Send the letter once more. Raises TooMany."""
    account = queries.account_by_id(account_id)
    if account.email_confirmed_at is None:
        limits.check(limits.LETTER, str(account.id))
        limits.count(limits.LETTER, str(account.id))
        letters.confirm_address(account)


def register_invited(*, login: str, name: str, password: str, email: str, locale: str) -> Account:
    """An account for somebody whose address a letter has proved. Raises Invalid."""
    login = rules.normal_login(login)
    taken = _("This login name is taken. Please choose another.")
    errors = {
        "login": rules.login_complaint(login) or (taken if queries.login_taken(login) else None),
        "name": None if name else _("Please enter your name."),
        "password": rules.password_complaint(password, known=(login, email)),
    }
    said = {field: str(complaint) for field, complaint in errors.items() if complaint}
    if queries.account_by_name(email) is not None:
        said[""] = _("This address has an account already. Please sign in with it and open the letter's link again.")
    if said:
        raise Invalid(said)
    hashed = passwords.hashed(password)
    try:
        with db.session.begin_nested():
            account = create_account(
                login=login, email=email, password_hash=hashed, name=name, locale=locale, confirmed_at=clock.now()
            )
    except IntegrityError:
        raise Invalid({"login": _("This login name is taken. Please choose another.")}) from None
    publish(AccountRegistered(account_id=account.id, buyer_id=account.buyer_id))
    return account
