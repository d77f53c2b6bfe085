"""The search of the ledger and payment lists: by a printed number, by a merchant's name, or by a part of a reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_

from billing import merchant_lookup, reference_registry


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSearch:
    """The search text, the references that carry it as a number, and the merchants whose names contain it."""

    text: str = ""
    references: Sequence[str] = ()
    merchants: Sequence[UUID] = ()

    def __bool__(self) -> bool:
        return bool(self.text)

    def build_filter(self, reference: Any, merchant_id: Any, *columns: Any) -> ColumnElement[bool]:
        """Return the condition for rows with such a reference or merchant, or with the text itself in one of the columns."""
        text_filters = [column.contains(self.text, autoescape=True) for column in (reference, *columns)]
        return or_(reference.in_(self.references), merchant_id.in_(self.merchants), *text_filters)


EMPTY_SEARCH = LedgerSearch()


def parse_search(text: str) -> LedgerSearch:
    """Resolve a search text into references and merchants. An empty text causes no query."""
    if not text:
        return EMPTY_SEARCH
    return LedgerSearch(
        text=text, references=reference_registry.find_references(text), merchants=merchant_lookup.search_merchant_ids(text)
    )
