"""The products of the demo as their merchants list them, published over the past year, in every state."""

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

from demo.product import Axis, Tier
from demo.product import Product as DemoProduct
from demo.product import Variant as DemoVariant
from demo.products import generate_products
from demo.seeding import SeedContext
from demo.seeds.catalogue.taxonomy import SKIPPED_ATTRIBUTES, attribute_code, localized
from marketplace.catalogue import queries
from marketplace.catalogue.inputs import PictureInput, ProductInput, TierInput, VariantInput
from marketplace.catalogue.models import Brand, Category, Product, ProductReview, ProductState, ReviewAction, Unit
from marketplace.catalogue.rules import AttributeField, parse_attribute_values
from marketplace.catalogue.services.editing import apply_product_input
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from tenants.accounts import queries as account_queries
from tenants.isolation import as_merchant
from tenants.merchants.models import Merchant

CODE_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
BATCH = 100


def seed_products(context: SeedContext) -> None:
    """Create the products, merchant by merchant in its own tenant context.

    They are written as the desk's editor writes them; then times and reviews are set.
    """
    merchant_ids = {row.slug: row.id for row in db.session.scalars(select(Merchant))}
    category_ids = {row.slug: row.id for row in db.session.scalars(select(Category))}
    brand_ids = {row.slug: row.id for row in db.session.scalars(select(Brand))}
    schemas = queries.get_schemas(category_ids.values())
    reviewer = _account_id("market.reviewer")
    specs = sorted(generate_products(context.product_count, context.random_seed), key=lambda spec: spec.merchant)
    done = 0
    for slug, merchant_specs in groupby(specs, key=lambda spec: spec.merchant):
        merchant_seed = _MerchantSeed(
            context, merchant_ids[slug], brand_ids.get(slug), owner=_account_id(slug), reviewer=reviewer
        )
        for batch in _batched(list(merchant_specs)):
            with as_merchant(merchant_seed.merchant_id):
                for spec in batch:
                    _create_product(merchant_seed, spec, category_ids[spec.category], schemas[category_ids[spec.category]])
                db.session.flush()
                db.session.expunge_all()
            done += len(batch)
        if len(specs) > 1000:
            context.log(f"    {done} / {len(specs)}")


@dataclass(frozen=True)
class _MerchantSeed:
    """The merchant whose products are created, and the reviewer."""

    context: SeedContext
    merchant_id: UUID
    brand_id: UUID | None
    owner: UUID
    reviewer: UUID


def _create_product(
    merchant_seed: _MerchantSeed, spec: DemoProduct, category_id: UUID, schema: Sequence[AttributeField]
) -> None:
    product_input = _product_input(merchant_seed, spec, category_id, schema)
    product = apply_product_input(merchant_id=merchant_seed.merchant_id, data=product_input, product=None, schema=schema)
    rng = merchant_seed.context.rng(spec.reference)
    product.code = "".join(rng.choice(CODE_ALPHABET) for _i in range(10))
    product.state = ProductState(spec.state)
    product.sales_count = _past_sales_count(spec, rng)
    video = merchant_seed.context.videos.get(f"product/{spec.reference}")
    product.video = video.to_json() if video else None
    timeline = _build_timeline(merchant_seed.context.moment, spec, rng)
    product.created_at = timeline.created
    product.submitted_at, product.reviewed_at, product.updated_at = timeline.submitted, timeline.reviewed, timeline.updated
    if spec.state in ("on_sale", "off_sale"):
        product.approved_at = product.published_at = timeline.reviewed
    if spec.rejection and spec.state == "rejected":
        product.review_note = spec.rejection.zh
    _add_reviews(merchant_seed, product, timeline)
    merchant_seed.context.ids[f"product:{spec.reference}"] = product.id
    merchant_seed.context.ids |= {f"variant:{variant.sku}": variant.id for variant in product.variants}


@dataclass(frozen=True)
class _Timeline:
    """The times at which a product was created, submitted, reviewed and updated."""

    created: datetime
    submitted: datetime | None
    reviewed: datetime | None
    updated: datetime


def _build_timeline(moment: datetime, spec: DemoProduct, rng: Random) -> _Timeline:
    """Return the timeline: products on sale were published over the past year; others wait since these days."""
    if spec.state in ("on_sale", "off_sale"):
        reviewed = moment - timedelta(days=spec.age_days, minutes=rng.randrange(600))
        submitted = reviewed - timedelta(hours=rng.randrange(2, 40))
        updated = reviewed if spec.state == "on_sale" else moment - timedelta(hours=rng.randrange(5, 90))
        return _Timeline(submitted - timedelta(hours=rng.randrange(1, 30)), submitted, reviewed, updated)
    submitted = moment - timedelta(hours=rng.randrange(2, 70))
    created = submitted - timedelta(hours=rng.randrange(1, 50))
    if spec.state == "draft":
        return _Timeline(created, None, None, created + timedelta(minutes=rng.randrange(5, 60)))
    if spec.state == "in_review":
        return _Timeline(created, submitted, None, submitted)
    earlier = submitted - timedelta(days=1, hours=rng.randrange(20))
    return _Timeline(earlier - timedelta(hours=6), earlier, submitted, submitted)


