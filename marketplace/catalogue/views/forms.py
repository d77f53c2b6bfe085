"""The editor's form: what was typed, kept as it was; and the sheet that it means, or what is wrong with it."""

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

from marketplace.catalogue.models import AttributeKind, Product, Unit
from marketplace.catalogue.rules import AttributeField, attribute_values
from marketplace.catalogue.services import ProductSheet, TierSheet, VariantSheet
from marketplace.catalogue.services.checking import sheet_errors
from marketplace.kernel import numbers
from marketplace.kernel.forms import Typed, plain, take
from marketplace.kernel.money import Money
from marketplace.kernel.texts import LANGUAGES
from tenants.regions import queries as regions

_: Callable[..., str] = gettext

FACTS = ("title-zh_Hans", "title-en", "description-zh_Hans", "description-en", "category", "brand", "reference", "unit")
MORE = ("lead_days", "mixes", "version", "video-gone", "region_province", "region_city", "region_district")
VARIANT_FIELDS = ("id", "sku", "options", "weight", "min", "max", "step", "prices")
NO_CATEGORY = UUID(int=0)
MOST_AXES = 3
MOST_ROWS = 200
ROW = re.compile(r"^(variants|tiers)-(\d{1,4})-")
TAG = re.compile(r"<([a-z0-9]+)")
PAIR = re.compile(r"\s*[|/｜]\s*")


@dataclass
class Filled:
    """A filled-in form: `typed` as text by field, rows of axes, rungs and variants, errors by field."""

    typed: Typed
    axes: list[Typed] = field(default_factory=list)
    tiers: list[dict[str, str]] = field(default_factory=list)
    variants: list[Typed] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    errors: Typed = field(default_factory=Typed)


def read(form: MultiDict[str, str], schema: Sequence[AttributeField]) -> Filled:
    """What was typed."""
    typed = take(form, *FACTS, *MORE, longest=60_000)
    filled = Filled(typed)
    filled.axes = [axis for n in range(MOST_AXES) if (axis := _axis(form, n))["zh_Hans"] or axis["values"]]
    for number in _numbers(form, "tiers"):
        rung = {part: plain(form.get(f"tiers-{number}-{part}", ""))[:20] for part in ("from", "price")}
        if any(rung.values()):
            filled.tiers.append(rung)
    for number in _numbers(form, "variants"):
        row = take(_part(form, f"variants-{number}-"), *VARIANT_FIELDS, "gone", longest=500)
        if not row.gone:
            filled.variants.append(row)
    given = {one.code: form.getlist(f"attr-{one.code}") for one in schema if f"attr-{one.code}" in form}
    given |= {one.code: ["0"] for one in schema if one.kind is AttributeKind.FLAG and f"attr-{one.code}" not in form}
    filled.attributes = attribute_values(schema, given)
    return filled


def show(product: Product) -> Filled:
    """A product as the form shows it."""
    typed = Typed(
        {f"title-{code}": product.title.get(code, "") for code in LANGUAGES}
        | {f"description-{code}": editable(product.description.get(code, "")) for code in LANGUAGES},
        category=product.category_id,
        brand=product.brand_id or "",
        reference=product.reference or "",
        unit=product.unit,
        lead_days=product.lead_days,
        mixes="1" if product.mixes else "",
        version=product.version,
    )
    for level, code in zip(("province", "city", "district"), regions.values(product.region_code), strict=True):
        typed[f"region_{level}"] = code
    filled = Filled(typed, attributes=dict(product.attributes))
    filled.axes = [_shown_axis(axis) for axis in product.axes]
    filled.tiers = [_rung(product, tier.from_quantity, tier.price) for tier in product.tiers if tier.variant_id is None]
    filled.variants = [_shown_variant(product, variant) for variant in product.variants if variant.closed_at is None]
    return filled


def forget_prices(filled: Filled, product: Product | None) -> None:
    """Take out what was typed as prices, and show what stands."""
    stands = show(product) if product is not None else None
    known = {str(row.id): row.prices for row in stands.variants} if stands else {}
    filled.tiers = stands.tiers if stands else []
    for row in filled.variants:
        row["prices"] = known.get(str(row.id), "")


def editable(markup: str) -> str:
    """A description as people type it: without tags when it has nothing but paragraphs and line breaks."""
    if set(TAG.findall(markup)) - {"p", "br"}:
        return markup
    parts = (html.unescape(part.replace("<br>", "\n").replace("<p>", "")).strip() for part in markup.split("</p>"))
    return "\n\n".join(part for part in parts if part)


