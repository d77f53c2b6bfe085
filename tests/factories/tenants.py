"""Accounts, merchants, staff: rows as they stand when everything went well."""

from __future__ import annotations

from itertools import count
from typing import Any

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from tenants.access.permissions import MarketRole, StaffRole
from tenants.accounts.models import Account, MarketStaff
from tenants.merchants.models import Merchant, MerchantKind, Ownership
from tenants.organisations.models import Member, Organisation, OrganisationKind
from tenants.scope import Purpose, acting_for, working_on
from tenants.staff.models import Staff

_numbers = count(1)


def account(*, login: str | None = None, confirmed: bool = True, password_hash: str = "!", **values: Any) -> Account:
    """A person with a buying organisation of their own."""
    number = next(_numbers)
    login = login or f"person-{number}"
    organisation = Organisation(id=uuid7(), kind=OrganisationKind.PERSON, name=values.get("name", login))
    made = Account(
        id=uuid7(),
        login=login,
        email=values.pop("email", f"{login}@example.com"),
        email_confirmed_at=clock.now() if confirmed else None,
        password_hash=password_hash,
        name=values.pop("name", login),
        buyer_id=organisation.id,
        **values,
    )
    with working_on(Purpose.SIGN_IN):
        db.session.add(organisation)
        db.session.flush()
        db.session.add(made)
        db.session.flush()
        db.session.add(Member(organisation_id=organisation.id, account_id=made.id))
        db.session.flush()
    return made


def merchant(*, owner: Account, slug: str, name: str = "兴隆布行", admitted: bool = True, **values: Any) -> Merchant:
    """An admitted merchant with an owner at its desk."""
    organisation = Organisation(id=uuid7(), kind=OrganisationKind.COMPANY, name=name)
    made = Merchant(
        id=organisation.id,
        slug=slug,
        name=values.pop("names", {"zh_Hans": name, "en": f"{slug.title()} Textiles"}),
        kind=values.pop("kind", MerchantKind.MANUFACTURER),
        ownership=values.pop("ownership", Ownership.PRIVATE),
        admitted_at=clock.now() if admitted else None,
        region_code=values.pop("region_code", "330603"),
        **values,
    )
    with working_on(Purpose.ADMISSION):
        db.session.add(organisation)
        db.session.flush()
        db.session.add(made)
        db.session.flush()
    colleague(merchant=made, account=owner, role=StaffRole.OWNER)
    return made


def colleague(*, merchant: Merchant, account: Account, role: StaffRole) -> Staff:
    """A person at a merchant's desk."""
    with acting_for(merchant.id):
        row = Staff(
            id=uuid7(), merchant_id=merchant.id, account_id=account.id, role=role, name=account.name, email=account.email
        )
        db.session.add(row)
        db.session.flush()
    return row


def market_staff(*, account: Account, role: MarketRole = MarketRole.ADMINISTRATOR) -> MarketStaff:
    """A person who works for the market."""
    row = MarketStaff(account_id=account.id, role=role)
    db.session.add(row)
    db.session.flush()
    return row
