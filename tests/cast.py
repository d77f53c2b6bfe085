"""The town's people, the same in every test: plain values, so that nothing is stale."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from marketplace.kernel.db import db, unit_of_work
from tenants.access.identity import cookie_name
from tenants.access.permissions import StaffRole
from tenants.accounts import sessions
from tenants.accounts.models import Audience
from tenants.accounts.queries import account_by_id
from tests.factories import tenants as make


@dataclass(frozen=True, kw_only=True)
class Person:
    """One of the cast, and a way to become their browser."""

    app: Flask
    account_id: UUID
    buyer_id: UUID
    login: str

    def browser(self, *audiences: Audience) -> FlaskClient:
        """A browser signed in at the doors named (all three if none is)."""
        visitor = self.app.test_client()
        with self.app.app_context():
            for audience in audiences or tuple(Audience):
                with unit_of_work():
                    account = account_by_id(self.account_id)
                    word = sessions.open_session(account=account, audience=audience, address="127.0.0.1", agent="test")
                visitor.set_cookie(cookie_name(audience), word, domain="localhost")
            db.session.remove()
        return visitor


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Acme (兴隆布行, slug `acme`) with owner, clerk and warehouse; rival (slug `rival`); buyer, other buyer, stranger, admin."""

    owner: Person
    clerk: Person
    warehouse: Person
    rival_owner: Person
    buyer: Person
    other_buyer: Person
    stranger: Person
    admin: Person
    acme_id: UUID
    rival_id: UUID


def settle(app: Flask) -> Cast:
    """Let the cast move in."""
    with app.app_context():
        with unit_of_work():
            names = ("owner", "clerk", "warehouse", "rival_owner", "buyer", "other_buyer", "stranger", "admin")
            accounts = {name: make.account(login=name, name=name.replace("_", " ").title()) for name in names}
            acme = make.merchant(owner=accounts["owner"], slug="acme", name="兴隆布行")
            make.colleague(merchant=acme, account=accounts["clerk"], role=StaffRole.SERVICE)
            make.colleague(merchant=acme, account=accounts["warehouse"], role=StaffRole.WAREHOUSE)
            rival = make.merchant(owner=accounts["rival_owner"], slug="rival", name="南通百织")
            make.market_staff(account=accounts["admin"])
            people = {
                name: Person(app=app, account_id=row.id, buyer_id=row.buyer_id, login=row.login)
                for name, row in accounts.items()
            }
        db.session.remove()
    return Cast(**people, acme_id=acme.id, rival_id=rival.id)