def fresh(region_code: str = "") -> Filled:
    """An empty form: one variant, one rung."""
    filled = Filled(Typed(unit=Unit.PIECE, lead_days="0"))
    for level, code in zip(("province", "city", "district"), regions.values(region_code), strict=True):
        filled.typed[f"region_{level}"] = code
    filled.tiers = [{"from": "1", "price": ""}]
    filled.variants = [Typed(sku="", options="{}", min="1", step="1")]
    return filled


def generate(filled: Filled, schema: Sequence[AttributeField]) -> None:
    """Make a row for each combination of the axes' values; rows that are there keep what was typed into them."""
    axes = axes_of(filled, schema)
    known = {_options_key(row): row for row in filled.variants}
    first = filled.variants[0] if filled.variants else Typed(min="1", step="1")
    stem = filled.typed.reference or first.sku or ""
    rows: list[Typed] = []
    for chosen in combinations(*(axis["values"] for axis in axes)):
        options = {axis["code"]: value["value"] for axis, value in zip(axes, chosen, strict=True)}
        key = tuple(sorted(options.items()))
        row = known.get(key) or Typed({name: first[name] for name in ("weight", "min", "max", "step")})
        row["options"] = json.dumps(options, ensure_ascii=False)
        row["sku"] = row.sku or (f"{stem}-{len(rows) + 1:02}" if stem else "")
        rows.append(row)
    filled.variants = rows[:MOST_ROWS]


def sheet(filled: Filled, schema: Sequence[AttributeField], currency: str) -> ProductSheet | None:
    """The sheet that the form means; None, with all that is wrong in `errors`, when something cannot be read at all."""
    typed, errors = filled.typed, filled.errors
    category = as_uuid(typed.category)
    if category is None:
        errors["category"] = _("Choose a category.")
    lead = _whole(typed.lead_days or "0")
    if lead is None:
        errors["lead_days"] = _("Enter a number of days.")
    tiers = _tiers(filled.tiers, currency, errors)
    variants = [_variant(n, row, currency, errors) for n, row in enumerate(filled.variants)]
    meant = ProductSheet(
        category_id=category or NO_CATEGORY,
        title={code: typed[f"title-{code}"] for code in LANGUAGES},
        description={code: typed[f"description-{code}"] for code in LANGUAGES},
        attributes=filled.attributes,
        axes=axes_of(filled, schema),
        variants=variants,
        tiers=tiers,
        brand_id=as_uuid(typed.brand),
        reference=typed.reference or None,
        unit=Unit(typed.unit) if typed.unit in set(Unit) else Unit.PIECE,
        currency=currency,
        region_code=regions.chosen(typed.region_province, typed.region_city, typed.region_district),
        lead_days=lead or 0,
        mixes=bool(typed.mixes),
    )
    if not errors:
        return meant
    for name, said in sheet_errors(sheet=meant, schema=schema).items():
        if not name.startswith("tiers."):  # rungs that cannot be read are not in the sheet: its numbers are others
            errors.setdefault(name, said)
    return None


def axes_of(filled: Filled, schema: Sequence[AttributeField]) -> list[dict[str, Any]]:
    """The axes as they are kept; an axis that is called like an attribute of the category takes its code and its values."""
    axes = []
    for number, axis in enumerate(filled.axes):
        names = {"zh_Hans": axis["zh_Hans"], "en": axis["en"] or axis["zh_Hans"]}
        like = next((one for one in schema if {*one.names.values()} & {*names.values()}), None)
        lines = [line for line in axis["values"].splitlines() if line.strip()]
        values = [_value(line, like) for line in lines]
        unique = {value["value"]: value for value in values}
        axes.append({"code": like.code if like else f"option{number + 1}", "names": names, "values": list(unique.values())})
    return [axis for axis in axes if axis["values"]]


def _value(line: str, like: AttributeField | None) -> dict[str, Any]:
    parts = [part for part in PAIR.split(line.strip(), maxsplit=2) if part]
    if len(parts) == 3:
        return {"value": parts[0][:60], "names": {"zh_Hans": parts[1][:60], "en": parts[2][:60]}}
    names = {"zh_Hans": parts[0][:60], "en": parts[-1][:60]}
    option = next((one for one in (like.options if like else ()) if {*one.names.values(), one.value} & {*parts}), None)
    if option is not None:
        return {"value": option.value, "names": dict(option.names)}
    return {"value": parts[0][:60], "names": names}


def _axis(form: Mapping[str, str], number: int) -> Typed:
    return take(_part(form, f"axes-{number}-"), "zh_Hans", "en", "values", longest=4000)


def _shown_axis(axis: Mapping[str, Any]) -> Typed:
    lines = []
    for value in axis["values"]:
        names = [value["names"].get(code, "") for code in LANGUAGES]
        own = value["value"] != names[0]
        lines.append(" / ".join([value["value"], *names] if own else dict.fromkeys(names)))
    return Typed({code: axis["names"].get(code, "") for code in LANGUAGES}, values="\n".join(lines))


