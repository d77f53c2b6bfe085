"""Complete small demo market, seeded as by `python -m demo seed --size small`."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from demo.seed_marketplace import seed_marketplace
from demo.seeding import SeedContext
from demo.seeds.accounts import PASSWORD
from marketplace.catalogue.models import Product, ProductState
from marketplace.kernel.db import db, unit_of_work
from tenants.access.login import cookie_name
from tenants.accounts import queries as account_queries
from tenants.accounts import sessions
from tenants.accounts.models import Realm
from tenants.merchants.models import Merchant

SIZE = "small"
OWNER, WAREHOUSE, BUYER, PERSON, ADMIN = "jinlan", "jinlan.warehouse", "yunshang", "chen-yu", "market.admin"


@dataclass(frozen=True, kw_only=True)
class DemoMarket:
    """Seeded demo market: merchant ids by slug, ids of products on sale by reference."""

    app: Flask
    seed_context: SeedContext
    merchants: dict[str, UUID]
    on_sale: dict[str, UUID]
    password: str = PASSWORD

    def client(self, login: str, *realms: Realm) -> FlaskClient:
        """Return a client that is signed in to the given realms (all realms if none is given)."""
        client = self.app.test_client()
        with self.app.app_context():
            for realm in realms or tuple(Realm):
                with unit_of_work():
                    account = account_queries.find_account_by_login_or_email(login)
                    assert account is not None, login
                    token = sessions.create_session(account=account, realm=realm, ip_address="127.0.0.1", user_agent="test")
                client.set_cookie(cookie_name(realm), token, domain="localhost")
            db.session.remove()
        return client


def seed_demo_data(app: Flask, *, size: str = SIZE) -> DemoMarket:
    """Seed the demo market; existing seed data is left unchanged. Remove it with `tests.conftest.empty_tables`."""
    with app.app_context():
        seed_context = seed_marketplace(size=size, log=lambda _message: None)
        with unit_of_work(read_only=True):
            merchants = dict(db.session.execute(select(Merchant.slug, Merchant.id)).all())
            stmt = select(Product.reference, Product.id).where(Product.state == ProductState.ON_SALE)
            on_sale = {reference: row_id for reference, row_id in db.session.execute(stmt) if reference}
        db.session.remove()
    return DemoMarket(app=app, seed_context=seed_context, merchants=merchants, on_sale=on_sale)
