"""Actors of the tests, the same in every test: plain values that never become stale."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from marketplace.kernel.db import db, unit_of_work
from tenants.access.login import cookie_name
from tenants.access.permissions import StaffRole
from tenants.accounts import sessions
from tenants.accounts.models import Realm
from tenants.accounts.queries import get_account
from tests.factories import tenant_factory


@dataclass(frozen=True, kw_only=True)
class Person:
    """Account of one actor, with a factory for signed-in clients."""

    app: Flask
    account_id: UUID
    buyer_id: UUID
    login: str

    def client(self, *realms: Realm) -> FlaskClient:
        """Return a client that is signed in to the given realms (all realms if none is given)."""
        client = self.app.test_client()
        with self.app.app_context():
            for realm in realms or tuple(Realm):
                with unit_of_work():
                    account = get_account(self.account_id)
                    token = sessions.create_session(account=account, realm=realm, ip_address="127.0.0.1", user_agent="test")
                client.set_cookie(cookie_name(realm), token, domain="localhost")
            db.session.remove()
        return client


@dataclass(frozen=True, kw_only=True)
class Actors:
    """Merchant `acme` (兴隆布行) with owner, clerk and warehouse staff; merchant `rival`; two buyers, a stranger, an admin."""

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


def create_actors(app: Flask) -> Actors:
    """Create the accounts, merchants and staff in the database."""
    with app.app_context():
        with unit_of_work():
            names = ("owner", "clerk", "warehouse", "rival_owner", "buyer", "other_buyer", "stranger", "admin")
            accounts = {name: tenant_factory.create_account(login=name, name=name.replace("_", " ").title()) for name in names}
            acme = tenant_factory.create_merchant(owner=accounts["owner"], slug="acme", name="兴隆布行")
            tenant_factory.create_staff(merchant=acme, account=accounts["clerk"], role=StaffRole.SERVICE)
            tenant_factory.create_staff(merchant=acme, account=accounts["warehouse"], role=StaffRole.WAREHOUSE)
            rival = tenant_factory.create_merchant(owner=accounts["rival_owner"], slug="rival", name="南通百织")
            tenant_factory.create_platform_staff(account=accounts["admin"])
            persons = {
                name: Person(app=app, account_id=row.id, buyer_id=row.buyer_id, login=row.login)
                for name, row in accounts.items()
            }
        db.session.remove()
    return Actors(**persons, acme_id=acme.id, rival_id=rival.id)
