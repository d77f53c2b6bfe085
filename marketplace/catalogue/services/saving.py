"""Writing a product as one sheet: what the desk's editor, the import and the demo market all fill in (CA1)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import inspect
from sqlalchemy.orm.exc import StaleDataError

from marketplace.catalogue import queries
from marketplace.catalogue.errors import NotInThisState, ProductInvalid
from marketplace.catalogue.events import ProductChanged
from marketplace.catalogue.models import Picture, PriceTier, Product, ProductState, Unit, Variant
from marketplace.catalogue.rules import AttributeField
from marketplace.catalogue.services.checking import LONGEST_TITLE, sheet_errors
from marketplace.catalogue.services.showing import refresh_card
from marketplace.kernel import audit, clock, rich
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.kernel.texts import LANGUAGES

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LONGEST_MARK = 10
EDITABLE_CATEGORY = frozenset({ProductState.DRAFT, ProductState.REJECTED, ProductState.OFF_SALE, ProductState.DELETED})


@dataclass(frozen=True, kw_only=True)
class TierSheet:
    """One rung of a ladder: minor units of the product's currency for one unit."""

    from_quantity: Decimal
    price: int


@dataclass(frozen=True, kw_only=True)
class VariantSheet:
    """One variant; found again by its SKU. `tiers` empty: the product's ladder holds."""

    sku: str
    options: Mapping[str, str] = field(default_factory=dict)
    barcode: str | None = None
    weight_grams: int = 0
    min_quantity: Decimal = Decimal(1)
    max_quantity: Decimal | None = None
    step: Decimal = Decimal(1)
    tiers: Sequence[TierSheet] = ()
    id: UUID | None = None  # an existing variant whose SKU changes


@dataclass(frozen=True, kw_only=True)
class PictureSheet:
    """A stored picture (see `kernel.uploads`); `sku` names the variant it shows."""

    key: str
    colour: str = ""
    width: int = 0
    height: int = 0
    alt: Mapping[str, str] = field(default_factory=dict)
    sku: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProductSheet:
    """A product as it is entered: everything but its state.

    axes      what variants differ in: [{"code": "colour", "names": {…}, "values": [{"value": "navy", "names": {…}}]}]
    pictures  None leaves those that are there alone
    """

    category_id: UUID
    title: Mapping[str, str]
    variants: Sequence[VariantSheet]
    tiers: Sequence[TierSheet] = ()
    description: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    axes: Sequence[Mapping[str, Any]] = ()
    brand_id: UUID | None = None
    reference: str | None = None
    unit: Unit = Unit.PIECE
    currency: str = "CNY"
    region_code: str = ""
    lead_days: int = 0
    mixes: bool = False
    pictures: Sequence[PictureSheet] | None = None


def save_product(
    *, merchant_id: UUID, sheet: ProductSheet, product_id: UUID | None = None, version: int | None = None
) -> Product:
    """Write a sheet over a product, or as a new draft.

    `version` is the one the writer has seen. Raises ProductInvalid with `errors` by field, StaleDataError when somebody was
    faster, NotInThisState when the category of a product that is shown or judged would change.
    """
    product = queries.get(product_id, lock=True) if product_id else None
    if product is not None and version is not None and product.version != version:
        raise StaleDataError(f"product {product_id} is at {product.version}, not {version}")
    return write_sheet(merchant_id=merchant_id, sheet=sheet, product=product, schema=queries.schema_of(sheet.category_id))


def with_prices_of(*, sheet: ProductSheet, product: Product | None) -> ProductSheet:
    """The sheet with the prices that a product has (none if it is new): for those who may change everything but prices (RO2)."""
    old = sheet_of(product=product) if product is not None else None
    by_id = {variant.id: variant.tiers for variant in old.variants} if old else {}
    by_sku = {variant.sku: variant.tiers for variant in old.variants} if old else {}
    rows = [replace(row, tiers=by_id.get(row.id) or by_sku.get(row.sku) or ()) for row in sheet.variants]
    return replace(sheet, tiers=old.tiers if old else (), variants=rows)


def check_sheet(*, sheet: ProductSheet, product: Product | None, schema: Sequence[AttributeField]) -> None:
    """Whether a sheet may be written over a product, or as a new one. Raises ProductInvalid, NotInThisState."""
    errors = sheet_errors(sheet=sheet, schema=schema)
    if errors:
        raise ProductInvalid(errors)
    if product is not None and product.category_id != sheet.category_id and product.state not in EDITABLE_CATEGORY:
        raise NotInThisState(state=product.state.label)


