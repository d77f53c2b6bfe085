"""The catalogue's corner of the demo market: shelves, brands, goods in both languages with drawn pictures, a full review queue.

Pictures are drawn first, before the database is asked for anything, into a folder that later plantings find again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import current_app
from PIL import Image
from sqlalchemy import select

from marketplace.catalogue import queries
from marketplace.catalogue.drawing import Job, average_colour, draw_many
from marketplace.catalogue.models import (
    Attribute,
    AttributeKind,
    Brand,
    Category,
    MatchRole,
    Product,
    ProductReview,
    ProductState,
    ReviewStep,
    Unit,
)
from marketplace.catalogue.rules import AttributeField
from marketplace.catalogue.services.saving import PictureSheet, ProductSheet, TierSheet, VariantSheet, write_sheet
from marketplace.demo import categories as shelves
from marketplace.demo import goods as demo
from marketplace.demo import pictures as market_pictures
from marketplace.demo.merchants import TRADING
from marketplace.demo.product import Product as Ware
from marketplace.demo.product import Shot
from marketplace.demo.texts import Said
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from marketplace.kernel.ports import content_key
from marketplace.kernel.seeding import Plan
from tenants.merchants.models import Merchant
from tenants.scope import Purpose, acting_for, working_on

DRAWN = 420
"""So many products get pictures of their own; more of them borrow those of their shelf."""

WIDTHS = (320, 640)
SKIPPED = frozenset({"in-stock"})
"""Attributes of the demo data that the market knows better itself."""


@dataclass
class Gallery:
    """Drawn pictures by the name of their files, and the sets that a shelf lends."""

    kept: dict[str, PictureSheet] = field(default_factory=dict)
    lent: dict[str, list[Ware]] = field(default_factory=lambda: defaultdict(list))


def plant(plan: Plan) -> None:
    """Plant shelves, brands and goods. Merchants that were not planted have no goods."""
    wares = demo.goods(plan.products, plan.seed)
    gallery = _draw(plan, wares)
    kinds = _plant_kinds(gallery)
    schemas = queries.schemas_of(kinds.values())
    brands = _plant_brands()
    by_merchant: dict[str, list[tuple[int, Ware]]] = defaultdict(list)
    for number, ware in enumerate(wares):
        by_merchant[ware.merchant].append((number, ware))
    for slug, mine in by_merchant.items():
        merchant_id = db.session.scalar(select(Merchant.id).where(Merchant.slug == slug))
        if merchant_id is None:
            plan.say(f"  catalogue: no merchant {slug}, {len(mine)} products left out")
            continue
        with acting_for(merchant_id):
            reviews: list[ProductReview] = []
            for number, ware in mine:
                sheet = _sheet(ware, kinds, brands, _pictures(number, ware, gallery))
                reviews += _plant_product(plan, merchant_id, ware, sheet, schemas.get(sheet.category_id, ()))
            db.session.flush()
            db.session.add_all(reviews)


def _draw(plan: Plan, wares: Sequence[Ware]) -> Gallery:
    """Draw what is not drawn yet, and put it into the market's storage."""
    folder = Path(current_app.config["SETTINGS"].var) / "drawn"
    gallery, jobs = Gallery(), []
    for number, ware in enumerate(wares[:DRAWN]):
        gallery.lent[ware.category].append(ware)
        jobs += [Job(_name(ware, shot), shot.picture) for shot in _shots(number, ware)]
    shelf_jobs = [Job(f"shelf-{one.slug}", market_pictures.shelf(one.slug)) for one in shelves.CATEGORIES if not one.parent]
    plan.say(f"  catalogue: drawing {len(jobs) + len(shelf_jobs)} pictures …")
    draw_many([*shelf_jobs, *jobs], folder, widths=tuple(reversed(WIDTHS)))
    for job in (*shelf_jobs, *jobs):
        gallery.kept[job.name] = _keep(folder, job.name)
    return gallery


def _shots(number: int, ware: Ware) -> Sequence[Shot]:
    return ware.shots[: 3 if number % 4 == 0 else 2]


def _name(ware: Ware, shot: Shot) -> str:
    return f"{ware.reference}-{shot.name}"


def _keep(folder: Path, name: str) -> PictureSheet:
    """Put the copies of a drawn picture under a key made from its content, as uploads are kept."""
    largest = (folder / f"{name}-{WIDTHS[-1]}.webp").read_bytes()
    key = content_key("demo", largest, "")
    storage = current_app.extensions["storage"]
    for width in WIDTHS:
        if storage.get(f"{key}-{width}.webp") is None:
            storage.put(f"{key}-{width}.webp", (folder / f"{name}-{width}.webp").read_bytes())
    with Image.open(folder / f"{name}-{WIDTHS[0]}.webp") as image:
        return PictureSheet(key=key, colour=average_colour(image), width=WIDTHS[-1], height=WIDTHS[-1])


def _plant_kinds(gallery: Gallery) -> dict[str, UUID]:
    ids = {one.slug: uuid7() for one in shelves.CATEGORIES}
    with working_on(Purpose.SEEDING):
        for position, one in enumerate(shelves.CATEGORIES):
            picture = gallery.kept.get(f"shelf-{one.slug}")
            row = Category(id=ids[one.slug], slug=one.slug, parent_id=ids.get(one.parent), path=list(shelves.path(one.slug)))
            row.names, row.position, row.picture = both(one.name), position, picture.key if picture else None
            db.session.add(row)
            db.session.flush()
            db.session.add_all(_attribute(ids[one.slug], place, asked) for place, asked in enumerate(one.attributes))
    return ids


