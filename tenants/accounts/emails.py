"""E-mails sent by accounts."""

from __future__ import annotations

from flask import url_for

from marketplace.kernel import mail
from tenants.accounts import tokens
from tenants.accounts.models import Account, TokenPurpose


def send_email_confirmation(account: Account) -> None:
    """Ask the owner of the account to confirm its e-mail address."""
    token = tokens.issue_token(purpose=TokenPurpose.CONFIRM_EMAIL, account_id=account.id, email=account.email)
    link = url_for("account.auth.confirm_email", token=token, _external=True)
    mail.queue_email(to=account.email, kind="confirm_email", locale=account.locale, name=account.name, link=link)


def send_email_change_confirmation(account: Account, email: str) -> None:
    """Ask at the new address whether it belongs to the owner of the account."""
    token = tokens.issue_token(purpose=TokenPurpose.CHANGE_EMAIL, account_id=account.id, email=email)
    link = url_for("account.auth.confirm_email_change", token=token, _external=True)
    mail.queue_email(to=email, kind="change_email", locale=account.locale, name=account.name, link=link)


def send_email_changed_notice(account: Account, old: str) -> None:
    """Notify the old address of the change."""
    mail.queue_email(to=old, kind="email_changed", locale=account.locale, name=account.name, email=account.email)


def send_already_registered_notice(account: Account) -> None:
    """Notify the owner of an address that it was used for a registration; the visitor learns nothing."""
    sign_in_link = url_for("account.auth.sign_in", _external=True)
    reset_link = url_for("account.auth.forgot_password", _external=True)
    values = {"name": account.name, "login": account.login, "link": sign_in_link, "reset": reset_link}
    mail.queue_email(to=account.email, kind="already_registered", locale=account.locale, **values)


def send_password_reset(account: Account) -> None:
    """Send the link for setting a new password."""
    token = tokens.issue_token(purpose=TokenPurpose.RESET_PASSWORD, account_id=account.id, email=account.email)
    link = url_for("account.auth.reset_password", token=token, _external=True)
    values = {"name": account.name, "login": account.login, "link": link}
    mail.queue_email(to=account.email, kind="reset_password", locale=account.locale, **values)


def send_password_changed_notice(account: Account) -> None:
    """Notify the owner, so that a change by somebody else is noticed."""
    reset_link = url_for("account.auth.forgot_password", _external=True)
    mail.queue_email(to=account.email, kind="password_changed", locale=account.locale, name=account.name, link=reset_link)
