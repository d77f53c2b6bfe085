"""What is wrong with a product's sheet, by field, before anything is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from marketplace.catalogue.rules import AttributeField, Tier, attribute_errors, ladder_errors
from marketplace.kernel.money import Money

if TYPE_CHECKING:
    from marketplace.catalogue.services.saving import ProductSheet, TierSheet, VariantSheet

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 40_000
MOST_VARIANTS = 200
MOST_TIERS = 10
LARGEST = Decimal(10) ** 10
DEAREST = 10**13
SKU = re.compile(r"^[\w.\-/+#]{1,80}$")
Errors = Iterator[tuple[str, str]]


def sheet_errors(*, sheet: ProductSheet, schema: Sequence[AttributeField]) -> dict[str, str]:
    """One sentence for each field that cannot be kept as it is; nothing when the sheet may be written.

    Whether it is complete enough for the market is another question: `rules.standard`.
    """
    found: dict[str, str] = {}
    for check in (_basics, _variants, _ladders):
        for name, sentence in check(sheet):
            found.setdefault(name, sentence)
    for code, sentence in attribute_errors(schema, sheet.attributes).items():
        found.setdefault(f"attributes.{code}", sentence)
    return found


def _basics(sheet: ProductSheet) -> Errors:
    if not any(text.strip() for text in sheet.title.values()):
        yield "title", _("Give the product a name.")
    for code, text in sheet.title.items():
        if len(text) > LONGEST_TITLE:
            yield f"title.{code}", _("At most %(most)s characters.", most=LONGEST_TITLE)
    for code, text in sheet.description.items():
        if len(text) > LONGEST_DESCRIPTION:
            yield f"description.{code}", _("At most %(most)s characters.", most=LONGEST_DESCRIPTION)
    if not 0 <= sheet.lead_days <= 365:
        yield "lead_days", _("Between 0 and 365 days.")
    if sheet.reference and len(sheet.reference) > 80:
        yield "reference", _("At most %(most)s characters.", most=80)


def _variants(sheet: ProductSheet) -> Errors:
    if len(sheet.variants) > MOST_VARIANTS:
        yield "variants", _("At most %(most)s variants.", most=MOST_VARIANTS)
    skus = Counter(variant.sku for variant in sheet.variants)
    choices = Counter(tuple(sorted(variant.options.items())) for variant in sheet.variants)
    for number, variant in enumerate(sheet.variants):
        place = f"variants.{number}"
        if not variant.sku:
            yield f"{place}.sku", _("Please enter an SKU.")
        elif not SKU.match(variant.sku):
            yield f"{place}.sku", _("Letters, digits and . - _ / + # only, 1 to 80 of them.")
        elif skus[variant.sku] > 1:
            yield f"{place}.sku", _("Two variants have this SKU.")
        if choices[tuple(sorted(variant.options.items()))] > 1:
            yield f"{place}.options", _("Two variants have the same options.")
        yield from _quantities(place, variant)


def _quantities(place: str, variant: VariantSheet) -> Errors:
    for name in ("min_quantity", "step", "max_quantity"):
        value = getattr(variant, name)
        if value is not None and not (0 < value < LARGEST and value == round(value, 3)):
            yield f"{place}.{name}", _("Enter a quantity greater than zero, with at most three decimals.")
            return
    if variant.max_quantity is not None and variant.max_quantity < variant.min_quantity:
        yield f"{place}.max_quantity", _("The largest order is smaller than the smallest.")
    if not 0 <= variant.weight_grams < 10**9:
        yield f"{place}.weight_grams", _("Enter a weight in grams.")


def _ladders(sheet: ProductSheet) -> Errors:
    yield from _ladder("tiers", sheet.tiers, sheet.currency)
    for number, variant in enumerate(sheet.variants):
        yield from _ladder(f"variants.{number}.tiers", variant.tiers, sheet.currency)


def _ladder(place: str, tiers: Sequence[TierSheet], currency: str) -> Errors:
    if len(tiers) > MOST_TIERS:
        yield place, _("At most %(most)s price steps.", most=MOST_TIERS)
    for number, tier in enumerate(tiers):
        if not (0 < tier.from_quantity < LARGEST and tier.from_quantity == round(tier.from_quantity, 3)):
            yield f"{place}.{number}.from_quantity", _("Enter a quantity greater than zero, with at most three decimals.")
        if not 0 < tier.price < DEAREST:
            yield f"{place}.{number}.price", _("Enter a price greater than zero.")
    complaint = ladder_errors([Tier(tier.from_quantity, Money(tier.price, currency)) for tier in tiers])
    if complaint:
        yield place, complaint
