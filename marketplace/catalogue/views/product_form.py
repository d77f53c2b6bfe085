"""The product editor's form: the input as typed, and its conversion to a ProductInput or to errors."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product as combinations
from typing import Any
from uuid import UUID

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from marketplace.catalogue.inputs import ProductInput, TierInput, VariantInput
from marketplace.catalogue.models import AttributeType, Product, Unit
from marketplace.catalogue.rules import AttributeField, parse_attribute_values
from marketplace.catalogue.services.validation import validate_product_input
from marketplace.kernel import numbers
from marketplace.kernel.form_input import FormData, clean_fields, normalize_text
from marketplace.kernel.localized_text import LANGUAGES
from marketplace.kernel.money import Money
from tenants.regions import queries as regions

_: Callable[..., str] = gettext

PRODUCT_FIELDS = (
    "title-zh_Hans",
    "title-en",
    "description-zh_Hans",
    "description-en",
    "category",
    "brand",
    "reference",
    "unit",
)
EXTRA_FIELDS = ("lead_days", "mix_variants", "version", "video-gone", "region_province", "region_city", "region_district")
VARIANT_FIELDS = ("id", "sku", "options", "weight", "min", "max", "step", "prices")
NO_CATEGORY = UUID(int=0)
MAX_AXES = 3
MAX_ROWS = 200
ROW_RE = re.compile(r"^(variants|tiers)-(\d{1,4})-")
TAG_RE = re.compile(r"<([a-z0-9]+)")
SEPARATOR_RE = re.compile(r"\s*[|/｜]\s*")


@dataclass
class ProductForm:
    """A filled-in form: `typed` as text by field, rows of axes, tiers and variants, errors by field."""

    typed: FormData
    axes: list[FormData] = field(default_factory=list)
    tiers: list[dict[str, str]] = field(default_factory=list)
    variants: list[FormData] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    errors: FormData = field(default_factory=FormData)


def parse_form(form: MultiDict[str, str], schema: Sequence[AttributeField]) -> ProductForm:
    """Parse the submitted form."""
    typed = clean_fields(form, *PRODUCT_FIELDS, *EXTRA_FIELDS, max_length=60_000)
    product_form = ProductForm(typed)
    product_form.axes = [axis for n in range(MAX_AXES) if (axis := _parse_axis_row(form, n))["zh_Hans"] or axis["values"]]
    for number in _row_numbers(form, "tiers"):
        tier = {part: normalize_text(form.get(f"tiers-{number}-{part}", ""))[:20] for part in ("from", "price")}
        if any(tier.values()):
            product_form.tiers.append(tier)
    for number in _row_numbers(form, "variants"):
        row = clean_fields(_fields_with_prefix(form, f"variants-{number}-"), *VARIANT_FIELDS, "gone", max_length=500)
        if not row.gone:
            product_form.variants.append(row)
    raw_values = {
        attribute.code: form.getlist(f"attr-{attribute.code}") for attribute in schema if f"attr-{attribute.code}" in form
    }
    raw_values |= {
        attribute.code: ["0"]
        for attribute in schema
        if attribute.kind is AttributeType.FLAG and f"attr-{attribute.code}" not in form
    }
    product_form.attributes = parse_attribute_values(schema, raw_values)
    return product_form


def form_of_product(product: Product) -> ProductForm:
    """Return the form filled from a product."""
    typed = FormData(
        {f"title-{code}": product.title.get(code, "") for code in LANGUAGES}
        | {f"description-{code}": html_to_text(product.description.get(code, "")) for code in LANGUAGES},
        category=product.category_id,
        brand=product.brand_id or "",
        reference=product.reference or "",
        unit=product.unit,
        lead_days=product.lead_days,
        mix_variants="1" if product.mix_variants else "",
        version=product.version,
    )
    for level, code in zip(("province", "city", "district"), regions.select_values(product.region_code), strict=True):
        typed[f"region_{level}"] = code
    product_form = ProductForm(typed, attributes=dict(product.attributes))
    product_form.axes = [_axis_row(axis) for axis in product.axes]
    product_form.tiers = [
        _tier_row(product, tier.from_quantity, tier.price) for tier in product.tiers if tier.variant_id is None
    ]
    product_form.variants = [_variant_row(product, variant) for variant in product.variants if variant.closed_at is None]
    return product_form


def reset_prices(product_form: ProductForm, product: Product | None) -> None:
    """Replace the typed prices with the stored ones."""
    current = form_of_product(product) if product is not None else None
    known_prices = {str(row.id): row.prices for row in current.variants} if current else {}
    product_form.tiers = current.tiers if current else []
    for row in product_form.variants:
        row["prices"] = known_prices.get(str(row.id), "")


def html_to_text(markup: str) -> str:
    """Return a description as plain text if its markup has only paragraphs and line breaks."""
    if set(TAG_RE.findall(markup)) - {"p", "br"}:
        return markup
    parts = (html.unescape(part.replace("<br>", "\n").replace("<p>", "")).strip() for part in markup.split("</p>"))
    return "\n\n".join(part for part in parts if part)


def blank_form(region_code: str = "") -> ProductForm:
    """Return an empty form with one variant and one tier."""
    product_form = ProductForm(FormData(unit=Unit.PIECE, lead_days="0"))
    for level, code in zip(("province", "city", "district"), regions.select_values(region_code), strict=True):
        product_form.typed[f"region_{level}"] = code
    product_form.tiers = [{"from": "1", "price": ""}]
    product_form.variants = [FormData(sku="", options="{}", min="1", step="1")]
    return product_form


def generate_variants(product_form: ProductForm, schema: Sequence[AttributeField]) -> None:
    """Create a row for each combination of the axes' values; existing rows keep their input."""
    axes = parse_axes(product_form, schema)
    known_rows = {_options_key(row): row for row in product_form.variants}
    first = product_form.variants[0] if product_form.variants else FormData(min="1", step="1")
    sku_prefix = product_form.typed.reference or first.sku or ""
    rows: list[FormData] = []
    for chosen in combinations(*(axis["values"] for axis in axes)):
        options = {axis["code"]: value["value"] for axis, value in zip(axes, chosen, strict=True)}
        key = tuple(sorted(options.items()))
        row = known_rows.get(key) or FormData({name: first[name] for name in ("weight", "min", "max", "step")})
        row["options"] = json.dumps(options, ensure_ascii=False)
        row["sku"] = row.sku or (f"{sku_prefix}-{len(rows) + 1:02}" if sku_prefix else "")
        rows.append(row)
    product_form.variants = rows[:MAX_ROWS]


