"""Factories for categories, products and stock in their normal state. Call them inside a unit of work."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from marketplace.catalogue import queries, services
from marketplace.catalogue.inputs import PictureInput, ProductInput, TierInput, VariantInput
from marketplace.catalogue.models import AttributeType, Category, Product, Unit
from marketplace.catalogue.services import AttributeInput, CategoryInput
from marketplace.inventory import services as inventory_services
from marketplace.inventory.models import Location
from marketplace.kernel import clock
from marketplace.kernel.db import db
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tenants.merchants.models import MerchantScope
from tenants.merchants.queries import get_scope_codes

_numbers = count(1)
DESCRIPTION = "<p>精梳棉府绸，40支纱线，手感柔软，适合衬衫与连衣裙，可按样品染色。</p>"


def create_category(
    slug: str | None = None, *, parent: Category | None = None, attributes: bool = False, **names: str
) -> Category:
    """Create a category; `attributes` adds a composition (required), a weight and a stretch flag."""
    slug = slug or f"kind-{next(_numbers)}"
    localized_names = {"zh_Hans": names.get("zh", "面料"), "en": names.get("en", slug.title())}
    with with_purpose(AccessPurpose.CONSOLE):
        row = services.create_category(
            data=CategoryInput(slug=slug, names=localized_names, parent_id=parent.id if parent else None)
        )
        db.session.flush()
        if attributes:
            for attribute_input in _attribute_inputs():
                services.create_attribute(category_id=row.id, data=attribute_input)
            db.session.flush()
    return row


def _attribute_inputs() -> list[AttributeInput]:
    fibre_options = [
        {"value": "cotton", "names": {"zh_Hans": "棉", "en": "Cotton"}},
        {"value": "silk", "names": {"zh_Hans": "真丝", "en": "Silk"}},
    ]
    return [
        AttributeInput(
            code="fibre",
            names={"zh_Hans": "成分", "en": "Fibre"},
            kind=AttributeType.CHOICES,
            options=fibre_options,
            required=True,
            facet=True,
        ),
        AttributeInput(
            code="weight",
            names={"zh_Hans": "克重", "en": "Weight"},
            kind=AttributeType.NUMBER,
            unit="g/m²",
            min_value=Decimal(10),
            max_value=Decimal(2000),
            position=1,
        ),
        AttributeInput(
            code="stretch", names={"zh_Hans": "弹力", "en": "Stretch"}, kind=AttributeType.FLAG, facet=True, position=2
        ),
    ]


def product_input(category_id: UUID, **values: Any) -> ProductInput:
    """Return product data that meets the listing requirements: one variant at 18.50, and 16.50 from 100."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "title": {"zh_Hans": f"全棉府绸 {number}", "en": f"Cotton poplin {number}"},
        "description": {"zh_Hans": DESCRIPTION, "en": "<p>Combed cotton poplin, 40s yarn, soft to the hand.</p>"},
        "attributes": {"fibre": ["cotton"]},
        "unit": Unit.METRE,
        "region_code": "330603",
        "tiers": [TierInput(from_quantity=Decimal(1), price=1850), TierInput(from_quantity=Decimal(100), price=1650)],
        "variants": [VariantInput(sku=f"SKU-{number}", weight_grams=220)],
        "pictures": [PictureInput(key=f"goods/aa/{number}.webp", colour="#aabbcc", width=800, height=800)],
    }
    return ProductInput(category_id=category_id, **{**defaults, **values})


def create_draft(merchant_id: UUID, category_id: UUID, **values: Any) -> Product:
    """Create a draft of a merchant, in a category that its business scope allows."""
    allow_category(merchant_id, category_id)
    with as_merchant(merchant_id):
        product = services.save_product(merchant_id=merchant_id, data=product_input(category_id, **values))
        db.session.flush()
    return product


def allow_category(merchant_id: UUID, category_id: UUID) -> None:
    """Add a category to the business scope of a merchant."""
    code = queries.get_category(category_id).slug
    with with_purpose(AccessPurpose.CONSOLE):
        if code not in get_scope_codes(merchant_id):
            db.session.add(MerchantScope(merchant_id=merchant_id, code=code))
            db.session.flush()


def create_product(merchant_id: UUID, category_id: UUID | None = None, *, on_hand: int | None = None, **values: Any) -> Product:
    """Create a product on sale; `on_hand` is the stock of each variant in a new warehouse."""
    category_id = category_id or create_category(attributes=True).id
    created = create_draft(merchant_id, category_id, **values)
    with as_merchant(merchant_id):
        services.submit_for_review(product_id=created.id)
        db.session.flush()
    with with_purpose(AccessPurpose.CONSOLE):
        services.approve_product(product_id=created.id)
        db.session.flush()
    with as_merchant(merchant_id):
        created = queries.get_product(created.id)
    if on_hand is not None:
        location = create_warehouse(merchant_id)
        with as_merchant(merchant_id):
            for variant in created.variants:
                inventory_services.receive(variant_id=variant.id, location_id=location.id, quantity=Decimal(on_hand))
    return created


def create_warehouse(merchant_id: UUID, name: str | None = None, *, position: int = 0) -> Location:
    """Create a warehouse of a merchant."""
    with as_merchant(merchant_id):
        name = name or f"仓库 {next(_numbers)}"
        location = inventory_services.create_location(merchant_id=merchant_id, name=name, position=position)
        db.session.flush()
    return location


def in_fifteen_minutes() -> datetime:
    """Return the time fifteen minutes from now."""
    return clock.now() + timedelta(minutes=15)
