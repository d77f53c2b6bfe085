"""What a list of products needs at both doors: the wish in the address, tabs, sorting and page addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _

from marketplace.catalogue.models import ProductState
from marketplace.catalogue.queries import Wanted

TONES = {"draft": "", "in_review": "due", "on_sale": "good", "off_sale": "", "rejected": "bad", "deleted": ""}


def wanted_from(args: Mapping[str, str], *, merchant_id: UUID | None = None) -> Wanted:
    """What the address asks for; what it asks wrongly is left out."""
    state = args.get("state", "")
    return Wanted(
        state=ProductState(state) if state in set(ProductState) else None,
        text=args.get("q", "")[:100].strip(),
        category=args.get("category", "")[:80],
        stock=args.get("stock", "") if args.get("stock") in ("in", "out") else "",
        merchant_id=merchant_id,
        sort=args.get("sort", "changed")[:20],
    )


class Listing:
    """The surroundings of a list: addresses that keep what is chosen."""

    def __init__(self, endpoint: str, wanted: Wanted, counts: Mapping[ProductState, int]) -> None:
        self.endpoint, self.wanted, self.counts = endpoint, wanted, counts
        self.tones = TONES

    def url(self, **changes: Any) -> str:
        """The same list with something else chosen."""
        wanted = self.wanted
        kept = {"state": wanted.state, "q": wanted.text, "category": wanted.category, "stock": wanted.stock}
        return url_for(self.endpoint, **{k: v for k, v in ({**kept, "sort": request.args.get("sort")} | changes).items() if v})

    @property
    def views(self) -> list[dict[str, Any]]:
        """A tab for all and one for each state."""
        tabs = [
            {
                "name": state.label,
                "url": self.url(state=state, page=None),
                "count": self.counts.get(state, 0),
                "current": self.wanted.state is state,
            }
            for state in ProductState
            if state is not ProductState.DELETED or self.counts.get(state) or self.wanted.state is state
        ]
        everything = {
            "name": _("All"),
            "url": self.url(state=None, page=None),
            "count": sum(count for state, count in self.counts.items() if state is not ProductState.DELETED),
            "current": self.wanted.state is None,
        }
        return [everything, *tabs]

    def page_url(self, number: int) -> str:
        """The address of a page."""
        return self.url(page=number if number > 1 else None)

    def sort(self, up: str, down: str) -> tuple[str, str]:
        """(address, state) of a sortable head."""
        now = self.wanted.sort
        state = "asc" if now == up else "desc" if now == down else ""
        return self.url(sort=down if now == up else up, page=None), state

    @property
    def narrowed(self) -> bool:
        """Whether something is searched for."""
        return self.wanted != replace(self.wanted, text="", category="", stock="", state=None)
