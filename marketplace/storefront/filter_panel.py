"""View models of a listing's controls: filter groups with counts, active filters, sort and view options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from marketplace.catalogue.models import AttributeType
from marketplace.catalogue.rules.attributes import AttributeField, format_attribute_value
from marketplace.kernel.formatting import format_number
from marketplace.kernel.localized_text import localize
from marketplace.storefront import queries, swatches
from marketplace.storefront.browse_criteria import SORTS, VIEWS, BrowseCriteria
from marketplace.storefront.swatches import FacetOption
from search import SearchResult, Sort
from tenants.merchants.models import MerchantKind
from tenants.regions import queries as regions

CITY_CODE_LENGTH = 4
"""Length of the region codes of cities."""


def filter_groups(criteria: BrowseCriteria, result: SearchResult, facets: Sequence[AttributeField]) -> list[dict[str, Any]]:
    """Return the filter groups that have options, the attributes of the category first."""
    all_groups = [_attribute_group(criteria, result, field) for field in facets]
    all_groups.append(_range_group(criteria, "price", _("Price"), _("yuan per unit")))
    if not criteria.category:
        all_groups.insert(0, _list_group(criteria, result, "category", _("Category")))
    if criteria.offers_brands:
        all_groups.append(_list_group(criteria, result, "brand", _("Brand")))
    all_groups.append(_list_group(criteria, result, "region", _("Comes from")))
    all_groups.append(_list_group(criteria, result, "kind", _("Kind of merchant")))
    all_groups.append(_list_group(criteria, result, "stock", _("Stock")))
    return [group for group in all_groups if group["kind"] == "range" or group["options"]]


def active_filters(criteria: BrowseCriteria, facets: Sequence[AttributeField]) -> list[dict[str, str]]:
    """Return the active filters, each with the URL that removes it."""
    fields = {field.code: field for field in facets}
    filters = [
        {"label": value_label(name, value, fields.get(name)), "url": criteria.query_string_without(name, value)}
        for name, values in criteria.chosen.items()
        for value in values
    ]
    for name, (low, high) in criteria.ranges.items():
        title = localize(fields[name].names) if name in fields else _("Price")
        range_text = f"{format_number(low) if low is not None else ''}–{format_number(high) if high is not None else ''}"
        filters.append({"label": f"{title} {range_text}", "url": criteria.query_string_without(name)})
    return filters


def sort_options(criteria: BrowseCriteria) -> list[dict[str, Any]]:
    """Return the sort options."""
    labels = {
        Sort.RELEVANCE: _("Best match"),
        Sort.SALES: _("Best selling"),
        Sort.PRICE_ASC: _("Price, low to high"),
        Sort.PRICE_DESC: _("Price, high to low"),
        Sort.NEWEST: _("Newest"),
    }
    offered = SORTS if criteria.text else SORTS[1:]
    return [
        {"label": labels[sort], "url": criteria.to_query_string(sort=sort), "current": sort is criteria.effective_sort}
        for sort in offered
    ]


def view_options(criteria: BrowseCriteria) -> list[dict[str, Any]]:
    """Return the view options: tiles or specification table."""
    labels = {"tiles": (_("Pictures"), "grid"), "table": (_("Specification table"), "table")}
    return [
        {
            "label": labels[view][0],
            "icon": labels[view][1],
            "url": criteria.to_query_string(view=view, page=criteria.page),
            "current": view == criteria.view,
        }
        for view in VIEWS
    ]


def value_label(name: str, value: str, field: AttributeField | None = None) -> str:
    """Return the label of a filter value."""
    if field is not None:
        return format_attribute_value(
            field, value == "yes" if field.kind is AttributeType.FLAG else [value] if _is_multi_choice(field) else value
        )
    if name == "category":
        category = queries.categories_by_slug().get(value)
        return localize(category.names) if category else value
    if name == "brand":
        return localize(queries.brand_names().get(value, {})) or value
    if name == "region":
        return regions.short_name(value) or value
    if name == "kind":
        return str(MerchantKind(value).label) if value in set(MerchantKind) else value
    return str(_("In stock") if value == "in" else _("Made to order"))


def _is_multi_choice(field: AttributeField) -> bool:
    return field.kind is AttributeType.CHOICES


def _attribute_group(criteria: BrowseCriteria, result: SearchResult, field: AttributeField) -> dict[str, Any]:
    if field.kind is AttributeType.NUMBER:
        return _range_group(criteria, field.code, localize(field.names), field.unit)
    return _list_group(criteria, result, field.code, localize(field.names), field)


def _range_group(criteria: BrowseCriteria, name: str, title: str, unit: str) -> dict[str, Any]:
    low, high = criteria.ranges.get(name, (None, None))
    return {
        "name": name,
        "label": title,
        "kind": "range",
        "unit": unit,
        "low": "" if low is None else format(low.normalize(), "f"),
        "high": "" if high is None else format(high.normalize(), "f"),
        "open": name == "price" or name in criteria.ranges,
    }


def _list_group(
    criteria: BrowseCriteria, result: SearchResult, name: str, title: str, field: AttributeField | None = None
) -> dict[str, Any]:
    selected = criteria.chosen.get(name, ())
    counts = {facet_count.value: facet_count.count for facet_count in result.facets.get(name, ())}
    values = [*counts, *(value for value in selected if value not in counts)]
    values = [value for value in values if value in selected or _is_selectable(name, value, field)]
    options = [FacetOption(value, value_label(name, value, field), counts.get(value, 0), value in selected) for value in values]
    group = {"name": name, "label": title, "kind": "list", "options": options, "open": True}
    return swatches.as_swatches(group) if field is not None else group


def _is_selectable(name: str, value: str, field: AttributeField | None) -> bool:
    """Return whether a counted value is offered as an option.

    Of regions only cities, of categories only those at the top level, of attributes only values in the schema.
    """
    if field is not None:
        return field.kind is AttributeType.FLAG or value in field.values
    if name == "category":
        category = queries.categories_by_slug().get(value)
        return category is not None and category.depth == 0
    if name == "brand":
        return value in queries.brand_names()
    return len(value) == CITY_CODE_LENGTH if name == "region" else True