def write_sheet(
    *, merchant_id: UUID, sheet: ProductSheet, product: Product | None, schema: Sequence[AttributeField]
) -> Product:
    """The same for a product that is loaded with its parts already: an import writes hundreds in one unit of work.

    Nothing is written, and nothing announced, when the sheet says what the product says already.
    """
    check_sheet(sheet=sheet, product=product, schema=schema)
    if product is None:
        product = _new(merchant_id, sheet)
    elif product.state is ProductState.DELETED:
        # Whoever writes a sheet for it wants it again: a table with its SKU, too.
        product.bring_back(shut=queries.category(sheet.category_id).closed_at is not None)
    prices = _prices(product)
    _write_facts(product, sheet)
    _write_variants(product, sheet)
    _write_ladder(product, sheet)
    if sheet.pictures is not None:
        _write_pictures(product, sheet.pictures)
    if _is_changed(product):
        product.updated_at = clock.now()
        refresh_card(product)
        if product.published_at is not None:
            _record_prices(product, prices)
            publish(ProductChanged(product_id=product.id, merchant_id=product.merchant_id))
    return product


def _prices(product: Product) -> dict[str, int]:
    """Its ladders in minor units: `10` from ten on, `SKU-1 · 10` of one variant alone."""
    skus = {variant.id: variant.sku for variant in product.variants}
    names = {tier: f"{skus[tier.variant_id]} · " if tier.variant_id else "" for tier in product.tiers}
    return {f"{name}{tier.from_quantity.normalize():f}": tier.price for tier, name in names.items()}


def _record_prices(product: Product, before: Mapping[str, int]) -> None:
    """Buyers have seen them: what they were stays known, and who changed them."""
    after = _prices(product)
    if after != before:
        facts = {"title": product.title, "currency": product.currency}
        subject = ("product", product.id)
        audit.record(
            "product.prices_changed", subject=subject, before=facts | {"prices": before}, after=facts | {"prices": after}
        )


def duplicate(*, product_id: UUID) -> Product:
    """A draft with everything of a product but its SKUs, which get a mark, and its history."""
    old = queries.get(product_id, lock=True)  # so that nobody throws its video away meanwhile
    mark = _code()[:4]
    sheet = sheet_of(product=old)
    variants = [VariantSheet(**{**vars(variant), "sku": f"{variant.sku}-{mark}", "id": None}) for variant in sheet.variants]
    pictures = [
        PictureSheet(**{**vars(picture), "sku": f"{picture.sku}-{mark}" if picture.sku else None})
        for picture in sheet.pictures or ()
    ]
    title = {code: _copied(code, text) for code, text in sheet.title.items()}
    fresh = {**vars(sheet), "variants": variants, "pictures": pictures, "reference": None, "title": title}
    copy = save_product(merchant_id=old.merchant_id, sheet=ProductSheet(**fresh))
    copy.video = old.video
    return copy


def _copied(language: str, title: str) -> str:
    """A copy's title, marked in the title's own language, with room for the mark."""
    with force_locale(language):
        return str(_("%(title)s (copy)", title=title[: LONGEST_TITLE - LONGEST_MARK]))


def sheet_of(*, product: Product) -> ProductSheet:
    """The sheet that would write this product as it is (its parts are loaded)."""
    skus = {variant.id: variant.sku for variant in product.variants}
    return ProductSheet(
        **{name: getattr(product, name) for name in FACTS},
        category_id=product.category_id,
        variants=[
            VariantSheet(
                id=variant.id,
                tiers=_rungs(product, variant.id),
                **{name: getattr(variant, name) for name in ("sku", "options", *VARIANT_FACTS)},
            )
            for variant in product.variants
            if variant.closed_at is None
        ],
        tiers=_rungs(product, None),
        pictures=[
            PictureSheet(
                key=picture.key,
                colour=picture.colour,
                width=picture.width,
                height=picture.height,
                alt=picture.alt,
                sku=skus.get(picture.variant_id) if picture.variant_id else None,
            )
            for picture in product.pictures
        ],
    )


FACTS = (
    "title",
    "description",
    "attributes",
    "axes",
    "brand_id",
    "reference",
    "unit",
    "currency",
    "region_code",
    "lead_days",
    "mixes",
)
VARIANT_FACTS = ("barcode", "weight_grams", "min_quantity", "max_quantity", "step")


def _rungs(product: Product, variant_id: UUID | None) -> list[TierSheet]:
    rungs = [tier for tier in product.tiers if tier.variant_id == variant_id]
    return [TierSheet(from_quantity=tier.from_quantity, price=tier.price) for tier in rungs]


def _new(merchant_id: UUID, sheet: ProductSheet) -> Product:
    product = Product(
        id=uuid7(), merchant_id=merchant_id, code=_code(), category_id=sheet.category_id, variants=[], tiers=[], pictures=[]
    )
    product.state, product.version = ProductState.DRAFT, 1
    db.session.add(product)
    return product


def _code() -> str:
    """A short public word: 10 of 32 letters, so that two never meet."""
    return "".join(secrets.choice(ALPHABET) for _letter in range(10))


