"""The people of the demo market, all with one known password; the market's own staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from flask import current_app

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.seeding import Plan, is_planted
from tenants.access.permissions import MarketRole
from tenants.accounts import passwords
from tenants.accounts.models import Account, MarketStaff
from tenants.accounts.services import create_account
from tenants.scope import signed_in_as

PASSWORD = "indigo-loom-2026"  # noqa: S105 - printed at every start of a demo market
MARKET_OPENED = 720  # days ago

STAFF = (
    ("market.admin", "顾明远", "zh_Hans", MarketRole.ADMINISTRATOR),
    ("market.reviewer", "沈若兰", "zh_Hans", MarketRole.REVIEWER),
    ("market.accountant", "蔡静怡", "zh_Hans", MarketRole.ACCOUNTANT),
    ("market.support", "Paul Lu", "en", MarketRole.SUPPORT),
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who gets an account."""

    login: str
    email: str
    name: str
    phone: str = ""
    locale: str = "zh_Hans"


def open_account(plan: Plan, person: Person) -> Account:
    """An account with the demo password and a confirmed address, opened at the moment the clock stands at."""
    account = create_account(
        login=person.login,
        email=person.email,
        password_hash=_hash(),
        name=person.name,
        locale=person.locale,
        confirmed_at=clock.now(),
    )
    with signed_in_as(account.id):
        account.phone = person.phone or None
        db.session.flush()
    plan.ids[f"account/{person.login}"] = account.id
    return account


def seed(plan: Plan) -> None:
    """The market's own staff, one for every role."""
    with plan.ago(days=MARKET_OPENED):
        for login, name, locale, role in STAFF:
            account = open_account(
                plan, Person(login=login, email=f"{login.removeprefix('market.')}@market.example.com", name=name, locale=locale)
            )
            db.session.add(MarketStaff(account_id=account.id, role=role))
        db.session.flush()


def sign_ins() -> Sequence[str]:
    """The password, and who enters the console."""
    if not is_planted("accounts"):
        return ()
    console = f"{current_app.config['SETTINGS'].base_url}/console/"
    return (
        f"密码都是 · Password of all: {PASSWORD}",
        "",
        sign_in("market.admin", "市场管理员", "market administrator", console),
        sign_in("market.reviewer", "审核员", "reviewer", console),
        sign_in("market.accountant", "财务", "accountant", console),
    )


def sign_in(login: str, chinese: str, english: str, address: str) -> str:
    """One line of the greeting."""
    return f"{login:<20}{address}   {chinese} · {english}"


@cache
def _hash() -> str:
    """Hashed once: a hundred accounts would take ten seconds otherwise."""
    return passwords.hashed(PASSWORD)
