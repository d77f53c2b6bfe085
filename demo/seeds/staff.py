"""The staff of the demo's merchants: manufacturers have every role, traders one or two members."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from sqlalchemy import select

from demo.merchants import TRADING
from demo.seeding import SeedContext, is_seeded
from demo.seeds.accounts import Person, create_demo_account, format_login_line
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from tenants.access.permissions import StaffRole
from tenants.accounts import queries as account_queries
from tenants.isolation import as_account, as_merchant
from tenants.merchants.models import Merchant
from tenants.staff import services
from tenants.staff.models import Staff

JOINED_AFTER_DAYS = 9  # days after the merchant was admitted
DEMO_MERCHANT = "jinlan"
INVITED_EMAIL = "zhou.lan@jinlan.example.com"
ROLE_LABELS = {
    "owner": ("店主", "owner"),
    "merchandiser": ("商品专员", "merchandiser"),
    "warehouse": ("仓库", "warehouse"),
    "finance": ("财务", "finance"),
}


def seed(context: SeedContext) -> None:
    """Create colleagues of the owners, who were created by the applications."""
    merchants = {row.slug: row for row in db.session.scalars(select(Merchant))}
    for spec in TRADING:
        merchant = merchants[spec.slug]
        days = (context.moment - (merchant.admitted_at or context.moment)).days - JOINED_AFTER_DAYS
        for position, colleague in enumerate(spec.staff[1:]):
            with context.days_ago(days=days - 11 * position):
                person = Person(login=f"{spec.slug}.{colleague.role}", email=colleague.email, name=colleague.name.zh)
                account = create_demo_account(context, person)
                with as_merchant(merchant.id):
                    values = {
                        "role": StaffRole(colleague.role),
                        "name": account.name,
                        "email": account.email,
                        "since": clock.now(),
                    }
                    db.session.add(Staff(id=uuid7(), merchant_id=merchant.id, account_id=account.id, **values))
                    db.session.flush()
    _invite(context, merchants[DEMO_MERCHANT])


def _invite(context: SeedContext, merchant: Merchant) -> None:
    """Create one invitation that was not accepted yet."""
    owner = account_queries.find_account_by_login_or_email(merchant.slug)
    if owner is not None:
        with context.days_ago(days=1.4), as_account(owner.id), as_merchant(merchant.id):
            inviter = (owner.id, owner.name)
            services.invite_staff(merchant=merchant, email=INVITED_EMAIL, role="service", invited_by=inviter, locale="zh_Hans")


def demo_logins() -> Sequence[str]:
    """Return the logins at the desk of one merchant, for several of its staff."""
    if not is_seeded("staff"):
        return ()
    desk_url = f"{current_app.config['SETTINGS'].base_url}/desk/{DEMO_MERCHANT}/"
    return tuple(
        format_login_line(
            DEMO_MERCHANT if role == "owner" else f"{DEMO_MERCHANT}.{role}",
            f"商家：锦澜印花·{chinese}",
            f"merchant, {english}",
            desk_url,
        )
        for role, (chinese, english) in ROLE_LABELS.items()
    )
