"""Changes that users make to their own accounts."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound, ValidationError
from marketplace.kernel.events import publish
from marketplace.kernel.localized_text import LANGUAGES
from tenants.accounts import emails, passwords, queries, sessions, throttling, tokens, validators
from tenants.accounts.errors import InvalidToken
from tenants.accounts.events import ProfileChanged
from tenants.accounts.models import Account, TokenPurpose, UserSession
from tenants.accounts.services.password_reset import replace_password
from tenants.isolation import as_account


def change_profile(*, account_id: UUID, name: str, phone: str, locale: str) -> Account:
    """Change name, phone number and language.

    Raises:
        ValidationError: A field is invalid.
    """
    errors: dict[str, str] = {}
    if not name:
        errors["name"] = _("Please enter your name.")
    elif len(name) > 80:
        errors["name"] = _("A name has at most %(most)s characters.", most=80)
    if error := validators.validate_phone(phone):
        errors["phone"] = error
    if locale not in LANGUAGES:
        errors["locale"] = _("Please choose a language.")
    if errors:
        raise ValidationError(errors)
    account = queries.get_account(account_id, lock=True)
    with as_account(account.id):
        account.name, account.phone, account.locale = name, validators.normalize_phone(phone) or None, locale
        db.session.flush()
    _publish_profile_change(account)
    return account


def change_password(*, account_id: UUID, old_password: str, new_password: str, current_session_ids: Collection[UUID]) -> None:
    """Change the password and revoke all sessions but the current ones.

    Raises:
        ValidationError: The old password is wrong or the new one too weak.
        RateLimited: There were too many attempts.
    """
    account = queries.get_account(account_id)
    errors = _check_password(account, old_password, field="old")
    if error := validators.validate_password(new_password, personal_data=(account.login, account.email)):
        errors["new"] = error
    if errors:
        raise ValidationError(errors)
    replace_password(account_id=account_id, password=new_password, except_session_ids=tuple(current_session_ids))


def request_email_change(*, account_id: UUID, email: str, password: str) -> None:
    """Send a confirmation e-mail to a new address, which replaces the old one when it is confirmed there.

    Raises:
        ValidationError: The password is wrong or the address invalid.
        RateLimited: There were too many attempts or e-mails.
    """
    account = queries.get_account(account_id)
    errors = _check_password(account, password, field="password")
    if error := validators.validate_email_address(email):
        errors["email"] = error
    elif email.lower() == account.email.lower():
        errors["email"] = _("This is your address already.")
    if errors:
        raise ValidationError(errors)
    throttling.check_limit(throttling.EMAIL_PER_ACCOUNT, str(account.id))
    throttling.record_attempt(throttling.EMAIL_PER_ACCOUNT, str(account.id))
    new_email = validators.normalize_email(email) or email
    owner = queries.find_account_by_login_or_email(new_email)
    if owner is None:
        emails.send_email_change_confirmation(account, new_email)
    else:
        emails.send_already_registered_notice(owner)


def confirm_email_change(*, token: str) -> Account:
    """Replace the account's address by the confirmed one and notify the old one.

    Raises:
        InvalidToken: The token was used or has expired, or another account took the address.
    """
    consumed = tokens.consume_token(token, TokenPurpose.CHANGE_EMAIL)
    if consumed is None:
        raise InvalidToken
    account = queries.get_account(consumed[0], lock=True)
    old_email = account.email
    try:
        with db.session.begin_nested(), as_account(account.id):
            account.email, account.email_confirmed_at = consumed[1], clock.now()
            db.session.flush()
    except IntegrityError:
        raise InvalidToken from None
    with as_account(account.id):
        subject, after = ("account", account.id), {"email": account.email}
        audit.record("account.email_changed", subject=subject, before={"email": old_email}, after=after)
    tokens.revoke_tokens(account.id, TokenPurpose.RESET_PASSWORD, TokenPurpose.CONFIRM_EMAIL)
    _publish_profile_change(account)
    emails.send_email_changed_notice(account, old_email)
    return account


def revoke_session(*, account_id: UUID, session_id: UUID) -> None:
    """Revoke one of the account's own sessions.

    Raises:
        NotFound: The session is not the account's, or has ended.
    """
    stmt = delete(UserSession).where(UserSession.id == session_id, UserSession.account_id == account_id)
    if db.session.execute(stmt.returning(UserSession.id)).first() is None:
        raise NotFound


def revoke_other_sessions(*, account_id: UUID, current_session_ids: Collection[UUID]) -> None:
    """Revoke all sessions but the current ones."""
    sessions.revoke_sessions(account_id, except_session_ids=current_session_ids)
    audit.record("account.signed_out_elsewhere", subject=("account", account_id))


def _publish_profile_change(account: Account) -> None:
    sessions.refresh_profiles(account)
    publish(ProfileChanged(account_id=account.id, name=account.name, email=account.email))


def _check_password(account: Account, password: str, *, field: str) -> dict[str, str]:
    """Return an error at `field` if the password is wrong; attempts are limited as at the login.

    Raises:
        RateLimited: There were too many attempts.
    """
    throttling.check_limit(throttling.LOGIN_PER_DEVICE, str(account.id))
    if passwords.verify_password(account.password_hash, password):
        return {}
    throttling.record_attempt(throttling.LOGIN_PER_DEVICE, str(account.id))
    return {field: _("This is not your present password.")}
