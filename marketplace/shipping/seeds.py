"""What the demo market's merchants ask for carrying."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from marketplace.demo.merchants import TRADING
from marketplace.demo.merchants import Zone as Said
from marketplace.kernel.db import db
from marketplace.kernel.seeding import Plan
from marketplace.shipping import services
from marketplace.shipping.rules import Basis, FreightRules, Zone
from tenants.merchants.models import Merchant
from tenants.scope import acting_for


def plant(plan: Plan) -> None:
    """Freight rules for every trading merchant that was planted."""
    known = {slug: merchant_id for merchant_id, slug in db.session.execute(select(Merchant.id, Merchant.slug))}
    for merchant in TRADING:
        if merchant.slug not in known:
            continue
        rules = FreightRules(basis=Basis(merchant.freight.basis), zones=tuple(map(_zone, merchant.freight.zones)))
        with acting_for(known[merchant.slug]):
            services.save_freight(merchant_id=known[merchant.slug], rules=rules)


def _zone(said: Said) -> Zone:
    return Zone(
        name=said.name.zh,
        regions=said.regions,
        refused=said.refused,
        first=said.first,
        first_units=Decimal(said.first_units),
        more=said.more,
        more_units=Decimal(said.more_units),
        free_above=said.free_above,
    )