def _add_reviews(merchant_seed: _MerchantSeed, product: Product, timeline: _Timeline) -> None:
    review_rows: list[tuple[ReviewAction, datetime, UUID, str]] = []
    if timeline.submitted:
        review_rows.append((ReviewAction.SUBMITTED, timeline.submitted, merchant_seed.owner, ""))
    if timeline.reviewed:
        action = ReviewAction.REJECTED if product.state is ProductState.REJECTED else ReviewAction.APPROVED
        review_rows.append((action, timeline.reviewed, merchant_seed.reviewer, product.review_note or ""))
    for action, index, account, note in review_rows:
        row = ProductReview(
            id=uuid7(), merchant_id=merchant_seed.merchant_id, product_id=product.id, action=action, at=index, note=note
        )
        row.account_id = account
        db.session.add(row)


def _product_input(
    merchant_seed: _MerchantSeed, spec: DemoProduct, category_id: UUID, schema: Sequence[AttributeField]
) -> ProductInput:
    spec_attributes = {code: value for code, value in spec.attributes.items() if code not in SKIPPED_ATTRIBUTES}
    raw_values = {
        attribute_code(code): list(value) if isinstance(value, tuple) else value for code, value in spec_attributes.items()
    }
    return ProductInput(
        category_id=category_id,
        title=localized(spec.title),
        description=localized(spec.description),
        attributes=parse_attribute_values(schema, raw_values),
        axes=[_axis(axis) for axis in spec.axes],
        variants=[_variant_input(spec, choice) for choice in spec.variants],
        tiers=_tier_inputs(spec.tiers),
        brand_id=merchant_seed.brand_id if spec.brand else None,
        reference=spec.reference,
        unit=Unit(spec.unit),
        region_code=spec.origin,
        lead_days=spec.lead_days,
        mix_variants=any(axis.code == "size" for axis in spec.axes),
        pictures=_picture_inputs(merchant_seed.context, spec),
    )


def _axis(axis: Axis) -> dict[str, Any]:
    values = [
        {"value": option.code, "names": localized(option.name)} | ({"hex": option.hex} if option.hex else {})
        for option in axis.options
    ]
    return {"code": axis.code, "names": localized(axis.name), "values": values}


def _variant_input(spec: DemoProduct, choice: DemoVariant) -> VariantInput:
    return VariantInput(
        sku=choice.sku,
        options=choice.options,
        weight_grams=spec.grams,
        min_quantity=Decimal(spec.minimum),
        max_quantity=Decimal(spec.maximum) if spec.maximum else None,
        step=Decimal(spec.step),
        tiers=_tier_inputs(choice.tiers),
    )


def _tier_inputs(tiers: Sequence[Tier]) -> list[TierInput]:
    return [TierInput(from_quantity=Decimal(tier.quantity), price=tier.fen) for tier in tiers]


def _picture_inputs(context: SeedContext, spec: DemoProduct) -> list[PictureInput]:
    """Return the pictures, each with the first variant of the colour that it shows."""
    inputs = []
    for shot in spec.shots:
        stored = context.pictures[f"product/{spec.reference}/{shot.name}"]
        sku = next(
            (variant.sku for variant in spec.variants if shot.colour and variant.options.get("colour") == shot.colour), None
        )
        inputs.append(
            PictureInput(
                key=stored.key, colour=stored.colour, width=stored.width, height=stored.height, alt=localized(shot.alt), sku=sku
            )
        )
    return inputs


def _past_sales_count(spec: DemoProduct, rng: Random) -> int:
    """Return the number of orders from before the seeded months: few products have many."""
    if spec.state not in ("on_sale", "off_sale"):
        return 0
    return round(max(0, spec.age_days - 90) / 30 * rng.paretovariate(1.4))


def _account_id(login: str) -> UUID:
    account = account_queries.find_account_by_login_or_email(login)
    if account is None:
        raise LookupError(f"{login} has no account yet")
    return account.id


def _batched(products: list[DemoProduct]) -> Iterator[list[DemoProduct]]:
    for start in range(0, len(products), BATCH):
        yield products[start : start + BATCH]
