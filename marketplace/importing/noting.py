"""What is noted while a file is worked on: how far it is, and what is wrong at which row and column, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from flask_babel.speaklater import LazyString
from sqlalchemy import insert

from marketplace.importing.cells import Fault
from marketplace.importing.columns import UNTOUCHED
from marketplace.importing.models import ImportFault
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7

MOST_FAULTS = 5000
LANGUAGES = {"zh_Hans": "zh_Hans_CN", "en": "en"}


@dataclass
class Tally:
    """What happened so far."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    faults: int = 0
    faulty: int = 0
    remarks: int = 0
    submitted: int = 0
    late: int = 0
    skus: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """As it is shown and kept."""
        names = ("rows", "new", "changed", "same", "faults", "faulty", "remarks", "submitted", "late")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Errand:
    """One file under work, as plain values."""

    file_id: UUID
    merchant_id: UUID
    name: str
    columns: tuple[str, ...]
    mapping: dict[str, str]
    options: dict[str, Any]
    writing: bool
    data: bytes
    noted: frozenset[int] = frozenset()  # the rows whose faults the check has kept already

    @property
    def shelf(self) -> UUID | None:
        """The place whose stock the file says; none when it leaves stock alone."""
        place = self.options.get("location")
        return UUID(place) if place and place != UNTOUCHED else None

    @property
    def may_price(self) -> bool:
        """Whether whoever sent it may change prices (RO2)."""
        return not self.options.get("keep_prices")


def heading(errand: Errand, target: str) -> str:
    """The heading of the column that has this meaning; empty when none has."""
    return next((column for column, meaning in errand.mapping.items() if meaning == target), "")


def note_refusal(errand: Errand, place: Fault, why: Callable[[], str], tally: Tally) -> None:
    """What the market refuses of a row that can be read; at the writing that is `late`, unless the check has said it.

    `why` is asked once in each language.
    """
    sentences = {}
    for language, locale in LANGUAGES.items():
        with force_locale(locale):
            sentences[language] = why()
    fresh = place.row not in errand.noted
    tally.late += errand.writing and fresh
    note_faults(errand, [(place, sentences)], tally, kept=fresh)


def note_faults(
    errand: Errand, pairs: Sequence[tuple[Fault, dict[str, str]]], tally: Tally, *, kept: bool | None = None
) -> None:
    """Count faults, and keep them: those of the check are kept by the check and not again by the writing."""
    room = max(0, MOST_FAULTS - tally.faults)
    tally.faults += len(pairs)
    tally.faulty += len({fault.row for fault, _sentences in pairs})
    if not errand.writing if kept is None else kept:
        _write_down(errand, pairs[:room], passes=False)


def note_remarks(errand: Errand, remarks: Sequence[tuple[Fault, LazyString]], tally: Tally) -> None:
    """Count what was said of rows that go in all the same; the check keeps it."""
    room = max(0, MOST_FAULTS - tally.remarks)
    tally.remarks += len(remarks)
    if errand.writing or not remarks or not room:
        return
    pairs: list[tuple[Fault, dict[str, str]]] = [(place, {}) for place, _sentence in remarks[:room]]
    for language, locale in LANGUAGES.items():
        with force_locale(locale):
            for (_place, said), (_same, sentence) in zip(pairs, remarks, strict=False):
                said[language] = str(sentence)
    _write_down(errand, pairs, passes=True)


def _write_down(errand: Errand, pairs: Sequence[tuple[Fault, dict[str, str]]], *, passes: bool) -> None:
    rows = [
        {
            "id": uuid7(),
            "merchant_id": errand.merchant_id,
            "file_id": errand.file_id,
            "row": place.row,
            "column": place.column,
            "value": place.value,
            "sentence": sentences,
            "passes": passes,
        }
        for place, sentences in pairs
    ]
    if rows:
        db.session.execute(insert(ImportFault), rows)
