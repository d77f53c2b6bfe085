"""Who works at the desks of the demo market: makers have every post, traders stand alone or in pairs."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from sqlalchemy import select

from marketplace.demo.merchants import TRADING
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from marketplace.kernel.seeding import Plan, is_planted
from tenants.access.permissions import StaffRole
from tenants.accounts import queries as accounts
from tenants.accounts.seeds import Person, open_account, sign_in
from tenants.merchants.models import Merchant
from tenants.scope import acting_for, signed_in_as
from tenants.staff import services
from tenants.staff.models import Staff

JOINED_AFTER = 9  # days after the merchant was admitted
SHOWN = "jinlan"
INVITED = "zhou.lan@jinlan.example.com"
POSTS = {
    "owner": ("店主", "owner"),
    "merchandiser": ("商品专员", "merchandiser"),
    "warehouse": ("仓库", "warehouse"),
    "finance": ("财务", "finance"),
}


def seed(plan: Plan) -> None:
    """Colleagues beside the owner, who came with the admission."""
    merchants = {row.slug: row for row in db.session.scalars(select(Merchant))}
    for told in TRADING:
        merchant = merchants[told.slug]
        days = (plan.moment - (merchant.admitted_at or plan.moment)).days - JOINED_AFTER
        for place, colleague in enumerate(told.staff[1:]):
            with plan.ago(days=days - 11 * place):
                person = Person(login=f"{told.slug}.{colleague.role}", email=colleague.email, name=colleague.name.zh)
                account = open_account(plan, person)
                with acting_for(merchant.id):
                    post = {
                        "role": StaffRole(colleague.role),
                        "name": account.name,
                        "email": account.email,
                        "since": clock.now(),
                    }
                    db.session.add(Staff(id=uuid7(), merchant_id=merchant.id, account_id=account.id, **post))
                    db.session.flush()
    _invite(plan, merchants[SHOWN])


def _invite(plan: Plan, merchant: Merchant) -> None:
    """One invitation that has not been answered yet."""
    owner = accounts.account_by_name(merchant.slug)
    if owner is not None:
        with plan.ago(days=1.4), signed_in_as(owner.id), acting_for(merchant.id):
            inviter = (owner.id, owner.name)
            services.invite(merchant=merchant, email=INVITED, role="service", invited_by=inviter, locale="zh_Hans")


def sign_ins() -> Sequence[str]:
    """The desk of one merchant, for several of its people."""
    if not is_planted("staff"):
        return ()
    desk = f"{current_app.config['SETTINGS'].base_url}/desk/{SHOWN}/"
    return tuple(
        sign_in(SHOWN if role == "owner" else f"{SHOWN}.{role}", f"商家：锦澜印花·{chinese}", f"merchant, {english}", desk)
        for role, (chinese, english) in POSTS.items()
    )
