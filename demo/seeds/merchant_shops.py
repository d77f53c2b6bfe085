"""The shops of the demo: each with its logo, banner, colour and texts."""

from __future__ import annotations

from random import Random

from sqlalchemy import select

from demo.merchants import TRADING
from demo.merchants import Merchant as DemoMerchant
from demo.names import random_mobile_number
from demo.seeding import SeedContext
from marketplace.kernel.db import db
from tenants.isolation import as_merchant
from tenants.merchant_shops import services
from tenants.merchant_shops.forms import MerchantShopForm, suggest_accent
from tenants.merchants.models import Merchant

HOURS = ("周一至周六 8:30–18:00", "每天 9:00–21:00", "周一至周五 8:00–17:30，周六上午", "每天 8:00–20:00")


def seed(context: SeedContext) -> None:
    """Set up the shops some weeks after the merchant was admitted."""
    rows = {row.slug: row for row in db.session.scalars(select(Merchant))}
    for spec in TRADING:
        merchant = rows[spec.slug]
        opened_days_ago = (context.moment - (merchant.admitted_at or context.moment)).days - 20
        with context.days_ago(days=opened_days_ago), as_merchant(merchant.id):
            services.update_merchant_shop(merchant_id=merchant.id, form=_build_form(spec))
            for name in ("logo", "banner"):
                services.set_image(merchant_id=merchant.id, name=name, image=context.pictures[f"{name}/{spec.slug}"].to_json())
            services.set_video(merchant_id=merchant.id, video=context.videos.get(f"shop/{spec.slug}"))


def _build_form(spec: DemoMerchant) -> MerchantShopForm:
    rng = Random(f"shop:{spec.slug}")  # noqa: S311 - a demo, not a secret
    return MerchantShopForm(
        accent=suggest_accent(spec.accent),
        announcement={"zh_Hans": spec.announcement.zh, "en": spec.announcement.en},
        introduction={"zh_Hans": spec.introduction.zh, "en": spec.introduction.en},
        contact={
            "phone": random_mobile_number(rng),
            "email": spec.staff[0].email,
            "hours": rng.choice(HOURS),
            "wechat": f"{spec.slug}_shop",
        },
    )
