"""Login with attempt limits that hold without Redis and with the same cost for unknown login names."""

from __future__ import annotations

from uuid import UUID

from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from tenants.accounts import passwords, queries, throttling
from tenants.accounts.errors import AccountDisabled, InvalidCredentials
from tenants.accounts.events import UserLoggedIn
from tenants.accounts.models import Account
from tenants.isolation import as_account


def authenticate(*, login_or_email: str, password: str, ip_address: str, device: tuple[str, UUID] | None = None) -> Account:
    """Return the account with this login name or e-mail address if the password matches.

    A failed attempt is kept when the caller catches the error and responds; an error that leaves the view rolls it back.

    Args:
        login_or_email: What the user typed as their name.
        password: The password.
        ip_address: The client's address, by which attempts of unknown devices are limited.
        device: The known device of this browser: (device id, account id).

    Raises:
        RateLimited: There were too many attempts; the password was not checked.
        InvalidCredentials: The login name or the password is wrong.
        AccountDisabled: The password is right, but the account is disabled.
    """
    account = queries.find_account_by_login_or_email(login_or_email)
    account_key = str(account.id) if account else login_or_email.strip().lower()
    is_known_device = device is not None and account is not None and device[1] == account.id
    checks = (
        [(throttling.LOGIN_PER_DEVICE, device[0])]
        if is_known_device and device
        else [(throttling.LOGIN_PER_IP, ip_address), (throttling.LOGIN_PER_ACCOUNT, account_key)]
    )
    for limit, subject in checks:
        throttling.check_limit(limit, subject)
    if not passwords.verify_password(account.password_hash if account else None, password) or account is None:
        for limit, subject in checks:
            throttling.record_attempt(limit, subject)
        raise InvalidCredentials
    if account.disabled_at is not None:
        raise AccountDisabled
    return account


def complete_login(*, account: Account, password: str) -> None:
    """Finish a successful authentication: reset the attempts, rehash with current parameters, publish the login."""
    throttling.reset_attempts(throttling.LOGIN_PER_ACCOUNT, str(account.id))
    with as_account(account.id):
        if passwords.needs_rehash(account.password_hash):
            account.password_hash = passwords.hash_password(password)
            db.session.flush()
        audit.record("account.signed_in", subject=("account", account.id))
    publish_login(account=account)


def publish_login(*, account: Account) -> None:
    """Publish a login, by password or by an e-mailed link: a guest's cart becomes this user's."""
    publish(UserLoggedIn(account_id=account.id, buyer_id=account.buyer_id))
