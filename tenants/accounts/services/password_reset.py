"""Password reset by e-mail; no response tells whether an account exists."""

from __future__ import annotations

from uuid import UUID

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import RateLimited, ValidationError
from marketplace.kernel.events import publish
from tenants.accounts import emails, passwords, queries, sessions, throttling, tokens, validators
from tenants.accounts.errors import InvalidToken
from tenants.accounts.events import PasswordResetRequested
from tenants.accounts.models import Account, TokenPurpose
from tenants.isolation import as_account


def request_password_reset(*, login_or_email: str, locale: str, ip_address: str) -> None:
    """Request an e-mail with a reset link.

    The work for known and unknown names is the same: a listener looks up the account later.

    Raises:
        RateLimited: There were too many requests from this address.
    """
    throttling.check_limit(throttling.EMAIL_PER_IP, ip_address)
    throttling.record_attempt(throttling.EMAIL_PER_IP, ip_address)
    publish(PasswordResetRequested(login_or_email=login_or_email.strip()[:254], locale=locale))


def send_reset_email(*, login_or_email: str) -> None:
    """Send the reset e-mail if there is such an account; at most five per hour and account."""
    account = queries.find_account_by_login_or_email(login_or_email)
    if account is None or account.disabled_at is not None:
        return
    try:
        throttling.check_limit(throttling.EMAIL_PER_ACCOUNT, str(account.id))
    except RateLimited:
        return
    throttling.record_attempt(throttling.EMAIL_PER_ACCOUNT, str(account.id))
    emails.send_password_reset(account)


def reset_password(*, token: str, password: str) -> Account:
    """Set a new password with an e-mailed token and revoke all sessions.

    Raises:
        ValidationError: The password is too weak.
        InvalidToken: The token was used, has expired, or was replaced.
    """
    email_token = tokens.peek_token(token, TokenPurpose.RESET_PASSWORD)
    if email_token is None:
        raise InvalidToken
    account = queries.get_account(email_token.account_id, lock=True)
    error = validators.validate_password(password, personal_data=(account.login, account.email))
    if error:
        raise ValidationError({"password": error})
    if tokens.consume_token(token, TokenPurpose.RESET_PASSWORD) is None or account.email != email_token.email:
        raise InvalidToken
    replace_password(account_id=account.id, password=password)
    with as_account(account.id):
        account.email_confirmed_at = account.email_confirmed_at or clock.now()
        db.session.flush()
    return account


def replace_password(*, account_id: UUID, password: str, except_session_ids: tuple[UUID, ...] = ()) -> None:
    """Save the new password, revoke all other sessions and e-mailed tokens, and notify the owner."""
    account = queries.get_account(account_id, lock=True)
    with as_account(account.id):
        account.password_hash = passwords.hash_password(password)
        db.session.flush()
        audit.record("account.password_changed", subject=("account", account.id))
    sessions.revoke_sessions(account.id, except_session_ids=except_session_ids)
    tokens.revoke_tokens(account.id, TokenPurpose.RESET_PASSWORD, TokenPurpose.CHANGE_EMAIL)
    throttling.reset_attempts(throttling.LOGIN_PER_ACCOUNT, str(account.id))
    emails.send_password_changed_notice(account)
