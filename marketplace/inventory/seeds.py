"""The stock-keeper's corner of the demo market: warehouses, the stock the goods begin with, a book with some history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from marketplace.catalogue.models import Product, Variant
from marketplace.demo import goods as demo
from marketplace.demo.merchants import BY_SLUG
from marketplace.demo.merchants import Merchant as Seller
from marketplace.demo.product import Product as Ware
from marketplace.inventory.models import AlertLine, Location, MovementKind, StockCost, StockLevel, StockMovement
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from marketplace.kernel.seeding import Plan
from tenants.merchants.models import Merchant
from tenants.scope import acting_for

OPENED = timedelta(days=96)
BATCH = 2000
COST_SHARE = (0.58, 0.76)  # of the lowest price: what goods cost the merchant
Rows = list[dict[str, Any]]


def plant(plan: Plan) -> None:
    """Stock every planted variant as the demo data says, before the ninety days of trade begin."""
    by_merchant: dict[str, list[Ware]] = defaultdict(list)
    for ware in demo.goods(plan.products, plan.seed):
        by_merchant[ware.merchant].append(ware)
    for slug, wares in by_merchant.items():
        merchant_id = db.session.scalar(select(Merchant.id).where(Merchant.slug == slug))
        if merchant_id is not None:
            with acting_for(merchant_id):
                _stock_merchant(plan, merchant_id, BY_SLUG[slug], wares)


def _stock_merchant(plan: Plan, merchant_id: UUID, seller: Seller, wares: list[Ware]) -> None:
    dice = plan.dice(f"stock:{seller.slug}")
    places = _places(plan, merchant_id, seller)
    variants = select(Variant.sku, Variant.id, Variant.product_id).where(Variant.merchant_id == merchant_id)
    known = {row.sku: row for row in db.session.execute(variants)}
    levels: Rows = []
    movements: Rows = []
    lines: Rows = []
    costs: Rows = []
    haggle = plan.dice(f"cost:{seller.slug}")
    for ware in wares:
        for variant in ware.variants:
            owner = {"merchant_id": merchant_id, "variant_id": known[variant.sku].id}
            levels += [{"id": uuid7(), **owner, "location_id": place} for place in places]
            cost = round((variant.tiers or ware.tiers)[-1].fen * haggle.uniform(*COST_SHARE))
            book = list(_book(plan, dice, Decimal(variant.stock), places))
            movements += [{"id": uuid7(), **owner, "cause": "", "account_id": None, **_costing(line, cost)} for line in book]
            if book:
                costs.append({**owner, "currency": "CNY", "average": Decimal(cost)})
            if dice.random() < 0.12:
                lines.append({**owner, "quantity": Decimal(dice.choice((30, 40, 50)))})
    for table, rows in ((StockLevel, levels), (StockMovement, movements), (AlertLine, lines), (StockCost, costs)):
        for start in range(0, len(rows), BATCH):
            db.session.execute(insert(table), rows[start : start + BATCH])
    stocked = {known[variant.sku].product_id for ware in wares for variant in ware.variants if variant.stock}
    flag = update(Product).where(Product.id.in_(stocked)).values(in_stock=True)
    db.session.execute(flag.execution_options(synchronize_session=False))


def _places(plan: Plan, merchant_id: UUID, seller: Seller) -> list[UUID]:
    """A warehouse for everybody; makers have a showroom at the market besides."""
    names = [("总仓", seller.address)] + ([("市场门市", "")] if seller.kind == "manufacturer" else [])
    ids = []
    for position, (name, address) in enumerate(names):
        place = Location(id=uuid7(), merchant_id=merchant_id, name=name, position=position)
        place.region_code, place.address = seller.division, address
        place.created_at = plan.moment - OPENED
        db.session.add(place)
        ids.append(place.id)
        plan.ids[f"location:{seller.slug}:{position}"] = place.id
    db.session.flush()
    return ids


def _book(plan: Plan, dice: Random, stock: Decimal, places: list[UUID]) -> Iterator[dict[str, Any]]:
    """The lines of a variant's book: the opening receipt has all that will be sold, later lines only put right."""
    if stock <= 0:
        return
    opened = plan.moment - OPENED + timedelta(minutes=dice.randrange(60 * 8))
    shown = stock // 10 if len(places) > 1 else Decimal(0)
    yield _line(places[0], MovementKind.RECEIVED, stock - shown, "首批入库", opened)
    if shown:
        yield _line(places[1], MovementKind.RECEIVED, shown, "门市陈列", opened)
    if dice.random() < 0.25:
        more = max(Decimal(1), stock // 8)
        arrived = plan.moment - timedelta(days=dice.randrange(20, 60), hours=dice.randrange(9))
        yield _line(places[0], MovementKind.RECEIVED, more, "补货入库", arrived)
        if dice.random() < 0.5:
            spoiled = max(Decimal(1), more // 6)
            yield _line(places[0], MovementKind.WRITTEN_OFF, -spoiled, "色差，剪样处理", arrived + timedelta(days=4))
        else:
            counted = arrived + timedelta(days=9)
            yield _line(places[0], MovementKind.COUNTED, Decimal(dice.choice((1, 2, 3))), "月末盘点", counted)


def _costing(line: dict[str, Any], cost: int) -> dict[str, Any]:
    return {**line, "unit_cost": cost if line["kind"] is MovementKind.RECEIVED else None}


def _line(place: UUID, kind: MovementKind, quantity: Decimal, note: str, at: datetime) -> dict[str, Any]:
    return {"location_id": place, "kind": kind, "quantity": quantity, "note": note, "at": at}
