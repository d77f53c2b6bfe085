"""Product lists of desk and console: filters in the query string, tabs, sorting and page URLs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _

from marketplace.catalogue.models import ProductState
from marketplace.catalogue.queries import ProductFilter

STATE_TONES = {"draft": "", "in_review": "due", "on_sale": "good", "off_sale": "", "rejected": "bad", "deleted": ""}


def parse_filter(args: Mapping[str, str], *, merchant_id: UUID | None = None) -> ProductFilter:
    """Parse the filters of the query string; invalid values are ignored."""
    state = args.get("state", "")
    return ProductFilter(
        state=ProductState(state) if state in set(ProductState) else None,
        text=args.get("q", "")[:100].strip(),
        category=args.get("category", "")[:80],
        stock=args.get("stock", "") if args.get("stock") in ("in", "out") else "",
        merchant_id=merchant_id,
        sort=args.get("sort", "changed")[:20],
    )


class ListView:
    """The template data around a list: URLs that preserve the chosen filters."""

    def __init__(self, endpoint: str, filters: ProductFilter, counts: Mapping[ProductState, int]) -> None:
        self.endpoint, self.filters, self.counts = endpoint, filters, counts
        self.tones = STATE_TONES

    def url(self, **changes: Any) -> str:
        """Return the URL of the list with changed parameters."""
        filters = self.filters
        current = {"state": filters.state, "q": filters.text, "category": filters.category, "stock": filters.stock}
        return url_for(
            self.endpoint, **{k: v for k, v in ({**current, "sort": request.args.get("sort")} | changes).items() if v}
        )

    @property
    def tabs(self) -> list[dict[str, Any]]:
        """Return a tab for all products and one for each state."""
        state_tabs = [
            {
                "name": state.label,
                "url": self.url(state=state, page=None),
                "count": self.counts.get(state, 0),
                "current": self.filters.state is state,
            }
            for state in ProductState
            if state is not ProductState.DELETED or self.counts.get(state) or self.filters.state is state
        ]
        all_tab = {
            "name": _("All"),
            "url": self.url(state=None, page=None),
            "count": sum(count for state, count in self.counts.items() if state is not ProductState.DELETED),
            "current": self.filters.state is None,
        }
        return [all_tab, *state_tabs]

    def page_url(self, number: int) -> str:
        """Return the URL of a page."""
        return self.url(page=number if number > 1 else None)

    def sort(self, up: str, down: str) -> tuple[str, str]:
        """Return (URL, direction) of a sortable column header."""
        current = self.filters.sort
        state = "asc" if current == up else "desc" if current == down else ""
        return self.url(sort=down if current == up else up, page=None), state

    @property
    def is_filtered(self) -> bool:
        """Return whether any filter is set."""
        return self.filters != replace(self.filters, text="", category="", stock="", state=None)
