"""Registration with three fields (ME1); a new account has the permissions of a buyer only (RO4)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from tenants.accounts import emails, passwords, queries, sessions, throttling, tokens, validators
from tenants.accounts.errors import InvalidToken
from tenants.accounts.events import AccountRegistered
from tenants.accounts.models import Account, TokenPurpose
from tenants.isolation import AccessPurpose, as_account, with_purpose
from tenants.organisations.models import Organisation, OrganisationKind, OrganisationMember


class _Rollback(Exception):
    """Control flow: roll back the savepoint."""


def register(*, login: str, password: str, email: str, locale: str, ip_address: str) -> UUID:
    """Create an account, send the confirmation e-mail and return the account's id.

    When the address has an account already, its owner gets an e-mail and the visitor the same response (with a meaningless
    id), so that nobody learns who is registered.

    Raises:
        ValidationError: A field is invalid.
        RateLimited: There were too many registrations from this address.
    """
    login = validators.normalize_login(login)
    checks = {
        "login": validators.validate_login(login),
        "email": validators.validate_email_address(email),
        "password": validators.validate_password(password, personal_data=(login, email)),
    }
    errors = {field: error for field, error in checks.items() if error}
    if not errors and queries.login_exists(login):
        errors["login"] = _("This login name is taken. Please choose another.")
    if errors:
        raise ValidationError(errors)
    throttling.check_limit(throttling.REGISTRATION_PER_IP, ip_address)
    throttling.record_attempt(throttling.REGISTRATION_PER_IP, ip_address)
    return _create_or_notify_owner(
        login=login,
        email=validators.normalize_email(email) or email,
        password_hash=passwords.hash_password(password),
        locale=locale,
    )


def _create_or_notify_owner(*, login: str, email: str, password_hash: str, locale: str) -> UUID:
    owner = queries.find_account_by_login_or_email(email)
    if owner is not None:
        _dummy_registration(password_hash=password_hash, locale=locale)
        emails.send_already_registered_notice(owner)
        return uuid7()
    try:
        with db.session.begin_nested():
            account = create_account(login=login, email=email, password_hash=password_hash, name=login, locale=locale)
    except IntegrityError:
        raise ValidationError({"login": _("This login name is taken. Please choose another.")}) from None
    emails.send_email_confirmation(account)
    publish(AccountRegistered(account_id=account.id, buyer_id=account.buyer_id))
    return account.id


def _dummy_registration(*, password_hash: str, locale: str) -> None:
    """Create an account and roll it back, so that the response time does not tell who is registered."""
    name = uuid7().hex
    with suppress(_Rollback), db.session.begin_nested():
        decoy = create_account(login=name, email=f"{name}@decoy.invalid", password_hash=password_hash, name=name, locale=locale)
        tokens.issue_token(purpose=TokenPurpose.CONFIRM_EMAIL, account_id=decoy.id, email=decoy.email)
        raise _Rollback


def create_account(
    *, login: str, email: str, password_hash: str, name: str, locale: str, confirmed_at: datetime | None = None
) -> Account:
    """Insert the rows of an account: the account, the organisation it buys for, and the membership in it."""
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
    with with_purpose(AccessPurpose.SIGN_IN):
        db.session.add(organisation)
        db.session.flush()
        db.session.add(account)
        db.session.flush()
        db.session.add(OrganisationMember(organisation_id=organisation.id, account_id=account.id))
        audit.record("account.registered", subject=("account", account.id), after={"login": login})
        db.session.flush()
    return account


def confirm_email(*, token: str) -> Account:
    """Confirm the account's e-mail address with the token sent there.

    Raises:
        InvalidToken: The token was used or has expired, or the account's address has changed.
    """
    consumed = tokens.consume_token(token, TokenPurpose.CONFIRM_EMAIL)
    if consumed is None:
        raise InvalidToken
    account = queries.get_account(consumed[0], lock=True)
    if account.email != consumed[1]:
        raise InvalidToken
    with as_account(account.id):
        account.email_confirmed_at = account.email_confirmed_at or clock.now()
        db.session.flush()
        audit.record("account.email_confirmed", subject=("account", account.id))
    sessions.refresh_profiles(account)
    return account


def resend_confirmation(*, account_id: UUID) -> None:
    """Send the confirmation e-mail again.

    Raises:
        RateLimited: There were too many e-mails.
    """
    account = queries.get_account(account_id)
    if account.email_confirmed_at is None:
        throttling.check_limit(throttling.EMAIL_PER_ACCOUNT, str(account.id))
        throttling.record_attempt(throttling.EMAIL_PER_ACCOUNT, str(account.id))
        emails.send_email_confirmation(account)


def register_invited(*, login: str, name: str, password: str, email: str, locale: str) -> Account:
    """Create an account for an invited person, whose address the invitation has already confirmed.

    Raises:
        ValidationError: A field is invalid.
    """
    login = validators.normalize_login(login)
    login_taken_error = _("This login name is taken. Please choose another.")
    checks = {
        "login": validators.validate_login(login) or (login_taken_error if queries.login_exists(login) else None),
        "name": None if name else _("Please enter your name."),
        "password": validators.validate_password(password, personal_data=(login, email)),
    }
    errors = {field: str(error) for field, error in checks.items() if error}
    if queries.find_account_by_login_or_email(email) is not None:
        errors[""] = _("This address has an account already. Please sign in with it and open the letter's link again.")
    if errors:
        raise ValidationError(errors)
    password_hash = passwords.hash_password(password)
    try:
        with db.session.begin_nested():
            account = create_account(
                login=login, email=email, password_hash=password_hash, name=name, locale=locale, confirmed_at=clock.now()
            )
    except IntegrityError:
        raise ValidationError({"login": _("This login name is taken. Please choose another.")}) from None
    publish(AccountRegistered(account_id=account.id, buyer_id=account.buyer_id))
    return account
