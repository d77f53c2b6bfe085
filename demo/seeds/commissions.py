"""The commission rates of the demo: default, by category, and for one merchant (commission FI1, merchant terms MA7)."""

from __future__ import annotations

from datetime import timedelta

from billing.commissions import services
from billing.commissions.domain import RateDraft
from demo.seeding import SeedContext
from tenants.isolation import AccessPurpose, with_purpose
from tenants.merchants import queries as merchant_queries

DEFAULT_BASIS_POINTS = 500
APPAREL = RateDraft(name="成衣", category="apparel", basis_points=600)
TRIMS = RateDraft(name="辅料", category="trims", basis_points=400)
PARTNER = "tiaoxi"


def seed(context: SeedContext) -> None:
    """Publish two rate sets from before the ninety days of trade: the initial one and a later one."""
    with context.days_ago(days=120), with_purpose(AccessPurpose.CONSOLE):
        services.publish_rates(rates=[APPAREL], default_basis_points=DEFAULT_BASIS_POINTS, note="开市费率", expected_number=0)
    with context.days_ago(days=96), with_purpose(AccessPurpose.CONSOLE):
        rates = [
            RateDraft(
                name="苕溪丝绸 · 重点商户", merchant_id=merchant_queries.get_merchant_by_slug(PARTNER).id, basis_points=350
            ),
            RateDraft(name="家纺推广期", category="home", basis_points=300, active_to=context.moment + timedelta(days=30)),
            APPAREL,
            TRIMS,
        ]
        services.publish_rates(
            rates=rates, default_basis_points=DEFAULT_BASIS_POINTS, note="重点商户与家纺推广", expected_number=1
        )
