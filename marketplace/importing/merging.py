"""A table laid over a product that is there already: what no cell speaks of stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from marketplace.catalogue.models import Product
from marketplace.catalogue.rules.attributes import AttributeField
from marketplace.catalogue.services.saving import ProductSheet, TierSheet, VariantSheet, sheet_of
from marketplace.importing.columns import ATTRIBUTE
from marketplace.kernel import rich

LANGUAGES = {"zh_Hans": "zh", "en": "en"}
OPTIONS = frozenset({"option_1", "option_2"})
PRICES = frozenset({"price", "price_cents", "prices"})
STEPS = PRICES | {"price_2", "price_3"}
Filled = Mapping[str, AbstractSet[str]]
OF_VARIANTS = ("barcode", "weight_grams", "min_quantity", "max_quantity", "step")


def onto(*, sheet: ProductSheet, product: Product, filled: Filled, schema: Sequence[AttributeField]) -> ProductSheet:
    """The sheet of a table's rows, completed by what the product says of everything that no cell says.

    `filled` are the meanings of the cells that say something, by SKU; the first row speaks of the product, and any of its
    brand. `schema` are the questions of the sheet's category. Variants that no row names stay. A row of a product with more
    variants prices its own variant alone.
    """
    old = sheet_of(product=product)
    anywhere = frozenset().union(*filled.values())
    given = filled[sheet.variants[0].sku] | (anywhere & {"brand"})
    kept: dict[str, Any] = {name: getattr(old, name) for name in ("region_code", "mixes", "currency")}
    for name, target in (("brand_id", "brand"), ("reference", "reference"), ("unit", "unit"), ("lead_days", "lead_days")):
        if target not in given:
            kept[name] = getattr(old, name)
    axes: Sequence[Mapping[str, Any]] = old.axes
    if OPTIONS & anywhere and {axis["code"] for axis in old.axes} <= {axis["code"] for axis in sheet.axes}:
        axes, rows = _axes(sheet, old)
    else:
        said = {variant.sku: variant.options for variant in old.variants}
        rows = [replace(row, options=said.get(row.sku, row.options)) for row in sheet.variants]
    return replace(
        sheet,
        **kept,
        title=_texts(old.title, sheet.title, "title", given),
        description=_descriptions(old, sheet, given),
        attributes=_attributes(old, sheet, given, schema),
        axes=axes,
        **_variants(old, replace(sheet, variants=rows), filled),
    )


def _texts(old: Mapping[str, str], new: Mapping[str, str], stem: str, given: AbstractSet[str]) -> dict[str, str]:
    both = {code: new.get(code) if f"{stem}_{end}" in given else old.get(code) for code, end in LANGUAGES.items()}
    return {code: text for code, text in both.items() if text}


def _descriptions(old: ProductSheet, sheet: ProductSheet, given: AbstractSet[str]) -> dict[str, str]:
    """A description whose words are the same keeps its headings, lists and tables."""
    found = _texts(old.description, sheet.description, "description", given)
    same = {code for code, text in found.items() if rich.plain(old.description.get(code, "")) == " ".join(text.split())}
    return {code: old.description[code] if code in same else text for code, text in found.items()}


def _attributes(
    old: ProductSheet, sheet: ProductSheet, given: AbstractSet[str], schema: Sequence[AttributeField]
) -> dict[str, Any]:
    asked = {field.code for field in schema}
    kept = {code: value for code, value in old.attributes.items() if code in asked and ATTRIBUTE + code not in given}
    return {**kept, **sheet.attributes}


def _axes(sheet: ProductSheet, old: ProductSheet) -> tuple[list[dict[str, Any]], list[VariantSheet]]:
    """The axes with the values of both, and the rows with the values as the product calls them."""
    known = {axis["code"]: axis for axis in old.axes}
    words = {
        (code, word): value["value"]
        for code, axis in known.items()
        for value in axis.get("values", ())
        for word in (value["value"], *(value.get("names") or {}).values())
    }
    axes = []
    for axis in sheet.axes:
        there = known.get(axis["code"])
        new = [value for value in axis["values"] if (axis["code"], value["value"]) not in words]
        axes.append({**there, "values": [*there.get("values", ()), *new]} if there else dict(axis))
    said = {variant.sku: variant.options for variant in old.variants}
    rows = [
        replace(
            row,
            options={
                **said.get(row.sku, {}),
                **{code: words.get((code, value), value) for code, value in row.options.items()},
            },
        )
        for row in sheet.variants
    ]
    return axes, rows


def _variants(old: ProductSheet, sheet: ProductSheet, filled: Filled) -> dict[str, Any]:
    known = {variant.sku: variant for variant in old.variants}
    ladders = {row.sku: _ladder(row, sheet, old, known.get(row.sku), filled[row.sku]) for row in sheet.variants}
    named = known.keys() & ladders.keys()
    base = next(iter(ladders.values()), ()) if named == known.keys() else tuple(old.tiers)
    rows = {row.sku: _row(row, known.get(row.sku), filled[row.sku]) for row in sheet.variants}
    rows = {sku: replace(row, tiers=() if _same(ladders[sku], base) else ladders[sku]) for sku, row in rows.items()}
    order = [*known, *(sku for sku in rows if sku not in known)]
    return {"tiers": base, "variants": [rows.get(sku) or known[sku] for sku in order]}


def _row(row: VariantSheet, there: VariantSheet | None, given: AbstractSet[str]) -> VariantSheet:
    if there is None:
        return row
    return replace(row, **{name: getattr(there, name) for name in OF_VARIANTS if name not in given})


def _ladder(
    row: VariantSheet, sheet: ProductSheet, old: ProductSheet, there: VariantSheet | None, given: AbstractSet[str]
) -> Sequence[TierSheet]:
    """The price steps of a row. Those that no cell names stay; higher ones as long as they fit among those that are said."""
    before = sorted((there.tiers if there else ()) or old.tiers, key=lambda tier: tier.from_quantity)
    said = tuple(row.tiers or sheet.tiers)
    if not STEPS & given or not said:
        return tuple(before)
    if "prices" in given:
        return said
    named = dict(zip([1, *(rung for rung in (2, 3) if f"price_{rung}" in given)], said, strict=False))
    if not PRICES & given:
        named.pop(1)
    elif before and "min_quantity" not in given:
        named[1] = replace(named[1], from_quantity=before[0].from_quantity)
    kept = {rung: tier for rung, tier in enumerate(before, start=1) if rung not in named and _fits(rung, tier, named)}
    return tuple(tier for _rung, tier in sorted({**kept, **named}.items()))


def _fits(rung: int, tier: TierSheet, named: Mapping[int, TierSheet]) -> bool:
    """Whether a step that stays begins later than the lower ones that are said, and costs no more; the other way round too."""
    return rung == 1 or all(
        (tier.from_quantity > one.from_quantity and tier.price <= one.price)
        if number < rung
        else (tier.from_quantity < one.from_quantity and tier.price >= one.price)
        for number, one in named.items()
    )


def _same(one: Iterable[TierSheet], other: Iterable[TierSheet]) -> bool:
    return {(tier.from_quantity, tier.price) for tier in one} == {(tier.from_quantity, tier.price) for tier in other}
