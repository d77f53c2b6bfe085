"""The freight rates of the demo's merchants."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from demo.merchants import TRADING
from demo.merchants import Zone as ZoneSpec
from demo.seeding import SeedContext
from marketplace.kernel.db import db
from marketplace.shipping import services
from marketplace.shipping.rates import FreightRates, RateBasis, Zone
from tenants.isolation import as_merchant
from tenants.merchants.models import Merchant


def seed(context: SeedContext) -> None:
    """Save freight rates for every trading merchant that was seeded."""
    merchant_ids = {slug: merchant_id for merchant_id, slug in db.session.execute(select(Merchant.id, Merchant.slug))}
    for merchant in TRADING:
        if merchant.slug not in merchant_ids:
            continue
        rates = FreightRates(basis=RateBasis(merchant.freight.basis), zones=tuple(map(_zone, merchant.freight.zones)))
        with as_merchant(merchant_ids[merchant.slug]):
            services.save_freight_rates(merchant_id=merchant_ids[merchant.slug], rates=rates)


def _zone(spec: ZoneSpec) -> Zone:
    return Zone(
        name=spec.name.zh,
        regions=spec.regions,
        excluded=spec.not_served,
        base_minor=spec.first,
        base_units=Decimal(spec.first_units),
        step_minor=spec.additional,
        step_units=Decimal(spec.additional_units),
        free_above_minor=spec.free_above,
    )
