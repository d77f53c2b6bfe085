"""The goods of the demo market as their merchants would list them, published over the past year, in every state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue import queries
from marketplace.catalogue.models import Brand, Category, Product, ProductReview, ProductState, ReviewStep, Unit
from marketplace.catalogue.rules import AttributeField, attribute_values
from marketplace.catalogue.seeds.kinds import SKIPPED, both, code_of
from marketplace.catalogue.services import PictureSheet, ProductSheet, TierSheet, VariantSheet
from marketplace.catalogue.services.saving import write_sheet
from marketplace.demo.goods import goods
from marketplace.demo.product import Axis, Tier
from marketplace.demo.product import Product as Told
from marketplace.demo.product import Variant as Choice
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from marketplace.kernel.seeding import Plan
from tenants.accounts import queries as accounts
from tenants.merchants.models import Merchant
from tenants.scope import acting_for

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
BATCH = 100


def plant_goods(plan: Plan) -> None:
    """Merchant by merchant, behind its own wall; written as the desk's editor writes them, then dated and judged."""
    merchants = {row.slug: row.id for row in db.session.scalars(select(Merchant))}
    shelves = {row.slug: row.id for row in db.session.scalars(select(Category))}
    brands = {row.slug: row.id for row in db.session.scalars(select(Brand))}
    schemas = queries.schemas_of(shelves.values())
    reviewer = _account("market.reviewer")
    told = sorted(goods(plan.products, plan.seed), key=lambda product: product.merchant)
    done = 0
    for slug, theirs in groupby(told, key=lambda product: product.merchant):
        desk = _Desk(plan, merchants[slug], brands.get(slug), owner=_account(slug), reviewer=reviewer)
        for batch in _batches(list(theirs)):
            with acting_for(desk.merchant_id):
                for product in batch:
                    _list(desk, product, shelves[product.category], schemas[shelves[product.category]])
                db.session.flush()
                db.session.expunge_all()
            done += len(batch)
        if len(told) > 1000:
            plan.say(f"    {done} / {len(told)}")


@dataclass(frozen=True)
class _Desk:
    """Whose goods are being listed, and who judges them."""

    plan: Plan
    merchant_id: UUID
    brand_id: UUID | None
    owner: UUID
    reviewer: UUID


def _list(desk: _Desk, told: Told, category_id: UUID, schema: Sequence[AttributeField]) -> None:
    sheet = _sheet(desk, told, category_id, schema)
    product = write_sheet(merchant_id=desk.merchant_id, sheet=sheet, product=None, schema=schema)
    dice = desk.plan.dice(told.reference)
    product.code = "".join(dice.choice(LETTERS) for _letter in range(10))
    product.state = ProductState(told.state)
    product.sales_count = _sold_before(told, dice)
    film = desk.plan.films.get(f"product/{told.reference}")
    product.video = film.to_json() if film else None
    times = _times(desk.plan.moment, told, dice)
    product.created_at = times.created
    product.submitted_at, product.reviewed_at, product.updated_at = times.submitted, times.judged, times.touched
    if told.state in ("on_sale", "off_sale"):
        product.approved_at = product.published_at = times.judged
    if told.rejection and told.state == "rejected":
        product.review_note = told.rejection.zh
    _remember_review(desk, product, times)
    desk.plan.ids[f"product:{told.reference}"] = product.id
    desk.plan.ids |= {f"variant:{variant.sku}": variant.id for variant in product.variants}


@dataclass(frozen=True)
class _Times:
    """When a product was begun, handed in, judged and last touched."""

    created: datetime
    submitted: datetime | None
    judged: datetime | None
    touched: datetime


