"""Factories for accounts, merchants and staff in their normal state."""

from __future__ import annotations

from itertools import count
from typing import Any

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from tenants.access.permissions import PlatformRole, StaffRole
from tenants.accounts.models import Account, PlatformStaff
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tenants.merchants.models import Merchant, MerchantKind, Ownership
from tenants.organisations.models import Organisation, OrganisationKind, OrganisationMember
from tenants.staff.models import Staff

_numbers = count(1)


def create_account(*, login: str | None = None, confirmed: bool = True, password_hash: str = "!", **values: Any) -> Account:
    """Create an account with a buyer organisation of its own."""
    number = next(_numbers)
    login = login or f"person-{number}"
    organisation = Organisation(id=uuid7(), kind=OrganisationKind.PERSON, name=values.get("name", login))
    created = Account(
        id=uuid7(),
        login=login,
        email=values.pop("email", f"{login}@example.com"),
        email_confirmed_at=clock.now() if confirmed else None,
        password_hash=password_hash,
        name=values.pop("name", login),
        buyer_id=organisation.id,
        **values,
    )
    with with_purpose(AccessPurpose.SIGN_IN):
        db.session.add(organisation)
        db.session.flush()
        db.session.add(created)
        db.session.flush()
        db.session.add(OrganisationMember(organisation_id=organisation.id, account_id=created.id))
        db.session.flush()
    return created


def create_merchant(*, owner: Account, slug: str, name: str = "兴隆布行", admitted: bool = True, **values: Any) -> Merchant:
    """Create an admitted merchant with an owner."""
    organisation = Organisation(id=uuid7(), kind=OrganisationKind.COMPANY, name=name)
    created = Merchant(
        id=organisation.id,
        slug=slug,
        name=values.pop("names", {"zh_Hans": name, "en": f"{slug.title()} Textiles"}),
        kind=values.pop("kind", MerchantKind.MANUFACTURER),
        ownership=values.pop("ownership", Ownership.PRIVATE),
        admitted_at=clock.now() if admitted else None,
        region_code=values.pop("region_code", "330603"),
        **values,
    )
    with with_purpose(AccessPurpose.ADMISSION):
        db.session.add(organisation)
        db.session.flush()
        db.session.add(created)
        db.session.flush()
    create_staff(merchant=created, account=owner, role=StaffRole.OWNER)
    return created


def create_staff(*, merchant: Merchant, account: Account, role: StaffRole) -> Staff:
    """Create a staff member of a merchant."""
    with as_merchant(merchant.id):
        row = Staff(
            id=uuid7(), merchant_id=merchant.id, account_id=account.id, role=role, name=account.name, email=account.email
        )
        db.session.add(row)
        db.session.flush()
    return row


def create_platform_staff(*, account: Account, role: PlatformRole = PlatformRole.ADMINISTRATOR) -> PlatformStaff:
    """Create a platform staff member."""
    row = PlatformStaff(account_id=account.id, role=role)
    db.session.add(row)
    db.session.flush()
    return row
