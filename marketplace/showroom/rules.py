"""What an address asks for, read from its query string and written back: pure, so that every link can be tested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from urllib.parse import urlencode

from marketplace.catalogue.models import AttributeKind
from marketplace.catalogue.rules.attributes import AttributeField
from marketplace.kernel import numbers
from search import EVERYBODY, Query, Range, Sort

PAGE_SIZE = 24
DEEPEST_PAGE = 400
LONGEST_TEXT = 200
MOST_CHOICES = 40
SORTS = (Sort.RELEVANCE, Sort.SALES, Sort.PRICE_UP, Sort.PRICE_DOWN, Sort.NEWEST)
FIXED = ("region", "kind", "stock")
BRAND = "brand"
VIEWS = ("tiles", "table")
SOUGHT = {("kind", "products"), ("kind", "merchants")}  # what the search field looks for: no kind of merchant
MOST_COMPARED = 4
LONGEST_CODE = 16


@dataclass(frozen=True, kw_only=True)
class Browse:
    """What a visitor wants to see; `asking` makes the engine's question of it, `address` the query string."""

    text: str = ""
    category: str = ""
    merchant: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[Decimal | None, Decimal | None]] = field(default_factory=dict)
    sort: Sort | None = None
    page: int = 1
    view: str = "tiles"

    @property
    def order(self) -> Sort:
        """The order: what was chosen, else by fit when words were given, else what sells best."""
        return self.sort or (Sort.RELEVANCE if self.text else Sort.SALES)

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells this wish from every other, whichever page of it is open."""
        return self.category, self.merchant, self.address()

    @property
    def by_brand(self) -> bool:
        """Whether brands are offered as a filter: to those who search for something, or have chosen one already."""
        return bool(self.text) or BRAND in self.chosen

    @property
    def narrowed(self) -> int:
        """How many filters are on."""
        return sum(len(values) for values in self.chosen.values()) + len(self.ranges)

    def asking(self, facets: Sequence[AttributeField]) -> Query:
        """The question for the engine: filters, counts for every facet, one page."""
        keywords = dict(self.chosen)
        if self.category:
            keywords["category"] = (self.category,)
        if self.merchant:
            keywords["merchant"] = (self.merchant,)
        counted = [facet.code for facet in facets if facet.kind is not AttributeKind.NUMBER]
        return Query(
            audience=(EVERYBODY,),
            text=self.text,
            keywords=keywords,
            ranges={name: _range(name, low, high) for name, (low, high) in self.ranges.items()},
            facets=(*FIXED, *counted, *(() if self.category else ("category",)), *((BRAND,) if self.by_brand else ())),
            sort=self.order,
            limit=PAGE_SIZE,
            offset=(self.page - 1) * PAGE_SIZE,
        )

    def address(self, **changes: object) -> str:
        """The query string of this wish with some parts changed; a change of filters goes back to page 1."""
        wish = replace(self, **({"page": 1} | changes))  # type: ignore[arg-type]
        parts: list[tuple[str, str]] = [("q", wish.text)] if wish.text else []
        parts += [(name, value) for name in sorted(wish.chosen) for value in wish.chosen[name]]
        for name, (low, high) in sorted(wish.ranges.items()):
            parts += [(f"{name}_{end}", _plain(value)) for end, value in (("min", low), ("max", high)) if value is not None]
        parts += [("sort", wish.sort.value)] if wish.sort else []
        parts += [("view", wish.view)] if wish.view != "tiles" else []
        parts += [("page", str(wish.page))] if wish.page > 1 else []
        return "?" + urlencode(parts) if parts else "?"

    def without(self, name: str, value: str | None = None) -> str:
        """The query string without one choice, or without a range."""
        if value is None:
            return self.address(ranges={key: span for key, span in self.ranges.items() if key != name})
        left = tuple(one for one in self.chosen.get(name, ()) if one != value)
        others = {key: values for key, values in self.chosen.items() if key != name}
        return self.address(chosen=others | ({name: left} if left else {}))

    def hidden(self) -> dict[str, str]:
        """What a filter form carries along unseen."""
        kept = {"q": self.text, "sort": self.sort.value if self.sort else "", "view": self.view if self.view != "tiles" else ""}
        return {name: value for name, value in kept.items() if value}


def read(
    arguments: Iterable[tuple[str, str]], *, facets: Sequence[AttributeField], category: str = "", merchant: str = ""
) -> Browse:
    """The wish of an address. What cannot be read is left out: a visitor never gets an error for a link."""
    pairs = [pair for pair in arguments if pair not in SOUGHT]
    given = dict(reversed(pairs))
    counted = {facet.code for facet in facets if facet.kind is not AttributeKind.NUMBER}
    measured = {"price", *(facet.code for facet in facets if facet.kind is AttributeKind.NUMBER)}
    names = {*FIXED, *counted, BRAND} | (set() if category else {"category"})
    chosen: dict[str, tuple[str, ...]] = {}
    for name, value in pairs[: MOST_CHOICES * 4]:
        if name in names and value and len(value) <= 80 and len(chosen.get(name, ())) < MOST_CHOICES:
            chosen[name] = tuple(dict.fromkeys((*chosen.get(name, ()), value)))
    spans = {name: (_number(given.get(f"{name}_min")), _number(given.get(f"{name}_max"))) for name in measured}
    return Browse(
        text=" ".join(given.get("q", "").split())[:LONGEST_TEXT],
        category=category,
        merchant=merchant,
        chosen=chosen,
        ranges={name: span for name, span in spans.items() if span != (None, None)},
        sort=next((sort for sort in SORTS if sort.value == given.get("sort")), None),
        page=_page(given.get("page")),
        view=given.get("view", "tiles") if given.get("view") in VIEWS else "tiles",
    )


def compared(codes: Iterable[str]) -> tuple[str, ...]:
    """Which products of an address are compared: each once, not more than fit beside each other."""
    return tuple(dict.fromkeys(code for code in codes if code and len(code) <= LONGEST_CODE))[:MOST_COMPARED]


def last_page(total: int) -> int:
    """The last page that can be asked for."""
    return max(1, min(DEEPEST_PAGE, -(-total // PAGE_SIZE)))


def _range(name: str, low: Decimal | None, high: Decimal | None) -> Range:
    scale = 100 if name == "price" else 1  # people type yuan, documents hold minor units
    return Range(*(None if end is None else float(end * scale) for end in (low, high)))


def _number(text: str | None) -> Decimal | None:
    try:
        value = numbers.read(text or "")
    except ValueError:
        return None
    return value if 0 <= value < 10**9 else None


def _page(text: str | None) -> int:
    return min(DEEPEST_PAGE, max(1, int(text))) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
