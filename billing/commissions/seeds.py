"""The demo market's rates: what everybody pays, what some goods pay, and what was agreed with one merchant (FI1, MA7)."""

from __future__ import annotations

from datetime import timedelta

from billing.commissions import services
from billing.commissions.rules import RateDraft
from marketplace.kernel.seeding import Plan
from tenants.merchants import queries as merchants
from tenants.scope import Purpose, working_on

DEFAULT = 500
APPAREL = RateDraft(name="成衣", category="apparel", basis_points=600)
TRIMS = RateDraft(name="辅料", category="trims", basis_points=400)
PARTNER = "tiaoxi"


def plant(plan: Plan) -> None:
    """Two sets, both from before the ninety days of trade: those that the market opened with, and what it agreed since."""
    with plan.ago(days=120), working_on(Purpose.CONSOLE):
        services.publish(rates=[APPAREL], default_basis_points=DEFAULT, note="开市费率", after=0)
    with plan.ago(days=96), working_on(Purpose.CONSOLE):
        rates = [
            RateDraft(name="苕溪丝绸 · 重点商户", merchant_id=merchants.by_slug(PARTNER).id, basis_points=350),
            RateDraft(name="家纺推广期", category="home", basis_points=300, active_to=plan.moment + timedelta(days=30)),
            APPAREL,
            TRIMS,
        ]
        services.publish(rates=rates, default_basis_points=DEFAULT, note="重点商户与家纺推广", after=1)
