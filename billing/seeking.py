"""What somebody looks for in the books: a number as it stands on papers, a merchant's name, or a piece of an opaque word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_

from billing import parties, references


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """The text, the references whose numbers hold it, and the merchants whose names do."""

    text: str = ""
    references: Sequence[str] = ()
    merchants: Sequence[UUID] = ()

    def __bool__(self) -> bool:
        return bool(self.text)

    def within(self, reference: Any, merchant_id: Any, *words: Any) -> ColumnElement[bool]:
        """Rows that carry such a reference or merchant, or the text itself in one of the `words`."""
        said = [column.contains(self.text, autoescape=True) for column in (reference, *words)]
        return or_(reference.in_(self.references), merchant_id.in_(self.merchants), *said)


NOTHING = Sought()


def sought(text: str) -> Sought:
    """Ask once what a text may mean; nothing typed asks nothing."""
    if not text:
        return NOTHING
    return Sought(text=text, references=references.found(text), merchants=parties.named(text))
