"""The accounts of the demo, all with one known password; the platform's own staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from flask import current_app

from demo.seeding import SeedContext, is_seeded
from marketplace.kernel import clock
from marketplace.kernel.db import db
from tenants.access.permissions import PlatformRole
from tenants.accounts import passwords
from tenants.accounts.models import Account, PlatformStaff
from tenants.accounts.services import create_account
from tenants.isolation import as_account

PASSWORD = "indigo-loom-2026"  # noqa: S105 - printed at every start of a demo market
PLATFORM_OPENED_DAYS_AGO = 720  # days ago

PLATFORM_STAFF = (
    ("market.admin", "顾明远", "zh_Hans", PlatformRole.ADMINISTRATOR),
    ("market.reviewer", "沈若兰", "zh_Hans", PlatformRole.REVIEWER),
    ("market.accountant", "蔡静怡", "zh_Hans", PlatformRole.ACCOUNTANT),
    ("market.support", "Paul Lu", "en", PlatformRole.SUPPORT),
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """The data of an account."""

    login: str
    email: str
    name: str
    phone: str = ""
    locale: str = "zh_Hans"


def create_demo_account(context: SeedContext, person: Person) -> Account:
    """Create an account with the demo password and a confirmed address, at the frozen moment of the clock."""
    account = create_account(
        login=person.login,
        email=person.email,
        password_hash=_password_hash(),
        name=person.name,
        locale=person.locale,
        confirmed_at=clock.now(),
    )
    with as_account(account.id):
        account.phone = person.phone or None
        db.session.flush()
    context.ids[f"account/{person.login}"] = account.id
    return account


def seed(context: SeedContext) -> None:
    """Create the platform's staff, one for every role."""
    with context.days_ago(days=PLATFORM_OPENED_DAYS_AGO):
        for login, name, locale, role in PLATFORM_STAFF:
            account = create_demo_account(
                context,
                Person(login=login, email=f"{login.removeprefix('market.')}@market.example.com", name=name, locale=locale),
            )
            db.session.add(PlatformStaff(account_id=account.id, role=role))
        db.session.flush()


def demo_logins() -> Sequence[str]:
    """Return the password, and the logins of the console."""
    if not is_seeded("accounts"):
        return ()
    console_url = f"{current_app.config['SETTINGS'].base_url}/console/"
    return (
        f"密码都是 · Password of all: {PASSWORD}",
        "",
        format_login_line("market.admin", "市场管理员", "market administrator", console_url),
        format_login_line("market.reviewer", "审核员", "reviewer", console_url),
        format_login_line("market.accountant", "财务", "accountant", console_url),
    )


def format_login_line(login: str, chinese: str, english: str, url: str) -> str:
    """Return one line of the printed logins."""
    return f"{login:<20}{url}   {chinese} · {english}"


@cache
def _password_hash() -> str:
    """Return the hash, calculated once: a hundred accounts would take ten seconds otherwise."""
    return passwords.hash_password(PASSWORD)
