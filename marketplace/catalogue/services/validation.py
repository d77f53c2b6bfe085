"""Validation of product input, by field, before anything is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from flask_babel import gettext as _

from marketplace.catalogue.inputs import ProductInput, TierInput, VariantInput
from marketplace.catalogue.rules import AttributeField, Tier, validate_attributes, validate_tiers
from marketplace.kernel.money import Money

MAX_TITLE_LENGTH = 200
MAX_DESCRIPTION_LENGTH = 40_000
MAX_VARIANTS = 200
MAX_TIERS = 10
MAX_QUANTITY = Decimal(10) ** 10
MAX_PRICE_MINOR = 10**13
SKU_RE = re.compile(r"^[\w.\-/+#]{1,80}$")
Errors = Iterator[tuple[str, str]]


def validate_product_input(*, data: ProductInput, schema: Sequence[AttributeField]) -> dict[str, str]:
    """Return one message per invalid field; empty if the product can be saved.

    Whether it is complete enough to be reviewed is checked by `rules.requirements`.
    """
    errors: dict[str, str] = {}
    for check in (_basic_errors, _variant_errors, _all_tier_errors):
        for name, message in check(data):
            errors.setdefault(name, message)
    for code, message in validate_attributes(schema, data.attributes).items():
        errors.setdefault(f"attributes.{code}", message)
    return errors


def _basic_errors(data: ProductInput) -> Errors:
    if not any(text.strip() for text in data.title.values()):
        yield "title", _("Give the product a name.")
    for code, text in data.title.items():
        if len(text) > MAX_TITLE_LENGTH:
            yield f"title.{code}", _("At most %(most)s characters.", most=MAX_TITLE_LENGTH)
    for code, text in data.description.items():
        if len(text) > MAX_DESCRIPTION_LENGTH:
            yield f"description.{code}", _("At most %(most)s characters.", most=MAX_DESCRIPTION_LENGTH)
    if not 0 <= data.lead_days <= 365:
        yield "lead_days", _("Between 0 and 365 days.")
    if data.reference and len(data.reference) > 80:
        yield "reference", _("At most %(most)s characters.", most=80)


def _variant_errors(data: ProductInput) -> Errors:
    if len(data.variants) > MAX_VARIANTS:
        yield "variants", _("At most %(most)s variants.", most=MAX_VARIANTS)
    skus = Counter(variant.sku for variant in data.variants)
    choices = Counter(tuple(sorted(variant.options.items())) for variant in data.variants)
    for number, variant in enumerate(data.variants):
        field = f"variants.{number}"
        if not variant.sku:
            yield f"{field}.sku", _("Please enter an SKU.")
        elif not SKU_RE.match(variant.sku):
            yield f"{field}.sku", _("Letters, digits and . - _ / + # only, 1 to 80 of them.")
        elif skus[variant.sku] > 1:
            yield f"{field}.sku", _("Two variants have this SKU.")
        if choices[tuple(sorted(variant.options.items()))] > 1:
            yield f"{field}.options", _("Two variants have the same options.")
        yield from _quantity_errors(field, variant)


def _quantity_errors(field: str, variant: VariantInput) -> Errors:
    for name in ("min_quantity", "step", "max_quantity"):
        value = getattr(variant, name)
        if value is not None and not (0 < value < MAX_QUANTITY and value == round(value, 3)):
            yield f"{field}.{name}", _("Enter a quantity greater than zero, with at most three decimals.")
            return
    if variant.max_quantity is not None and variant.max_quantity < variant.min_quantity:
        yield f"{field}.max_quantity", _("The largest order is smaller than the smallest.")
    if not 0 <= variant.weight_grams < 10**9:
        yield f"{field}.weight_grams", _("Enter a weight in grams.")


def _all_tier_errors(data: ProductInput) -> Errors:
    yield from _tier_errors("tiers", data.tiers, data.currency)
    for number, variant in enumerate(data.variants):
        yield from _tier_errors(f"variants.{number}.tiers", variant.tiers, data.currency)


def _tier_errors(field: str, tiers: Sequence[TierInput], currency: str) -> Errors:
    if len(tiers) > MAX_TIERS:
        yield field, _("At most %(most)s price steps.", most=MAX_TIERS)
    for number, tier in enumerate(tiers):
        if not (0 < tier.from_quantity < MAX_QUANTITY and tier.from_quantity == round(tier.from_quantity, 3)):
            yield f"{field}.{number}.from_quantity", _("Enter a quantity greater than zero, with at most three decimals.")
        if not 0 < tier.price < MAX_PRICE_MINOR:
            yield f"{field}.{number}.price", _("Enter a price greater than zero.")
    error = validate_tiers([Tier(tier.from_quantity, Money(tier.price, currency)) for tier in tiers])
    if error:
        yield field, error
