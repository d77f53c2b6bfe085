"""The buyers of the demo, each with an address book."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from sqlalchemy import select

from demo.buyers import BUYERS, Buyer
from demo.seeding import SeedContext, is_seeded
from demo.seeds.accounts import Person, create_demo_account, format_login_line
from marketplace.kernel import clock
from marketplace.kernel.db import db
from tenants.accounts.models import Account
from tenants.addresses import services
from tenants.addresses.forms import AddressForm
from tenants.isolation import as_buyer
from tenants.organisations.models import Organisation, OrganisationKind

ENGLISH_READERS = frozenset({"haijing"})


def seed(context: SeedContext) -> None:
    """Create the buyers, companies and people, with one or two addresses each."""
    for buyer in BUYERS:
        with context.days_ago(days=buyer.since_days):
            locale = "en" if buyer.slug in ENGLISH_READERS else "zh_Hans"
            name = buyer.contact.en if locale == "en" else buyer.contact.zh
            person = Person(login=buyer.slug, email=buyer.email, name=name, phone=buyer.phone, locale=locale)
            account = create_demo_account(context, person)
            context.ids[f"buyer/{buyer.slug}"] = account.buyer_id
            _seed_address_book(buyer, account)


def _seed_address_book(buyer: Buyer, account: Account) -> None:
    with as_buyer(buyer_id=account.buyer_id, account_id=account.id):
        if buyer.kind == "company":
            organisation = db.session.scalars(select(Organisation).where(Organisation.id == account.buyer_id)).one()
            organisation.kind, organisation.name, organisation.created_at = OrganisationKind.COMPANY, buyer.name.zh, clock.now()
        for address in buyer.addresses:
            form = AddressForm(name=address.recipient, phone=address.phone, region_code=address.division, street=address.street)
            services.add_address(buyer_id=account.buyer_id, form=form)
        db.session.flush()


def demo_logins() -> Sequence[str]:
    """Return the logins of a company and of a person who buy."""
    if not is_seeded("addresses"):
        return ()
    shop_url = f"{current_app.config['SETTINGS'].base_url}/"
    return (
        format_login_line("yunshang", "采购商：杭州云裳服饰", "buyer, a company", shop_url),
        format_login_line("chen-yu", "个人采购", "buyer, a person", shop_url),
    )
