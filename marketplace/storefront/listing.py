"""Product listings with filters: criteria from the request, search result, template context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue.rules.attributes import AttributeField
from marketplace.storefront import browse_criteria, card_cache, comparison, filter_panel, queries

NO_FACETS: tuple[AttributeField, ...] = ()


def criteria_from_request(
    args: MultiDict[str, str], *, merchant: str = ""
) -> tuple[browse_criteria.BrowseCriteria, Sequence[AttributeField]]:
    """Return the criteria and facets of a request outside category pages.

    If exactly one category is selected, its attributes are offered as filters.
    """
    pairs = list(args.items(multi=True))
    criteria = browse_criteria.parse_criteria(pairs, facets=NO_FACETS, merchant=merchant)
    chosen = criteria.chosen.get("category", ())
    category = queries.categories_by_slug().get(chosen[0]) if len(chosen) == 1 else None
    facets = queries.list_facets(category.id) if category else NO_FACETS
    return (browse_criteria.parse_criteria(pairs, facets=facets, merchant=merchant) if facets else criteria), facets


def listing_context(criteria: browse_criteria.BrowseCriteria, facets: Sequence[AttributeField]) -> dict[str, Any]:
    """Return the context of the macro `listing`."""
    result = queries.search_products(criteria, facets)
    if result.total and not result.ids:  # a page beyond the end: an old link, or products were removed since
        criteria = replace(criteria, page=browse_criteria.last_page(result.total))
        result = queries.search_products(criteria, facets)
    table = (
        comparison.spec_table(catalogue_queries.get_cards([UUID(entry) for entry in result.ids]))
        if criteria.view == "table"
        else None
    )
    return {
        "criteria": criteria,
        "cards": table["rows"]
        if table is not None
        else list(card_cache.render_cards(result.ids, level=2, compare=True).values()),
        "result": result,
        "groups": lambda: filter_panel.filter_groups(criteria, result, facets),
        # A hash as the cache version: the counts themselves need more memory than the rendered panel.
        "counts": hash(
            tuple(
                (facet_name, tuple((entry.value, entry.count) for entry in facet_counts))
                for facet_name, facet_counts in result.facets.items()
            )
        ),
        "active_filters": filter_panel.active_filters(criteria, facets),
        "sorts": filter_panel.sort_options(criteria),
        "views": filter_panel.view_options(criteria),
        "table": table,
        "clear_url": criteria.to_query_string(chosen={}, ranges={}),
        "last_page": browse_criteria.last_page(result.total),
        "page_url": lambda number: criteria.to_query_string(page=number),
    }