def _write_facts(product: Product, sheet: ProductSheet) -> None:
    if product.category_id != sheet.category_id:
        product.category_id = sheet.category_id
        product.approved_at = None
    values = {name: getattr(sheet, name) for name in FACTS}
    values["title"] = {code: " ".join(text.split()) for code, text in sheet.title.items() if text.strip()}
    values["description"] = {code: rich.from_plain(text) for code, text in sheet.description.items() if text.strip()}
    values["attributes"], values["axes"] = dict(sheet.attributes), _with_swatches(sheet.axes, product.axes or [])
    _assign(product, values)


def _with_swatches(axes: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The axes with the colours that their values were shown in before: no form asks for them."""
    shown = {
        (axis["code"], value["value"]): value["hex"] for axis in known for value in axis.get("values", ()) if value.get("hex")
    }
    found = []
    for axis in axes:
        values = [
            {**value}
            if value.get("hex") or (axis["code"], value["value"]) not in shown
            else {**value, "hex": shown[axis["code"], value["value"]]}
            for value in axis.get("values", ())
        ]
        found.append({**axis, "values": values})
    return found


def _write_variants(product: Product, sheet: ProductSheet) -> None:
    by_sku = {variant.sku: variant for variant in product.variants}
    by_id = {variant.id: variant for variant in product.variants}
    kept = set()
    for position, entry in enumerate(sheet.variants):
        variant = (by_id.get(entry.id) if entry.id else None) or by_sku.get(entry.sku)
        if variant is None:
            variant = Variant(id=uuid7(), merchant_id=product.merchant_id, product_id=product.id)
            product.variants.append(variant)
        kept.add(variant.id)
        values = {name: getattr(entry, name) for name in VARIANT_FACTS}
        label = label_of(axes=sheet.axes, options=entry.options)
        _assign(variant, {**values, "sku": entry.sku, "position": position, "label": label, "closed_at": None})
        _assign(variant, {"options": dict(entry.options)})
    for variant in product.variants:
        if variant.id not in kept and variant.closed_at is None:
            variant.closed_at = clock.now()


def label_of(*, axes: Sequence[Mapping[str, Any]], options: Mapping[str, str]) -> dict[str, str]:
    """What a variant is called: the names of its options in the order of the axes."""
    label = {}
    for language in LANGUAGES:
        words = [_named(axis, options[axis["code"]], language) for axis in axes if options.get(axis["code"])]
        label[language] = " · ".join(words)
    return label if any(label.values()) else {}


def _named(axis: Mapping[str, Any], value: str, language: str) -> str:
    names = next((entry.get("names") or {} for entry in axis.get("values", ()) if entry["value"] == value), {})
    return str(names.get(language) or names.get(LANGUAGES[0]) or value)


def _write_ladder(product: Product, sheet: ProductSheet) -> None:
    skus = {variant.sku: variant.id for variant in product.variants}
    wanted: dict[tuple[UUID | None, Decimal], int] = {(None, tier.from_quantity): tier.price for tier in sheet.tiers}
    for entry in sheet.variants:
        wanted |= {(skus[entry.sku], tier.from_quantity): tier.price for tier in entry.tiers}
    for tier in list(product.tiers):
        price = wanted.pop((tier.variant_id, tier.from_quantity), None)
        if price is None:
            product.tiers.remove(tier)
        else:
            _assign(tier, {"price": price})
    for (variant_id, quantity), price in wanted.items():
        owner = {"merchant_id": product.merchant_id, "product_id": product.id, "variant_id": variant_id}
        product.tiers.append(PriceTier(id=uuid7(), from_quantity=quantity, price=price, **owner))


def _write_pictures(product: Product, pictures: Sequence[PictureSheet]) -> None:
    skus = {variant.sku: variant.id for variant in product.variants}
    present = {(picture.key, picture.variant_id): picture for picture in product.pictures}
    kept: list[Picture] = []
    for position, entry in enumerate(pictures):
        variant_id = skus.get(entry.sku) if entry.sku else None
        picture = present.pop((entry.key, variant_id), None)
        if picture is None:
            picture = Picture(id=uuid7(), merchant_id=product.merchant_id, product_id=product.id, variant_id=variant_id)
            picture.key = entry.key
        size = {"colour": entry.colour, "width": entry.width, "height": entry.height, "alt": dict(entry.alt)}
        _assign(picture, {**size, "position": position})
        kept.append(picture)
    if present or len(kept) != len(product.pictures):
        product.pictures = kept


def _assign(row: Any, values: Mapping[str, Any]) -> None:
    """Write only what differs, so that an unchanged row stays clean and makes no statement."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _is_changed(product: Product) -> bool:
    rows = (product, *product.variants, *product.tiers, *product.pictures)
    return any(inspect(row).transient or inspect(row).pending or inspect(row).modified for row in rows)
