"""Saving of a product from one input object, filled in by the desk's editor, the import and the demo data.

Product maintenance (CA1).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from marketplace.catalogue import queries
from marketplace.catalogue.errors import ConcurrentProductEdit, InvalidProductTransition, ProductValidationError
from marketplace.catalogue.events import ProductChanged
from marketplace.catalogue.inputs import PictureInput, ProductInput, TierInput, VariantInput
from marketplace.catalogue.models import Picture, PriceTier, Product, ProductState, Variant
from marketplace.catalogue.rules import AttributeField
from marketplace.catalogue.services.denormalization import update_card_fields
from marketplace.catalogue.services.validation import MAX_TITLE_LENGTH, validate_product_input
from marketplace.kernel import audit, clock, sanitize
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.kernel.localized_text import LANGUAGES

CODE_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
MAX_COPY_SUFFIX_LENGTH = 10
CATEGORY_EDITABLE_STATES = frozenset({ProductState.DRAFT, ProductState.REJECTED, ProductState.OFF_SALE, ProductState.DELETED})


def save_product(
    *, merchant_id: UUID, data: ProductInput, product_id: UUID | None = None, version: int | None = None
) -> Product:
    """Update a product, or create a draft.

    `version` is the version that the editor has loaded. A caller that continues after an error runs this in a savepoint.

    Raises:
        ProductValidationError: The input is invalid, or another product has the same SKU or number; `errors` names the fields.
        ConcurrentProductEdit: The product was saved by another user meanwhile.
        InvalidProductTransition: The category of a product on sale or in review would change.
    """
    product = queries.get_product(product_id, lock=True) if product_id else None
    if product is not None and version is not None and product.version != version:
        raise ConcurrentProductEdit
    schema = queries.get_schema(data.category_id)
    try:
        saved = apply_product_input(merchant_id=merchant_id, data=data, product=product, schema=schema)
        db.session.flush()
    except StaleDataError as exc:
        raise ConcurrentProductEdit from exc
    except IntegrityError as exc:
        raise ProductValidationError(_unique_violation_errors(exc)) from exc
    return saved


def _unique_violation_errors(exc: IntegrityError) -> dict[str, str]:
    """Return the message for an SKU or product number that another product of the merchant has."""
    message = str(exc.orig)
    if "uq_variants_merchant_id_sku" in message:
        return {"variants": _("Another product of your shop has one of these SKUs already.")}
    if "uq_products_merchant_id_reference" in message:
        return {"reference": _("Another product of your shop has this number already.")}
    raise exc


def retain_existing_prices(*, data: ProductInput, product: Product | None) -> ProductInput:
    """Return the input with the product's present prices (none if it is new).

    For staff without the permission to edit prices (custom roles, RO2).
    """
    current = product_input_of(product=product) if product is not None else None
    by_id = {variant.id: variant.tiers for variant in current.variants} if current else {}
    by_sku = {variant.sku: variant.tiers for variant in current.variants} if current else {}
    variants = [
        replace(new_variant, tiers=by_id.get(new_variant.id) or by_sku.get(new_variant.sku) or ())
        for new_variant in data.variants
    ]
    return replace(data, tiers=current.tiers if current else (), variants=variants)


def ensure_valid_input(*, data: ProductInput, product: Product | None, schema: Sequence[AttributeField]) -> None:
    """Validate the input for a product, or for a new one.

    Raises:
        ProductValidationError: The input is invalid; `errors` names the fields.
        InvalidProductTransition: The category of a product on sale or in review would change.
    """
    errors = validate_product_input(data=data, schema=schema)
    if errors:
        raise ProductValidationError(errors)
    if product is not None and product.category_id != data.category_id and product.state not in CATEGORY_EDITABLE_STATES:
        raise InvalidProductTransition(state=product.state.label)


def apply_product_input(
    *, merchant_id: UUID, data: ProductInput, product: Product | None, schema: Sequence[AttributeField]
) -> Product:
    """Save the input to a product whose parts are loaded, or to a new draft.

    An import saves hundreds in one unit of work. An input without changes writes nothing and publishes no event.
    """
    ensure_valid_input(data=data, product=product, schema=schema)
    if product is None:
        product = _create_draft(merchant_id, data)
    elif product.state is ProductState.DELETED:
        # Saving a deleted product restores it; so does an import with its SKU.
        product.restore(category_closed=queries.get_category(data.category_id).closed_at is not None)
    prices_before = _price_snapshot(product)
    _apply_fields(product, data)
    _apply_variants(product, data)
    _apply_tiers(product, data)
    if data.pictures is not None:
        _apply_pictures(product, data.pictures)
    if _is_changed(product):
        product.updated_at = clock.now()
        update_card_fields(product)
        if product.published_at is not None:
            _audit_price_change(product, prices_before)
            publish(ProductChanged(product_id=product.id, merchant_id=product.merchant_id))
    return product


def _price_snapshot(product: Product) -> dict[str, int]:
    """Return the tiers in minor units by label: `10` for ten and more, `SKU-1 · 10` for one variant only."""
    skus = {variant.id: variant.sku for variant in product.variants}
    prefixes = {tier: f"{skus[tier.variant_id]} · " if tier.variant_id else "" for tier in product.tiers}
    return {f"{prefix}{tier.from_quantity.normalize():f}": tier.price for tier, prefix in prefixes.items()}


def _audit_price_change(product: Product, before: Mapping[str, int]) -> None:
    """Log changed prices of a published product, because buyers have seen the old ones."""
    after = _price_snapshot(product)
    if after != before:
        details = {"title": product.title, "currency": product.currency}
        subject = ("product", product.id)
        audit.record(
            "product.prices_changed", subject=subject, before=details | {"prices": before}, after=details | {"prices": after}
        )


def duplicate_product(*, product_id: UUID) -> Product:
    """Create a draft with all data of a product except its history; SKUs get a suffix."""
    original = queries.get_product(product_id, lock=True)  # so that its video is not deleted meanwhile
    suffix = _generate_code()[:4]
    data = product_input_of(product=original)
    variants = [VariantInput(**{**vars(variant), "sku": f"{variant.sku}-{suffix}", "id": None}) for variant in data.variants]
    pictures = [
        PictureInput(**{**vars(picture), "sku": f"{picture.sku}-{suffix}" if picture.sku else None})
        for picture in data.pictures or ()
    ]
    title = {code: _copy_title(code, text) for code, text in data.title.items()}
    values = {**vars(data), "variants": variants, "pictures": pictures, "reference": None, "title": title}
    copy = save_product(merchant_id=original.merchant_id, data=ProductInput(**values))
    copy.video = original.video
    return copy


def _copy_title(language: str, title: str) -> str:
    """Return the title of a copy with a suffix in the title's language, shortened to fit."""
    with force_locale(language):
        return str(_("%(title)s (copy)", title=title[: MAX_TITLE_LENGTH - MAX_COPY_SUFFIX_LENGTH]))


