"""The letters that accounts write."""

from __future__ import annotations

from flask import url_for

from marketplace.kernel import mail
from tenants.accounts import words
from tenants.accounts.models import Account, WordKind


def confirm_address(account: Account) -> None:
    """Ask a person to confirm the address of the account."""
    word = words.make(kind=WordKind.CONFIRM_EMAIL, account_id=account.id, email=account.email)
    link = url_for("account.entry.confirm", word=word, _external=True)
    mail.send(to=account.email, kind="confirm_email", locale=account.locale, name=account.name, link=link)


def confirm_new_address(account: Account, email: str) -> None:
    """Ask at the new address whether it is theirs."""
    word = words.make(kind=WordKind.CHANGE_EMAIL, account_id=account.id, email=email)
    link = url_for("account.entry.confirm_change", word=word, _external=True)
    mail.send(to=email, kind="change_email", locale=account.locale, name=account.name, link=link)


def address_changed(account: Account, old: str) -> None:
    """Tell the old address."""
    mail.send(to=old, kind="email_changed", locale=account.locale, name=account.name, email=account.email)


def already_registered(account: Account) -> None:
    """Tell the owner of an address that somebody wanted to register with it; the visitor learns nothing."""
    sign_in = url_for("account.entry.sign_in", _external=True)
    reset = url_for("account.entry.forgot", _external=True)
    values = {"name": account.name, "login": account.login, "link": sign_in, "reset": reset}
    mail.send(to=account.email, kind="already_registered", locale=account.locale, **values)


def reset_password(account: Account) -> None:
    """Send the way to a new password."""
    word = words.make(kind=WordKind.RESET_PASSWORD, account_id=account.id, email=account.email)
    link = url_for("account.entry.reset", word=word, _external=True)
    values = {"name": account.name, "login": account.login, "link": link}
    mail.send(to=account.email, kind="reset_password", locale=account.locale, **values)


def password_changed(account: Account) -> None:
    """Tell the owner, so that a thief is noticed."""
    reset = url_for("account.entry.forgot", _external=True)
    mail.send(to=account.email, kind="password_changed", locale=account.locale, name=account.name, link=reset)
