"""Criteria of a product listing, parsed from a query string and formatted back. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from urllib.parse import urlencode

from marketplace.catalogue.models import AttributeType
from marketplace.catalogue.rules.attributes import AttributeField
from marketplace.kernel import numbers
from search import PUBLIC_AUDIENCE, Query, Range, Sort

PAGE_SIZE = 24
MAX_PAGE = 400
MAX_TEXT_LENGTH = 200
MAX_CHOICES = 40
SORTS = (Sort.RELEVANCE, Sort.SALES, Sort.PRICE_ASC, Sort.PRICE_DESC, Sort.NEWEST)
FIXED_FACETS = ("region", "kind", "stock")
BRAND_FACET = "brand"
VIEWS = ("tiles", "table")
SEARCH_TARGETS = {
    ("kind", "products"),
    ("kind", "merchants"),
}  # the search field's target shares its name with the filter by kind of merchant
MAX_COMPARED = 4
MAX_CODE_LENGTH = 16


@dataclass(frozen=True, kw_only=True)
class BrowseCriteria:
    """Criteria of a product listing; `to_query` converts them for the search engine, `to_query_string` to a URL."""

    text: str = ""
    category: str = ""
    merchant: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[Decimal | None, Decimal | None]] = field(default_factory=dict)
    sort: Sort | None = None
    page: int = 1
    view: str = "tiles"

    @property
    def effective_sort(self) -> Sort:
        """Return the selected sort order, else relevance for a text search, else sales."""
        return self.sort or (Sort.RELEVANCE if self.text else Sort.SALES)

    @property
    def cache_key(self) -> tuple[str, str, str]:
        """Return a key of the criteria that is the same for all pages of the result."""
        return self.category, self.merchant, self.to_query_string()

    @property
    def offers_brands(self) -> bool:
        """Return whether brands are offered as a filter: in a text search, or if one is selected already."""
        return bool(self.text) or BRAND_FACET in self.chosen

    @property
    def filter_count(self) -> int:
        """Return the number of active filters."""
        return sum(len(values) for values in self.chosen.values()) + len(self.ranges)

    def to_query(self, facets: Sequence[AttributeField]) -> Query:
        """Return the query for the search engine: filters, facets to count, one page."""
        keywords = dict(self.chosen)
        if self.category:
            keywords["category"] = (self.category,)
        if self.merchant:
            keywords["merchant"] = (self.merchant,)
        counted_codes = [facet.code for facet in facets if facet.kind is not AttributeType.NUMBER]
        return Query(
            audience=(PUBLIC_AUDIENCE,),
            text=self.text,
            keywords=keywords,
            ranges={name: _range(name, low, high) for name, (low, high) in self.ranges.items()},
            facets=(
                *FIXED_FACETS,
                *counted_codes,
                *(() if self.category else ("category",)),
                *((BRAND_FACET,) if self.offers_brands else ()),
            ),
            sort=self.effective_sort,
            limit=PAGE_SIZE,
            offset=(self.page - 1) * PAGE_SIZE,
        )

    def to_query_string(self, **changes: object) -> str:
        """Return the query string with some criteria changed; the page is reset to 1 unless given."""
        criteria = replace(self, **({"page": 1} | changes))  # type: ignore[arg-type]
        params: list[tuple[str, str]] = [("q", criteria.text)] if criteria.text else []
        params += [(name, value) for name in sorted(criteria.chosen) for value in criteria.chosen[name]]
        for name, (low, high) in sorted(criteria.ranges.items()):
            params += [
                (f"{name}_{end}", _format_decimal(value)) for end, value in (("min", low), ("max", high)) if value is not None
            ]
        params += [("sort", criteria.sort.value)] if criteria.sort else []
        params += [("view", criteria.view)] if criteria.view != "tiles" else []
        params += [("page", str(criteria.page))] if criteria.page > 1 else []
        return "?" + urlencode(params) if params else "?"

    def query_string_without(self, name: str, value: str | None = None) -> str:
        """Return the query string without one selected value, or without a range if `value` is None."""
        if value is None:
            return self.to_query_string(ranges={key: bounds for key, bounds in self.ranges.items() if key != name})
        remaining = tuple(choice for choice in self.chosen.get(name, ()) if choice != value)
        other_filters = {key: values for key, values in self.chosen.items() if key != name}
        return self.to_query_string(chosen=other_filters | ({name: remaining} if remaining else {}))

    def hidden_fields(self) -> dict[str, str]:
        """Return the hidden fields of the filter form."""
        fields = {
            "q": self.text,
            "sort": self.sort.value if self.sort else "",
            "view": self.view if self.view != "tiles" else "",
        }
        return {name: value for name, value in fields.items() if value}


def parse_criteria(
    arguments: Iterable[tuple[str, str]], *, facets: Sequence[AttributeField], category: str = "", merchant: str = ""
) -> BrowseCriteria:
    """Parse the criteria of a query string; invalid values are ignored, so that no link leads to an error."""
    pairs = [pair for pair in arguments if pair not in SEARCH_TARGETS]
    first_values = dict(reversed(pairs))
    choice_codes = {facet.code for facet in facets if facet.kind is not AttributeType.NUMBER}
    range_names = {"price", *(facet.code for facet in facets if facet.kind is AttributeType.NUMBER)}
    choice_names = {*FIXED_FACETS, *choice_codes, BRAND_FACET} | (set() if category else {"category"})
    chosen: dict[str, tuple[str, ...]] = {}
    for name, value in pairs[: MAX_CHOICES * 4]:
        if name in choice_names and value and len(value) <= 80 and len(chosen.get(name, ())) < MAX_CHOICES:
            chosen[name] = tuple(dict.fromkeys((*chosen.get(name, ()), value)))
    bounds_by_name = {
        name: (_parse_number(first_values.get(f"{name}_min")), _parse_number(first_values.get(f"{name}_max")))
        for name in range_names
    }
    return BrowseCriteria(
        text=" ".join(first_values.get("q", "").split())[:MAX_TEXT_LENGTH],
        category=category,
        merchant=merchant,
        chosen=chosen,
        ranges={name: bounds for name, bounds in bounds_by_name.items() if bounds != (None, None)},
        sort=next((sort for sort in SORTS if sort.value == first_values.get("sort")), None),
        page=_parse_page(first_values.get("page")),
        view=first_values.get("view", "tiles") if first_values.get("view") in VIEWS else "tiles",
    )


def parse_compared_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct product codes to compare, at most `MAX_COMPARED`."""
    return tuple(dict.fromkeys(code for code in codes if code and len(code) <= MAX_CODE_LENGTH))[:MAX_COMPARED]


def last_page(total: int) -> int:
    """Return the number of the last page."""
    return max(1, min(MAX_PAGE, -(-total // PAGE_SIZE)))


def _range(name: str, low: Decimal | None, high: Decimal | None) -> Range:
    scale = 100 if name == "price" else 1  # forms use yuan, search documents minor units
    return Range(*(None if end is None else float(end * scale) for end in (low, high)))


def _parse_number(text: str | None) -> Decimal | None:
    try:
        value = numbers.parse_decimal(text or "")
    except ValueError:
        return None
    return value if 0 <= value < 10**9 else None


def _parse_page(text: str | None) -> int:
    return min(MAX_PAGE, max(1, int(text))) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1


def _format_decimal(value: Decimal) -> str:
    return format(value.normalize(), "f")
