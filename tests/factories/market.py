"""A whole small demo market for tests that need one: planted as `flask seed --size small` plants it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.catalogue.models import Product, ProductState
from marketplace.demo.planting import plant_market
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.seeding import Plan
from tenants.access.identity import cookie_name
from tenants.accounts import queries as accounts
from tenants.accounts import sessions
from tenants.accounts.models import Audience
from tenants.accounts.seeds import PASSWORD
from tenants.merchants.models import Merchant

SIZE = "small"
OWNER, WAREHOUSE, BUYER, PERSON, ADMIN = "jinlan", "jinlan.warehouse", "yunshang", "chen-yu", "market.admin"


@dataclass(frozen=True, kw_only=True)
class Planted:
    """The planted market: who lives there by login, which merchants by slug, what is on sale by reference."""

    app: Flask
    plan: Plan
    merchants: dict[str, UUID]
    on_sale: dict[str, UUID]
    password: str = PASSWORD

    def browser(self, login: str, *audiences: Audience) -> FlaskClient:
        """A browser in which this person is signed in at the doors named (all three if none is)."""
        visitor = self.app.test_client()
        with self.app.app_context():
            for audience in audiences or tuple(Audience):
                with unit_of_work():
                    account = accounts.account_by_name(login)
                    assert account is not None, login
                    word = sessions.open_session(account=account, audience=audience, address="127.0.0.1", agent="test")
                visitor.set_cookie(cookie_name(audience), word, domain="localhost")
            db.session.remove()
        return visitor


def planted(app: Flask, *, size: str = SIZE) -> Planted:
    """Plant the demo market (once: what stands is left standing). Empty it again with `tests.conftest.empty`."""
    with app.app_context():
        plan = plant_market(size=size, say=lambda _line: None)
        with unit_of_work(read_only=True):
            merchants = dict(db.session.execute(select(Merchant.slug, Merchant.id)).all())
            shown = select(Product.reference, Product.id).where(Product.state == ProductState.ON_SALE)
            on_sale = {reference: row_id for reference, row_id in db.session.execute(shown) if reference}
        db.session.remove()
    return Planted(app=app, plan=plan, merchants=merchants, on_sale=on_sale)