def _shown_variant(product: Product, variant: Any) -> Typed:
    own = [tier for tier in product.tiers if tier.variant_id == variant.id]
    rungs = [_rung(product, tier.from_quantity, tier.price) for tier in own]
    return Typed(
        id=variant.id,
        sku=variant.sku,
        options=json.dumps(variant.options, ensure_ascii=False),
        weight=variant.weight_grams or "",
        min=shown(variant.min_quantity),
        max="" if variant.max_quantity is None else shown(variant.max_quantity),
        step=shown(variant.step),
        prices="; ".join(f"{rung['from']}: {rung['price']}" for rung in rungs),
    )


def _rung(product: Product, quantity: Decimal, price: int) -> dict[str, str]:
    return {"from": shown(quantity), "price": str(Money(price, product.currency).amount)}


def shown(quantity: Decimal) -> str:
    """A quantity as people type it."""
    return f"{quantity.normalize():f}"


def _variant(number: int, row: Typed, currency: str, errors: Typed) -> VariantSheet:
    place = f"variants.{number}"
    values: dict[str, Any] = {}
    for name, target in (("min", "min_quantity"), ("step", "step"), ("max", "max_quantity")):
        if not row[name]:
            continue
        quantity = _decimal(row[name])
        if quantity is None:
            errors[f"{place}.{target}"] = _("Enter a number.")
        else:
            values[target] = quantity
    weight = _whole(str(row.weight or "0"))
    if weight is None:
        errors[f"{place}.weight_grams"] = _("Enter a weight in grams.")
    return VariantSheet(
        id=as_uuid(row.id),
        sku=row.sku,
        options=_options(row),
        weight_grams=weight or 0,
        tiers=_own_tiers(row.prices, values.get("min_quantity", Decimal(1)), currency, errors, place),
        **values,
    )


def _own_tiers(text: str, smallest: Decimal, currency: str, errors: Typed, place: str) -> list[TierSheet]:
    """`18.50`, or several rungs: `1: 18.50; 100: 16.50`."""
    tiers = []
    for part in re.split(r"[;；\n]", text or ""):
        if not part.strip():
            continue
        quantity, _colon, price = part.rpartition(":") if ":" in part else part.replace("：", ":").rpartition(":")
        amount = _decimal(quantity) if quantity.strip() else smallest
        try:
            minor = Money.parse(price, currency).minor
        except ValueError:
            minor = 0
        if amount is None or amount <= 0 or minor <= 0:
            errors[f"{place}.tiers"] = _("Write a price, or steps such as “1: 18.50; 100: 16.50”.")
            return []
        tiers.append(TierSheet(from_quantity=amount, price=minor))
    return tiers


def _tiers(rungs: Sequence[Mapping[str, str]], currency: str, errors: Typed) -> list[TierSheet]:
    tiers = []
    for number, rung in enumerate(rungs):
        if not rung["price"] and (len(rungs) > 1 or rung["from"] != "1"):
            errors[f"tiers.{number}.price"] = _("Enter a price such as 18.50.")
            continue
        quantity = _decimal(rung["from"] or "1")
        try:
            minor = Money.parse(rung["price"], currency).minor if rung["price"] else None
        except ValueError:
            errors[f"tiers.{number}.price"] = _("Enter a price such as 18.50.")
            continue
        if quantity is None:
            errors[f"tiers.{number}.from_quantity"] = _("Enter a number.")
        elif minor is not None:
            tiers.append(TierSheet(from_quantity=quantity, price=minor))
    return tiers


def _options(row: Typed) -> dict[str, str]:
    try:
        found = json.loads(row.options or "{}")
    except ValueError:
        return {}
    return {str(code)[:40]: str(value)[:60] for code, value in found.items()} if isinstance(found, dict) else {}


def _options_key(row: Typed) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(_options(row).items()))


def _part(form: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in form.items() if name.startswith(prefix)}


def _numbers(form: Mapping[str, str], group: str) -> list[int]:
    found = {int(match[2]) for name in form if (match := ROW.match(name)) and match[1] == group}
    return sorted(found)[:MOST_ROWS]


def _decimal(text: str) -> Decimal | None:
    try:
        number = numbers.read(str(text))
    except ValueError:
        return None
    return number if abs(number) < 10**12 else None


def _whole(text: str) -> int | None:
    number = _decimal(text)
    return int(number) if number is not None and number == number.to_integral_value() else None


def as_uuid(text: Any) -> UUID | None:
    """The id that a text names, or None."""
    try:
        return UUID(str(text))
    except ValueError:
        return None
