"""The stock of the demo: warehouses, initial stock, and some history of movements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from demo import products as demo_products
from demo.merchants import BY_SLUG
from demo.merchants import Merchant as DemoMerchant
from demo.product import Product as DemoProduct
from demo.seeding import SeedContext
from marketplace.catalogue.models import Product, Variant
from marketplace.inventory.models import Location, LowStockThreshold, MovementKind, StockCost, StockLevel, StockMovement
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from tenants.isolation import as_merchant
from tenants.merchants.models import Merchant

OPENED_AGO = timedelta(days=96)
BATCH_SIZE = 2000
COST_SHARE = (0.58, 0.76)  # cost of a unit, as a share of its lowest price
Rows = list[dict[str, Any]]


def seed(context: SeedContext) -> None:
    """Stock every seeded variant as the demo data says, before the ninety days of trade begin."""
    specs_by_merchant: dict[str, list[DemoProduct]] = defaultdict(list)
    for spec in demo_products.generate_products(context.product_count, context.random_seed):
        specs_by_merchant[spec.merchant].append(spec)
    for slug, specs in specs_by_merchant.items():
        merchant_id = db.session.scalar(select(Merchant.id).where(Merchant.slug == slug))
        if merchant_id is not None:
            with as_merchant(merchant_id):
                _seed_merchant_stock(context, merchant_id, BY_SLUG[slug], specs)


def _seed_merchant_stock(context: SeedContext, merchant_id: UUID, merchant: DemoMerchant, specs: list[DemoProduct]) -> None:
    rng = context.rng(f"stock:{merchant.slug}")
    location_ids = _create_locations(context, merchant_id, merchant)
    variants_stmt = select(Variant.sku, Variant.id, Variant.product_id).where(Variant.merchant_id == merchant_id)
    variants_by_sku = {row.sku: row for row in db.session.execute(variants_stmt)}
    levels: Rows = []
    movements: Rows = []
    thresholds: Rows = []
    costs: Rows = []
    cost_rng = context.rng(f"cost:{merchant.slug}")
    for spec in specs:
        for variant in spec.variants:
            owner_columns = {"merchant_id": merchant_id, "variant_id": variants_by_sku[variant.sku].id}
            levels += [{"id": uuid7(), **owner_columns, "location_id": location_id} for location_id in location_ids]
            cost = round((variant.tiers or spec.tiers)[-1].fen * cost_rng.uniform(*COST_SHARE))
            history = list(_movement_history(context, rng, Decimal(variant.stock), location_ids))
            movements += [
                {"id": uuid7(), **owner_columns, "reference": "", "account_id": None, **_with_unit_cost(movement, cost)}
                for movement in history
            ]
            if history:
                costs.append({**owner_columns, "currency": "CNY", "average": Decimal(cost)})
            if rng.random() < 0.12:
                thresholds.append({**owner_columns, "quantity": Decimal(rng.choice((30, 40, 50)))})
    for table, rows in ((StockLevel, levels), (StockMovement, movements), (LowStockThreshold, thresholds), (StockCost, costs)):
        for start in range(0, len(rows), BATCH_SIZE):
            db.session.execute(insert(table), rows[start : start + BATCH_SIZE])
    stocked_product_ids = {
        variants_by_sku[variant.sku].product_id for spec in specs for variant in spec.variants if variant.stock
    }
    stmt = update(Product).where(Product.id.in_(stocked_product_ids)).values(in_stock=True)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def _create_locations(context: SeedContext, merchant_id: UUID, merchant: DemoMerchant) -> list[UUID]:
    """Create a warehouse for every merchant, and a showroom for manufacturers."""
    names = [("总仓", merchant.address)] + ([("市场门市", "")] if merchant.kind == "manufacturer" else [])
    ids = []
    for position, (name, address) in enumerate(names):
        location = Location(id=uuid7(), merchant_id=merchant_id, name=name, position=position)
        location.region_code, location.address = merchant.division, address
        location.created_at = context.moment - OPENED_AGO
        db.session.add(location)
        ids.append(location.id)
        context.ids[f"location:{merchant.slug}:{position}"] = location.id
    db.session.flush()
    return ids


def _movement_history(context: SeedContext, rng: Random, stock: Decimal, location_ids: list[UUID]) -> Iterator[dict[str, Any]]:
    """Yield the movements of a variant: an opening receipt with all that will be sold, and later corrections."""
    if stock <= 0:
        return
    opened_at = context.moment - OPENED_AGO + timedelta(minutes=rng.randrange(60 * 8))
    display_quantity = stock // 10 if len(location_ids) > 1 else Decimal(0)
    yield _movement_row(location_ids[0], MovementKind.RECEIVED, stock - display_quantity, "首批入库", opened_at)
    if display_quantity:
        yield _movement_row(location_ids[1], MovementKind.RECEIVED, display_quantity, "门市陈列", opened_at)
    if rng.random() < 0.25:
        restocked = max(Decimal(1), stock // 8)
        restocked_at = context.moment - timedelta(days=rng.randrange(20, 60), hours=rng.randrange(9))
        yield _movement_row(location_ids[0], MovementKind.RECEIVED, restocked, "补货入库", restocked_at)
        if rng.random() < 0.5:
            written_off = max(Decimal(1), restocked // 6)
            yield _movement_row(
                location_ids[0], MovementKind.WRITTEN_OFF, -written_off, "色差，剪样处理", restocked_at + timedelta(days=4)
            )
        else:
            counted_at = restocked_at + timedelta(days=9)
            yield _movement_row(location_ids[0], MovementKind.COUNTED, Decimal(rng.choice((1, 2, 3))), "月末盘点", counted_at)


def _with_unit_cost(movement: dict[str, Any], cost: int) -> dict[str, Any]:
    return {**movement, "unit_cost": cost if movement["kind"] is MovementKind.RECEIVED else None}


def _movement_row(location_id: UUID, kind: MovementKind, quantity: Decimal, note: str, at: datetime) -> dict[str, Any]:
    return {"location_id": location_id, "kind": kind, "quantity": quantity, "note": note, "at": at}
