"""Categories, products, stock: rows as they stand when everything went well. Call inside a unit of work."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from marketplace.catalogue import queries, services
from marketplace.catalogue.models import AttributeKind, Category, Product, Unit
from marketplace.catalogue.services import AttributeSheet, CategorySheet, PictureSheet, ProductSheet, TierSheet, VariantSheet
from marketplace.inventory import services as stock
from marketplace.inventory.models import Location
from marketplace.kernel import clock
from marketplace.kernel.db import db
from tenants.merchants.models import MerchantScope
from tenants.merchants.queries import scope_codes
from tenants.scope import Purpose, acting_for, working_on

_numbers = count(1)
DESCRIPTION = "<p>精梳棉府绸，40支纱线，手感柔软，适合衬衫与连衣裙，可按样品染色。</p>"


def category(slug: str | None = None, *, parent: Category | None = None, attributes: bool = False, **names: str) -> Category:
    """A category; with `attributes`, one that asks for composition (required), weight, width and whether it stretches."""
    slug = slug or f"kind-{next(_numbers)}"
    said = {"zh_Hans": names.get("zh", "面料"), "en": names.get("en", slug.title())}
    with working_on(Purpose.CONSOLE):
        row = services.open_category(sheet=CategorySheet(slug=slug, names=said, parent_id=parent.id if parent else None))
        db.session.flush()
        if attributes:
            for sheet in _schema():
                services.open_attribute(category_id=row.id, sheet=sheet)
            db.session.flush()
    return row


def _schema() -> list[AttributeSheet]:
    fibres = [
        {"value": "cotton", "names": {"zh_Hans": "棉", "en": "Cotton"}},
        {"value": "silk", "names": {"zh_Hans": "真丝", "en": "Silk"}},
    ]
    return [
        AttributeSheet(
            code="fibre",
            names={"zh_Hans": "成分", "en": "Fibre"},
            kind=AttributeKind.CHOICES,
            options=fibres,
            required=True,
            facet=True,
        ),
        AttributeSheet(
            code="weight",
            names={"zh_Hans": "克重", "en": "Weight"},
            kind=AttributeKind.NUMBER,
            unit="g/m²",
            least=Decimal(10),
            greatest=Decimal(2000),
            position=1,
        ),
        AttributeSheet(
            code="stretch", names={"zh_Hans": "弹力", "en": "Stretch"}, kind=AttributeKind.FLAG, facet=True, position=2
        ),
    ]


def sheet(category_id: UUID, **values: Any) -> ProductSheet:
    """A sheet that meets the listing standard: one variant at 18.50, cheaper from 100."""
    number = next(_numbers)
    made: dict[str, Any] = {
        "title": {"zh_Hans": f"全棉府绸 {number}", "en": f"Cotton poplin {number}"},
        "description": {"zh_Hans": DESCRIPTION, "en": "<p>Combed cotton poplin, 40s yarn, soft to the hand.</p>"},
        "attributes": {"fibre": ["cotton"]},
        "unit": Unit.METRE,
        "region_code": "330603",
        "tiers": [TierSheet(from_quantity=Decimal(1), price=1850), TierSheet(from_quantity=Decimal(100), price=1650)],
        "variants": [VariantSheet(sku=f"SKU-{number}", weight_grams=220)],
        "pictures": [PictureSheet(key=f"goods/aa/{number}.webp", colour="#aabbcc", width=800, height=800)],
    }
    return ProductSheet(category_id=category_id, **{**made, **values})


def draft(merchant_id: UUID, category_id: UUID, **values: Any) -> Product:
    """A draft of a merchant, in a category of its contract."""
    trades_in(merchant_id, category_id)
    with acting_for(merchant_id):
        product = services.save_product(merchant_id=merchant_id, sheet=sheet(category_id, **values))
        db.session.flush()
    return product


def trades_in(merchant_id: UUID, category_id: UUID) -> None:
    """Let a merchant's contract name a category."""
    code = queries.category(category_id).slug
    with working_on(Purpose.CONSOLE):
        if code not in scope_codes(merchant_id):
            db.session.add(MerchantScope(merchant_id=merchant_id, code=code))
            db.session.flush()


def product(merchant_id: UUID, category_id: UUID | None = None, *, on_hand: int | None = None, **values: Any) -> Product:
    """A product on sale; with `on_hand`, so many of each variant lie in the merchant's warehouse."""
    category_id = category_id or category(attributes=True).id
    made = draft(merchant_id, category_id, **values)
    with acting_for(merchant_id):
        services.submit(product_id=made.id)
        db.session.flush()
    with working_on(Purpose.CONSOLE):
        services.approve(product_id=made.id)
        db.session.flush()
    with acting_for(merchant_id):
        made = queries.get(made.id)
    if on_hand is not None:
        place = warehouse(merchant_id)
        with acting_for(merchant_id):
            for variant in made.variants:
                stock.receive(variant_id=variant.id, location_id=place.id, quantity=Decimal(on_hand))
    return made


def warehouse(merchant_id: UUID, name: str | None = None, *, position: int = 0) -> Location:
    """A place of a merchant."""
    with acting_for(merchant_id):
        name = name or f"仓库 {next(_numbers)}"
        place = stock.open_location(merchant_id=merchant_id, name=name, position=position)
        db.session.flush()
    return place


def soon() -> datetime:
    """A moment in a quarter of an hour."""
    return clock.now() + timedelta(minutes=15)