def to_product_input(product_form: ProductForm, schema: Sequence[AttributeField], currency: str) -> ProductInput | None:
    """Convert the form to a ProductInput; return None if something cannot be parsed, with all `errors` set."""
    typed, errors = product_form.typed, product_form.errors
    category = as_uuid(typed.category)
    if category is None:
        errors["category"] = _("Choose a category.")
    lead_days = _parse_int(typed.lead_days or "0")
    if lead_days is None:
        errors["lead_days"] = _("Enter a number of days.")
    tiers = _parse_tiers(product_form.tiers, currency, errors)
    variants = [_parse_variant(n, row, currency, errors) for n, row in enumerate(product_form.variants)]
    data = ProductInput(
        category_id=category or NO_CATEGORY,
        title={code: typed[f"title-{code}"] for code in LANGUAGES},
        description={code: typed[f"description-{code}"] for code in LANGUAGES},
        attributes=product_form.attributes,
        axes=parse_axes(product_form, schema),
        variants=variants,
        tiers=tiers,
        brand_id=as_uuid(typed.brand),
        reference=typed.reference or None,
        unit=Unit(typed.unit) if typed.unit in set(Unit) else Unit.PIECE,
        currency=currency,
        region_code=regions.parse_selects(typed.region_province, typed.region_city, typed.region_district),
        lead_days=lead_days or 0,
        mix_variants=bool(typed.mix_variants),
    )
    if not errors:
        return data
    for name, message in validate_product_input(data=data, schema=schema).items():
        if not name.startswith("tiers."):  # unparsable tiers are not in the input, so the row numbers differ
            errors.setdefault(name, message)
    return None


def parse_axes(product_form: ProductForm, schema: Sequence[AttributeField]) -> list[dict[str, Any]]:
    """Return the axes as stored; an axis named like an attribute of the category takes its code and values."""
    axes = []
    for number, axis in enumerate(product_form.axes):
        names = {"zh_Hans": axis["zh_Hans"], "en": axis["en"] or axis["zh_Hans"]}
        attribute = next((field for field in schema if {*field.names.values()} & {*names.values()}), None)
        lines = [line for line in axis["values"].splitlines() if line.strip()]
        values = [_parse_axis_value(line, attribute) for line in lines]
        unique = {value["value"]: value for value in values}
        axes.append(
            {"code": attribute.code if attribute else f"option{number + 1}", "names": names, "values": list(unique.values())}
        )
    return [axis for axis in axes if axis["values"]]


def _parse_axis_value(line: str, attribute: AttributeField | None) -> dict[str, Any]:
    parts = [part for part in SEPARATOR_RE.split(line.strip(), maxsplit=2) if part]
    if len(parts) == 3:
        return {"value": parts[0][:60], "names": {"zh_Hans": parts[1][:60], "en": parts[2][:60]}}
    names = {"zh_Hans": parts[0][:60], "en": parts[-1][:60]}
    option = next(
        (
            candidate
            for candidate in (attribute.options if attribute else ())
            if {*candidate.names.values(), candidate.value} & {*parts}
        ),
        None,
    )
    if option is not None:
        return {"value": option.value, "names": dict(option.names)}
    return {"value": parts[0][:60], "names": names}


def _parse_axis_row(form: Mapping[str, str], number: int) -> FormData:
    return clean_fields(_fields_with_prefix(form, f"axes-{number}-"), "zh_Hans", "en", "values", max_length=4000)