def product_input_of(*, product: Product) -> ProductInput:
    """Return the input that would save this product unchanged; its parts must be loaded."""
    skus = {variant.id: variant.sku for variant in product.variants}
    return ProductInput(
        **{name: getattr(product, name) for name in PRODUCT_FIELDS},
        category_id=product.category_id,
        variants=[
            VariantInput(
                id=variant.id,
                tiers=_tier_inputs(product, variant.id),
                **{name: getattr(variant, name) for name in ("sku", "options", *VARIANT_FIELDS)},
            )
            for variant in product.variants
            if variant.closed_at is None
        ],
        tiers=_tier_inputs(product, None),
        pictures=[
            PictureInput(
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


PRODUCT_FIELDS = (
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
    "mix_variants",
)
VARIANT_FIELDS = ("barcode", "weight_grams", "min_quantity", "max_quantity", "step")


def _tier_inputs(product: Product, variant_id: UUID | None) -> list[TierInput]:
    tiers = [tier for tier in product.tiers if tier.variant_id == variant_id]
    return [TierInput(from_quantity=tier.from_quantity, price=tier.price) for tier in tiers]


def _create_draft(merchant_id: UUID, data: ProductInput) -> Product:
    product = Product(
        id=uuid7(),
        merchant_id=merchant_id,
        code=_generate_code(),
        category_id=data.category_id,
        variants=[],
        tiers=[],
        pictures=[],
    )
    product.state, product.version = ProductState.DRAFT, 1
    db.session.add(product)
    return product


def _generate_code() -> str:
    """Return a random public code of 10 characters out of 32, so that collisions are negligible."""
    return "".join(secrets.choice(CODE_ALPHABET) for _i in range(10))


def _apply_fields(product: Product, data: ProductInput) -> None:
    if product.category_id != data.category_id:
        product.category_id = data.category_id
        product.approved_at = None
    values = {name: getattr(data, name) for name in PRODUCT_FIELDS}
    values["title"] = {code: " ".join(text.split()) for code, text in data.title.items() if text.strip()}
    values["description"] = {code: sanitize.text_to_html(text) for code, text in data.description.items() if text.strip()}
    values["attributes"], values["axes"] = dict(data.attributes), _with_swatches(data.axes, product.axes or [])
    _set_if_changed(product, values)


def _with_swatches(axes: Sequence[Mapping[str, Any]], current_axes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the axes with the stored colours of their values, which no form contains."""
    known_colours = {
        (axis["code"], value["value"]): value["hex"]
        for axis in current_axes
        for value in axis.get("values", ())
        if value.get("hex")
    }
    merged = []
    for axis in axes:
        values = [
            {**value}
            if value.get("hex") or (axis["code"], value["value"]) not in known_colours
            else {**value, "hex": known_colours[axis["code"], value["value"]]}
            for value in axis.get("values", ())
        ]
        merged.append({**axis, "values": values})
    return merged


def _apply_variants(product: Product, data: ProductInput) -> None:
    by_sku = {variant.sku: variant for variant in product.variants}
    by_id = {variant.id: variant for variant in product.variants}
    retained_ids = set()
    for position, entry in enumerate(data.variants):
        variant = (by_id.get(entry.id) if entry.id else None) or by_sku.get(entry.sku)
        if variant is None:
            variant = Variant(id=uuid7(), merchant_id=product.merchant_id, product_id=product.id)
            product.variants.append(variant)
        retained_ids.add(variant.id)
        values = {name: getattr(entry, name) for name in VARIANT_FIELDS}
        label = variant_label(axes=data.axes, options=entry.options)
        _set_if_changed(variant, {**values, "sku": entry.sku, "position": position, "label": label, "closed_at": None})
        _set_if_changed(variant, {"options": dict(entry.options)})
    for variant in product.variants:
        if variant.id not in retained_ids and variant.closed_at is None:
            variant.closed_at = clock.now()


def variant_label(*, axes: Sequence[Mapping[str, Any]], options: Mapping[str, str]) -> dict[str, str]:
    """Return the label of a variant: the names of its options in the order of the axes."""
    label = {}
    for language in LANGUAGES:
        names = [_option_name(axis, options[axis["code"]], language) for axis in axes if options.get(axis["code"])]
        label[language] = " · ".join(names)
    return label if any(label.values()) else {}


def _option_name(axis: Mapping[str, Any], value: str, language: str) -> str:
    names = next((entry.get("names") or {} for entry in axis.get("values", ()) if entry["value"] == value), {})
    return str(names.get(language) or names.get(LANGUAGES[0]) or value)


def _apply_tiers(product: Product, data: ProductInput) -> None:
    skus = {variant.sku: variant.id for variant in product.variants}
    prices: dict[tuple[UUID | None, Decimal], int] = {(None, tier.from_quantity): tier.price for tier in data.tiers}
    for entry in data.variants:
        prices |= {(skus[entry.sku], tier.from_quantity): tier.price for tier in entry.tiers}
    for tier in list(product.tiers):
        price = prices.pop((tier.variant_id, tier.from_quantity), None)
        if price is None:
            product.tiers.remove(tier)
        else:
            _set_if_changed(tier, {"price": price})
    for (variant_id, quantity), price in prices.items():
        owner = {"merchant_id": product.merchant_id, "product_id": product.id, "variant_id": variant_id}
        product.tiers.append(PriceTier(id=uuid7(), from_quantity=quantity, price=price, **owner))


def _apply_pictures(product: Product, pictures: Sequence[PictureInput]) -> None:
    skus = {variant.sku: variant.id for variant in product.variants}
    existing = {(picture.key, picture.variant_id): picture for picture in product.pictures}
    ordered: list[Picture] = []
    for position, entry in enumerate(pictures):
        variant_id = skus.get(entry.sku) if entry.sku else None
        picture = existing.pop((entry.key, variant_id), None)
        if picture is None:
            picture = Picture(id=uuid7(), merchant_id=product.merchant_id, product_id=product.id, variant_id=variant_id)
            picture.key = entry.key
        size = {"colour": entry.colour, "width": entry.width, "height": entry.height, "alt": dict(entry.alt)}
        _set_if_changed(picture, {**size, "position": position})
        ordered.append(picture)
    if existing or len(ordered) != len(product.pictures):
        product.pictures = ordered


def _set_if_changed(row: Any, values: Mapping[str, Any]) -> None:
    """Set only attributes that differ, so that an unchanged row stays clean and causes no statement."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _is_changed(product: Product) -> bool:
    rows = (product, *product.variants, *product.tiers, *product.pictures)
    return any(inspect(row).transient or inspect(row).pending or inspect(row).modified for row in rows)
