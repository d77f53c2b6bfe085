"""Merging table rows into an existing product: what no cell sets stays unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from marketplace.catalogue.inputs import ProductInput, TierInput, VariantInput
from marketplace.catalogue.models import Product
from marketplace.catalogue.rules.attributes import AttributeField
from marketplace.catalogue.services.editing import product_input_of
from marketplace.kernel import sanitize
from marketplace.product_import.column_mapping import ATTRIBUTE_PREFIX

LANGUAGE_SUFFIXES = {"zh_Hans": "zh", "en": "en"}
OPTION_TARGETS = frozenset({"option_1", "option_2"})
BASE_PRICE_TARGETS = frozenset({"price", "price_cents", "prices"})
PRICE_TARGETS = BASE_PRICE_TARGETS | {"price_2", "price_3"}
FilledTargetsBySku = Mapping[str, AbstractSet[str]]
VARIANT_FIELDS = ("barcode", "weight_grams", "min_quantity", "max_quantity", "step")


def merge_into_product(
    *, product_input: ProductInput, product: Product, filled_by_sku: FilledTargetsBySku, schema: Sequence[AttributeField]
) -> ProductInput:
    """Return the input of a table's rows, completed from the product for everything that no cell sets.

    `filled_by_sku` are the targets of the filled cells; the first row sets the product's fields, any row its brand. `schema`
    are the attributes of the input's category. Variants without a row stay. A row of a product with several variants sets the
    price of its own variant alone.
    """
    current = product_input_of(product=product)
    all_filled_targets = frozenset().union(*filled_by_sku.values())
    filled_targets = filled_by_sku[product_input.variants[0].sku] | (all_filled_targets & {"brand"})
    unchanged: dict[str, Any] = {name: getattr(current, name) for name in ("region_code", "mix_variants", "currency")}
    for name, target in (("brand_id", "brand"), ("reference", "reference"), ("unit", "unit"), ("lead_days", "lead_days")):
        if target not in filled_targets:
            unchanged[name] = getattr(current, name)
    axes: Sequence[Mapping[str, Any]] = current.axes
    if OPTION_TARGETS & all_filled_targets and {axis["code"] for axis in current.axes} <= {
        axis["code"] for axis in product_input.axes
    }:
        axes, rows = _merge_axes(product_input, current)
    else:
        options_by_sku = {variant.sku: variant.options for variant in current.variants}
        rows = [replace(row, options=options_by_sku.get(row.sku, row.options)) for row in product_input.variants]
    return replace(
        product_input,
        **unchanged,
        title=_merge_texts(current.title, product_input.title, "title", filled_targets),
        description=_merge_descriptions(current, product_input, filled_targets),
        attributes=_merge_attributes(current, product_input, filled_targets, schema),
        axes=axes,
        **_merge_variants(current, replace(product_input, variants=rows), filled_by_sku),
    )


def _merge_texts(
    current: Mapping[str, str], new: Mapping[str, str], prefix: str, filled_targets: AbstractSet[str]
) -> dict[str, str]:
    by_language = {
        code: new.get(code) if f"{prefix}_{suffix}" in filled_targets else current.get(code)
        for code, suffix in LANGUAGE_SUFFIXES.items()
    }
    return {code: text for code, text in by_language.items() if text}


def _merge_descriptions(current: ProductInput, product_input: ProductInput, filled_targets: AbstractSet[str]) -> dict[str, str]:
    """Merge the descriptions; one whose text is the same keeps its headings, lists and tables."""
    merged = _merge_texts(current.description, product_input.description, "description", filled_targets)
    same_text_languages = {
        code
        for code, text in merged.items()
        if sanitize.strip_html(current.description.get(code, "")) == " ".join(text.split())
    }
    return {code: current.description[code] if code in same_text_languages else text for code, text in merged.items()}


def _merge_attributes(
    current: ProductInput, product_input: ProductInput, filled_targets: AbstractSet[str], schema: Sequence[AttributeField]
) -> dict[str, Any]:
    schema_codes = {field.code for field in schema}
    unchanged = {
        code: value
        for code, value in current.attributes.items()
        if code in schema_codes and ATTRIBUTE_PREFIX + code not in filled_targets
    }
    return {**unchanged, **product_input.attributes}


def _merge_axes(product_input: ProductInput, current: ProductInput) -> tuple[list[dict[str, Any]], list[VariantInput]]:
    """Return the axes with the values of both, and the rows with the values as the product names them."""
    current_axes = {axis["code"]: axis for axis in current.axes}
    values_by_name = {
        (code, name): value["value"]
        for code, axis in current_axes.items()
        for value in axis.get("values", ())
        for name in (value["value"], *(value.get("names") or {}).values())
    }
    axes = []
    for axis in product_input.axes:
        current_axis = current_axes.get(axis["code"])
        new_values = [value for value in axis["values"] if (axis["code"], value["value"]) not in values_by_name]
        axes.append({**current_axis, "values": [*current_axis.get("values", ()), *new_values]} if current_axis else dict(axis))
    options_by_sku = {variant.sku: variant.options for variant in current.variants}
    rows = [
        replace(
            row,
            options={
                **options_by_sku.get(row.sku, {}),
                **{code: values_by_name.get((code, value), value) for code, value in row.options.items()},
            },
        )
        for row in product_input.variants
    ]
    return axes, rows


def _merge_variants(current: ProductInput, product_input: ProductInput, filled_by_sku: FilledTargetsBySku) -> dict[str, Any]:
    current_variants = {variant.sku: variant for variant in current.variants}
    tiers_by_sku = {
        row.sku: _merge_tiers(row, product_input, current, current_variants.get(row.sku), filled_by_sku[row.sku])
        for row in product_input.variants
    }
    updated_skus = current_variants.keys() & tiers_by_sku.keys()
    base_tiers = next(iter(tiers_by_sku.values()), ()) if updated_skus == current_variants.keys() else tuple(current.tiers)
    rows = {
        row.sku: _merge_variant(row, current_variants.get(row.sku), filled_by_sku[row.sku]) for row in product_input.variants
    }
    rows = {
        sku: replace(row, tiers=() if _same_tiers(tiers_by_sku[sku], base_tiers) else tiers_by_sku[sku])
        for sku, row in rows.items()
    }
    sku_order = [*current_variants, *(sku for sku in rows if sku not in current_variants)]
    return {"tiers": base_tiers, "variants": [rows.get(sku) or current_variants[sku] for sku in sku_order]}


def _merge_variant(row: VariantInput, current_variant: VariantInput | None, filled_targets: AbstractSet[str]) -> VariantInput:
    if current_variant is None:
        return row
    return replace(row, **{name: getattr(current_variant, name) for name in VARIANT_FIELDS if name not in filled_targets})


def _merge_tiers(
    row: VariantInput,
    product_input: ProductInput,
    current: ProductInput,
    current_variant: VariantInput | None,
    filled_targets: AbstractSet[str],
) -> Sequence[TierInput]:
    """Return the price tiers of a row: new tiers, and current ones that no cell sets and that fit among the new ones."""
    current_tiers = sorted(
        (current_variant.tiers if current_variant else ()) or current.tiers, key=lambda tier: tier.from_quantity
    )
    row_tiers = tuple(row.tiers or product_input.tiers)
    if not PRICE_TARGETS & filled_targets or not row_tiers:
        return tuple(current_tiers)
    if "prices" in filled_targets:
        return row_tiers
    new_tiers = dict(zip([1, *(number for number in (2, 3) if f"price_{number}" in filled_targets)], row_tiers, strict=False))
    if not BASE_PRICE_TARGETS & filled_targets:
        new_tiers.pop(1)
    elif current_tiers and "min_quantity" not in filled_targets:
        new_tiers[1] = replace(new_tiers[1], from_quantity=current_tiers[0].from_quantity)
    unchanged = {
        number: tier
        for number, tier in enumerate(current_tiers, start=1)
        if number not in new_tiers and _tier_fits(number, tier, new_tiers)
    }
    return tuple(tier for _number, tier in sorted({**unchanged, **new_tiers}.items()))


def _tier_fits(number: int, tier: TierInput, new_tiers: Mapping[int, TierInput]) -> bool:
    """Return whether a current tier starts later than the lower new ones and costs no more; and conversely."""
    return number == 1 or all(
        (tier.from_quantity > other_tier.from_quantity and tier.price <= other_tier.price)
        if other_number < number
        else (tier.from_quantity < other_tier.from_quantity and tier.price >= other_tier.price)
        for other_number, other_tier in new_tiers.items()
    )


def _same_tiers(tiers: Iterable[TierInput], other_tiers: Iterable[TierInput]) -> bool:
    return {(tier.from_quantity, tier.price) for tier in tiers} == {(tier.from_quantity, tier.price) for tier in other_tiers}