def _axis_row(axis: Mapping[str, Any]) -> FormData:
    lines = []
    for value in axis["values"]:
        names = [value["names"].get(code, "") for code in LANGUAGES]
        has_own_code = value["value"] != names[0]
        lines.append(" / ".join([value["value"], *names] if has_own_code else dict.fromkeys(names)))
    return FormData({code: axis["names"].get(code, "") for code in LANGUAGES}, values="\n".join(lines))


def _variant_row(product: Product, variant: Any) -> FormData:
    own_tiers = [tier for tier in product.tiers if tier.variant_id == variant.id]
    tier_rows = [_tier_row(product, tier.from_quantity, tier.price) for tier in own_tiers]
    return FormData(
        id=variant.id,
        sku=variant.sku,
        options=json.dumps(variant.options, ensure_ascii=False),
        weight=variant.weight_grams or "",
        min=format_quantity(variant.min_quantity),
        max="" if variant.max_quantity is None else format_quantity(variant.max_quantity),
        step=format_quantity(variant.step),
        prices="; ".join(f"{tier['from']}: {tier['price']}" for tier in tier_rows),
    )


def _tier_row(product: Product, quantity: Decimal, price: int) -> dict[str, str]:
    return {"from": format_quantity(quantity), "price": str(Money(price, product.currency).amount)}


def format_quantity(quantity: Decimal) -> str:
    """Return a quantity as shown in an input."""
    return f"{quantity.normalize():f}"


def _parse_variant(number: int, row: FormData, currency: str, errors: FormData) -> VariantInput:
    field_name = f"variants.{number}"
    values: dict[str, Any] = {}
    for name, target in (("min", "min_quantity"), ("step", "step"), ("max", "max_quantity")):
        if not row[name]:
            continue
        quantity = _parse_decimal(row[name])
        if quantity is None:
            errors[f"{field_name}.{target}"] = _("Enter a number.")
        else:
            values[target] = quantity
    weight = _parse_int(str(row.weight or "0"))
    if weight is None:
        errors[f"{field_name}.weight_grams"] = _("Enter a weight in grams.")
    return VariantInput(
        id=as_uuid(row.id),
        sku=row.sku,
        options=_parse_options(row),
        weight_grams=weight or 0,
        tiers=_parse_variant_tiers(row.prices, values.get("min_quantity", Decimal(1)), currency, errors, field_name),
        **values,
    )


def _parse_variant_tiers(text: str, min_quantity: Decimal, currency: str, errors: FormData, field_name: str) -> list[TierInput]:
    """Parse `18.50`, or several tiers: `1: 18.50; 100: 16.50`."""
    tiers = []
    for part in re.split(r"[;；\n]", text or ""):
        if not part.strip():
            continue
        quantity, _colon, price = part.rpartition(":") if ":" in part else part.replace("：", ":").rpartition(":")
        amount = _parse_decimal(quantity) if quantity.strip() else min_quantity
        try:
            minor = Money.parse(price, currency).minor
        except ValueError:
            minor = 0
        if amount is None or amount <= 0 or minor <= 0:
            errors[f"{field_name}.tiers"] = _("Write a price, or steps such as “1: 18.50; 100: 16.50”.")
            return []
        tiers.append(TierInput(from_quantity=amount, price=minor))
    return tiers


def _parse_tiers(tier_rows: Sequence[Mapping[str, str]], currency: str, errors: FormData) -> list[TierInput]:
    tiers = []
    for number, tier in enumerate(tier_rows):
        if not tier["price"] and (len(tier_rows) > 1 or tier["from"] != "1"):
            errors[f"tiers.{number}.price"] = _("Enter a price such as 18.50.")
            continue
        quantity = _parse_decimal(tier["from"] or "1")
        try:
            minor = Money.parse(tier["price"], currency).minor if tier["price"] else None
        except ValueError:
            errors[f"tiers.{number}.price"] = _("Enter a price such as 18.50.")
            continue
        if quantity is None:
            errors[f"tiers.{number}.from_quantity"] = _("Enter a number.")
        elif minor is not None:
            tiers.append(TierInput(from_quantity=quantity, price=minor))
    return tiers


def _parse_options(row: FormData) -> dict[str, str]:
    try:
        options = json.loads(row.options or "{}")
    except ValueError:
        return {}
    return {str(code)[:40]: str(value)[:60] for code, value in options.items()} if isinstance(options, dict) else {}


def _options_key(row: FormData) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(_parse_options(row).items()))


def _fields_with_prefix(form: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in form.items() if name.startswith(prefix)}


def _row_numbers(form: Mapping[str, str], group: str) -> list[int]:
    row_numbers = {int(match[2]) for name in form if (match := ROW_RE.match(name)) and match[1] == group}
    return sorted(row_numbers)[:MAX_ROWS]


def _parse_decimal(text: str) -> Decimal | None:
    try:
        number = numbers.parse_decimal(str(text))
    except ValueError:
        return None
    return number if abs(number) < 10**12 else None


def _parse_int(text: str) -> int | None:
    number = _parse_decimal(text)
    return int(number) if number is not None and number == number.to_integral_value() else None


def as_uuid(text: Any) -> UUID | None:
    """Parse an id; return None if it is invalid."""
    try:
        return UUID(str(text))
    except ValueError:
        return None
