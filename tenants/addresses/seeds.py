"""The buyers of the demo market, each with an address book."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from sqlalchemy import select

from marketplace.demo.buyers import BUYERS, Buyer
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.seeding import Plan, is_planted
from tenants.accounts.models import Account
from tenants.accounts.seeds import Person, open_account, sign_in
from tenants.addresses import services
from tenants.addresses.rules import Entries
from tenants.organisations.models import Organisation, OrganisationKind
from tenants.scope import buying_as

READS_ENGLISH = frozenset({"haijing"})


def seed(plan: Plan) -> None:
    """Companies and people who buy, with one address or two."""
    for buyer in BUYERS:
        with plan.ago(days=buyer.since_days):
            locale = "en" if buyer.slug in READS_ENGLISH else "zh_Hans"
            name = buyer.contact.en if locale == "en" else buyer.contact.zh
            person = Person(login=buyer.slug, email=buyer.email, name=name, phone=buyer.phone, locale=locale)
            account = open_account(plan, person)
            plan.ids[f"buyer/{buyer.slug}"] = account.buyer_id
            _settle(buyer, account)


def _settle(buyer: Buyer, account: Account) -> None:
    with buying_as(buyer_id=account.buyer_id, account_id=account.id):
        if buyer.kind == "company":
            organisation = db.session.scalars(select(Organisation).where(Organisation.id == account.buyer_id)).one()
            organisation.kind, organisation.name, organisation.created_at = OrganisationKind.COMPANY, buyer.name.zh, clock.now()
        for address in buyer.addresses:
            entries = Entries(name=address.recipient, phone=address.phone, region_code=address.division, street=address.street)
            services.add(buyer_id=account.buyer_id, entries=entries)
        db.session.flush()


def sign_ins() -> Sequence[str]:
    """A company and a person who buy."""
    if not is_planted("addresses"):
        return ()
    shop = f"{current_app.config['SETTINGS'].base_url}/"
    return (
        sign_in("yunshang", "采购商：杭州云裳服饰", "buyer, a company", shop),
        sign_in("chen-yu", "个人采购", "buyer, a person", shop),
    )