def _times(moment: datetime, told: Told, dice: Random) -> _Times:
    """Goods on sale came over the past year; what waits, waits since these days."""
    if told.state in ("on_sale", "off_sale"):
        judged = moment - timedelta(days=told.age_days, minutes=dice.randrange(600))
        submitted = judged - timedelta(hours=dice.randrange(2, 40))
        touched = judged if told.state == "on_sale" else moment - timedelta(hours=dice.randrange(5, 90))
        return _Times(submitted - timedelta(hours=dice.randrange(1, 30)), submitted, judged, touched)
    submitted = moment - timedelta(hours=dice.randrange(2, 70))
    created = submitted - timedelta(hours=dice.randrange(1, 50))
    if told.state == "draft":
        return _Times(created, None, None, created + timedelta(minutes=dice.randrange(5, 60)))
    if told.state == "in_review":
        return _Times(created, submitted, None, submitted)
    earlier = submitted - timedelta(days=1, hours=dice.randrange(20))
    return _Times(earlier - timedelta(hours=6), earlier, submitted, submitted)


def _remember_review(desk: _Desk, product: Product, times: _Times) -> None:
    steps: list[tuple[ReviewStep, datetime, UUID, str]] = []
    if times.submitted:
        steps.append((ReviewStep.SUBMITTED, times.submitted, desk.owner, ""))
    if times.judged:
        step = ReviewStep.REJECTED if product.state is ProductState.REJECTED else ReviewStep.APPROVED
        steps.append((step, times.judged, desk.reviewer, product.review_note or ""))
    for step, at, account, note in steps:
        row = ProductReview(id=uuid7(), merchant_id=desk.merchant_id, product_id=product.id, step=step, at=at, note=note)
        row.account_id = account
        db.session.add(row)


def _sheet(desk: _Desk, told: Told, category_id: UUID, schema: Sequence[AttributeField]) -> ProductSheet:
    asked = {code: value for code, value in told.attributes.items() if code not in SKIPPED}
    given = {code_of(code): list(value) if isinstance(value, tuple) else value for code, value in asked.items()}
    return ProductSheet(
        category_id=category_id,
        title=both(told.title),
        description=both(told.description),
        attributes=attribute_values(schema, given),
        axes=[_axis(axis) for axis in told.axes],
        variants=[_variant(told, choice) for choice in told.variants],
        tiers=_rungs(told.tiers),
        brand_id=desk.brand_id if told.brand else None,
        reference=told.reference,
        unit=Unit(told.unit),
        region_code=told.origin,
        lead_days=told.lead_days,
        mixes=any(axis.code == "size" for axis in told.axes),
        pictures=_pictures(desk.plan, told),
    )


def _axis(axis: Axis) -> dict[str, Any]:
    values = [
        {"value": option.code, "names": both(option.name)} | ({"hex": option.hex} if option.hex else {})
        for option in axis.options
    ]
    return {"code": axis.code, "names": both(axis.name), "values": values}


def _variant(told: Told, choice: Choice) -> VariantSheet:
    return VariantSheet(
        sku=choice.sku,
        options=choice.options,
        weight_grams=told.grams,
        min_quantity=Decimal(told.minimum),
        max_quantity=Decimal(told.maximum) if told.maximum else None,
        step=Decimal(told.step),
        tiers=_rungs(choice.tiers),
    )


def _rungs(tiers: Sequence[Tier]) -> list[TierSheet]:
    return [TierSheet(from_quantity=Decimal(tier.quantity), price=tier.fen) for tier in tiers]


def _pictures(plan: Plan, told: Told) -> list[PictureSheet]:
    """Each with the first variant of the colour that it shows."""
    found = []
    for shot in told.shots:
        kept = plan.pictures[f"product/{told.reference}/{shot.name}"]
        shown = next((one.sku for one in told.variants if shot.colour and one.options.get("colour") == shot.colour), None)
        found.append(
            PictureSheet(key=kept.key, colour=kept.colour, width=kept.width, height=kept.height, alt=both(shot.alt), sku=shown)
        )
    return found


def _sold_before(told: Told, dice: Random) -> int:
    """How many orders it had before the months whose orders are planted: few have many."""
    if told.state not in ("on_sale", "off_sale"):
        return 0
    return round(max(0, told.age_days - 90) / 30 * dice.paretovariate(1.4))


def _account(login: str) -> UUID:
    found = accounts.account_by_name(login)
    if found is None:
        raise LookupError(f"{login} has no account yet")
    return found.id


def _batches(products: list[Told]) -> Iterator[list[Told]]:
    for start in range(0, len(products), BATCH):
        yield products[start : start + BATCH]