def _attribute(category_id: UUID, position: int, asked: Any) -> Attribute:
    return Attribute(
        id=uuid7(),
        category_id=category_id,
        code=_code(asked.code),
        names=both(asked.name),
        kind=AttributeKind(asked.type),
        unit=asked.unit,
        options=[{"value": choice.code, "names": both(choice.name)} for choice in asked.choices],
        least=None if asked.low is None else Decimal(asked.low),
        greatest=None if asked.high is None else Decimal(asked.high),
        required=asked.required,
        facet=asked.facet,
        match_role=MatchRole(asked.match),
        position=position,
        closed_at=clock.now() if asked.code in SKIPPED else None,
    )


def _plant_brands() -> dict[str, UUID]:
    ids = {merchant.slug: uuid7() for merchant in TRADING}
    with working_on(Purpose.SEEDING):
        for merchant in TRADING:
            db.session.add(Brand(id=ids[merchant.slug], slug=merchant.slug, names=both(merchant.brand)))
    return ids


def _pictures(number: int, ware: Ware, gallery: Gallery) -> list[PictureSheet]:
    lender = ware if number < DRAWN else gallery.lent[ware.category][number % len(gallery.lent[ware.category])]
    first_of = {variant.options.get("colour"): variant.sku for variant in reversed(ware.variants)}
    found = []
    for shot in _shots(0, lender):
        kept = gallery.kept.get(_name(lender, shot))
        if kept is not None:
            sku = first_of.get(shot.colour) if lender is ware and shot.colour and len(first_of) > 1 else None
            size = {"width": kept.width, "height": kept.height}
            found.append(PictureSheet(key=kept.key, colour=kept.colour, alt=both(shot.alt), sku=sku, **size))
    return found


def _sheet(ware: Ware, kinds: Mapping[str, UUID], brands: Mapping[str, UUID], pictures: list[PictureSheet]) -> ProductSheet:
    asked = {_code(code): value for code, value in ware.attributes.items() if code not in SKIPPED}
    return ProductSheet(
        category_id=kinds[ware.category],
        brand_id=brands.get(ware.merchant),
        reference=ware.reference,
        title=both(ware.title),
        description=both(ware.description),
        attributes={code: list(value) if isinstance(value, tuple) else value for code, value in asked.items()},
        axes=[_axis(axis) for axis in ware.axes],
        unit=Unit(ware.unit),
        region_code=ware.origin,
        lead_days=ware.lead_days,
        mixes=len(ware.variants) > 1 and not any(variant.tiers for variant in ware.variants),
        tiers=_tiers(ware.tiers),
        variants=[
            VariantSheet(
                sku=variant.sku,
                options=dict(variant.options),
                weight_grams=ware.grams,
                min_quantity=Decimal(ware.minimum),
                max_quantity=None if ware.maximum is None else Decimal(ware.maximum),
                step=Decimal(ware.step),
                tiers=_tiers(variant.tiers),
            )
            for variant in ware.variants
        ],
        pictures=pictures,
    )


def _axis(axis: Any) -> dict[str, Any]:
    values = [
        {"value": option.code, "names": both(option.name)} | ({"hex": option.hex} if option.hex else {})
        for option in axis.options
    ]
    return {"code": axis.code, "names": both(axis.name), "values": values}


def _tiers(tiers: Sequence[Any]) -> list[TierSheet]:
    return [TierSheet(from_quantity=Decimal(tier.quantity), price=tier.fen) for tier in tiers]


def _plant_product(
    plan: Plan, merchant_id: UUID, ware: Ware, sheet: ProductSheet, schema: Sequence[AttributeField]
) -> list[ProductReview]:
    """Write one product as it stands, with the steps of its review, which are added when it is written."""
    written = plan.moment - timedelta(days=ware.age_days + 1, hours=plan.dice(ware.reference).randrange(8))
    with clock.standing_at(written):
        product = write_sheet(merchant_id=merchant_id, sheet=sheet, product=None, schema=schema)
    plan.ids[f"product:{ware.reference}"] = product.id
    plan.ids |= {f"variant:{variant.sku}": variant.id for variant in product.variants}
    return [
        ProductReview(id=uuid7(), merchant_id=merchant_id, product_id=product.id, step=step, note=note, at=at)
        for step, at, note in _way(plan, product, ware, written)
    ]


def _way(plan: Plan, product: Product, ware: Ware, written: datetime) -> Iterator[tuple[ReviewStep, datetime, str]]:
    """Where the product stands, and the steps of the review that led there."""
    state = ProductState(ware.state)
    if state is ProductState.DRAFT:
        return
    waits = timedelta(minutes=plan.dice(f"wait:{ware.reference}").randrange(20, 60 * 30))
    submitted = plan.moment - waits if state is ProductState.IN_REVIEW else written + timedelta(hours=2)
    product.submitted_at = product.updated_at = submitted
    yield ReviewStep.SUBMITTED, submitted, ""
    decided = submitted + timedelta(hours=5)
    if state is ProductState.REJECTED and ware.rejection is not None:
        product.reviewed_at, product.review_note = decided, ware.rejection.zh
        yield ReviewStep.REJECTED, decided, ware.rejection.zh
    if state in (ProductState.ON_SALE, ProductState.OFF_SALE):
        product.reviewed_at = product.approved_at = product.published_at = product.updated_at = decided
        yield ReviewStep.APPROVED, decided, ""
    product.state = state


def both(said: Said) -> dict[str, str]:
    """Words of the demo data as the market keeps them."""
    return {"zh_Hans": said.zh, "en": said.en}


def _code(code: str) -> str:
    return code.replace("-", "_")
