"""The shops of the demo market: each with its mark, its banner, its colour, and what it says of itself."""

from __future__ import annotations

from random import Random

from sqlalchemy import select

from marketplace.demo.merchants import TRADING
from marketplace.demo.merchants import Merchant as Told
from marketplace.demo.people import mobile
from marketplace.kernel.db import db
from marketplace.kernel.seeding import Plan
from tenants.merchants.models import Merchant
from tenants.scope import acting_for
from tenants.storefronts import services
from tenants.storefronts.rules import Entries, suggestion

HOURS = ("周一至周六 8:30–18:00", "每天 9:00–21:00", "周一至周五 8:00–17:30，周六上午", "每天 8:00–20:00")


def seed(plan: Plan) -> None:
    """Arranged some weeks after the merchant was admitted."""
    rows = {row.slug: row for row in db.session.scalars(select(Merchant))}
    for told in TRADING:
        merchant = rows[told.slug]
        opened = (plan.moment - (merchant.admitted_at or plan.moment)).days - 20
        with plan.ago(days=opened), acting_for(merchant.id):
            services.arrange(merchant_id=merchant.id, entries=_entries(told))
            for name in ("logo", "banner"):
                services.hang(merchant_id=merchant.id, name=name, picture=plan.pictures[f"{name}/{told.slug}"].to_json())
            services.hang_video(merchant_id=merchant.id, video=plan.films.get(f"shop/{told.slug}"))


def _entries(told: Told) -> Entries:
    dice = Random(f"shop:{told.slug}")  # noqa: S311 - a demo, not a secret
    return Entries(
        accent=suggestion(told.accent),
        announcement={"zh_Hans": told.announcement.zh, "en": told.announcement.en},
        introduction={"zh_Hans": told.introduction.zh, "en": told.introduction.en},
        contact={
            "phone": mobile(dice),
            "email": told.staff[0].email,
            "hours": dice.choice(HOURS),
            "wechat": f"{told.slug}_shop",
        },
    )
