"""The filters beside a shelf, the chips above it, the orders to choose from: built from the engine's counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from marketplace.catalogue.models import AttributeKind
from marketplace.catalogue.rules.attributes import AttributeField, spoken
from marketplace.kernel.texts import pick
from marketplace.kernel.words import number
from marketplace.showroom import queries, swatches
from marketplace.showroom.rules import SORTS, VIEWS, Browse
from marketplace.showroom.swatches import Option
from search import Found, Sort
from tenants.merchants.models import MerchantKind
from tenants.regions import queries as regions

CITY = 4
"""So many digits of a region's code name a city."""


def groups(wish: Browse, found: Found, facets: Sequence[AttributeField]) -> list[dict[str, Any]]:
    """The filter groups, those with something to choose: attributes of the category first."""
    made = [_attribute_group(wish, found, field) for field in facets]
    made.append(_range_group(wish, "price", _("Price"), _("yuan per unit")))
    if not wish.category:
        made.insert(0, _list_group(wish, found, "category", _("Category")))
    if wish.by_brand:
        made.append(_list_group(wish, found, "brand", _("Brand")))
    made.append(_list_group(wish, found, "region", _("Comes from")))
    made.append(_list_group(wish, found, "kind", _("Kind of merchant")))
    made.append(_list_group(wish, found, "stock", _("Stock")))
    return [group for group in made if group["kind"] == "range" or group["options"]]


def chips(wish: Browse, facets: Sequence[AttributeField]) -> list[dict[str, str]]:
    """What is switched on, each with the address without it."""
    fields = {field.code: field for field in facets}
    made = [
        {"label": label(name, value, fields.get(name)), "url": wish.without(name, value)}
        for name, values in wish.chosen.items()
        for value in values
    ]
    for name, (low, high) in wish.ranges.items():
        title = pick(fields[name].names) if name in fields else _("Price")
        span = f"{number(low) if low is not None else ''}–{number(high) if high is not None else ''}"
        made.append({"label": f"{title} {span}", "url": wish.without(name)})
    return made


def sorts(wish: Browse) -> list[dict[str, Any]]:
    """The orders to choose from."""
    names = {
        Sort.RELEVANCE: _("Best match"),
        Sort.SALES: _("Best selling"),
        Sort.PRICE_UP: _("Price, low to high"),
        Sort.PRICE_DOWN: _("Price, high to low"),
        Sort.NEWEST: _("Newest"),
    }
    offered = SORTS if wish.text else SORTS[1:]
    return [{"label": names[sort], "url": wish.address(sort=sort), "current": sort is wish.order} for sort in offered]


def views(wish: Browse) -> list[dict[str, Any]]:
    """Pictures, or a table of what the goods are."""
    names = {"tiles": (_("Pictures"), "grid"), "table": (_("Specification table"), "table")}
    return [
        {
            "label": names[view][0],
            "icon": names[view][1],
            "url": wish.address(view=view, page=wish.page),
            "current": view == wish.view,
        }
        for view in VIEWS
    ]


def label(name: str, value: str, field: AttributeField | None = None) -> str:
    """What a choice is called."""
    if field is not None:
        return spoken(field, value == "yes" if field.kind is AttributeKind.FLAG else [value] if _many(field) else value)
    if name == "category":
        row = queries.by_slug().get(value)
        return pick(row.names) if row else value
    if name == "brand":
        return pick(queries.brand_names().get(value, {})) or value
    if name == "region":
        return regions.short_name(value) or value
    if name == "kind":
        return str(MerchantKind(value).label) if value in set(MerchantKind) else value
    return str(_("In stock") if value == "in" else _("Made to order"))


def _many(field: AttributeField) -> bool:
    return field.kind is AttributeKind.CHOICES


def _attribute_group(wish: Browse, found: Found, field: AttributeField) -> dict[str, Any]:
    if field.kind is AttributeKind.NUMBER:
        return _range_group(wish, field.code, pick(field.names), field.unit)
    return _list_group(wish, found, field.code, pick(field.names), field)


def _range_group(wish: Browse, name: str, title: str, unit: str) -> dict[str, Any]:
    low, high = wish.ranges.get(name, (None, None))
    return {
        "name": name,
        "label": title,
        "kind": "range",
        "unit": unit,
        "low": "" if low is None else format(low.normalize(), "f"),
        "high": "" if high is None else format(high.normalize(), "f"),
        "open": name == "price" or name in wish.ranges,
    }


def _list_group(wish: Browse, found: Found, name: str, title: str, field: AttributeField | None = None) -> dict[str, Any]:
    on = wish.chosen.get(name, ())
    counted = {one.value: one.count for one in found.facets.get(name, ())}
    values = [*counted, *(value for value in on if value not in counted)]
    values = [value for value in values if value in on or _shown(name, value, field)]
    options = [Option(value, label(name, value, field), counted.get(value, 0), value in on) for value in values]
    group = {"name": name, "label": title, "kind": "list", "options": options, "open": True}
    return swatches.painted(group) if field is not None else group


def _shown(name: str, value: str, field: AttributeField | None) -> bool:
    """Which of the counted values one can choose: cities of the regions, the top of the tree, what the schema lists."""
    if field is not None:
        return field.kind is AttributeKind.FLAG or value in field.values
    if name == "category":
        row = queries.by_slug().get(value)
        return row is not None and row.depth == 0
    if name == "brand":
        return value in queries.brand_names()
    return len(value) == CITY if name == "region" else True
