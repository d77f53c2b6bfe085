"""Counters and row errors of an import run; messages are stored in both languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from flask_babel.speaklater import LazyString
from sqlalchemy import insert

from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from marketplace.product_import.cells import CellError
from marketplace.product_import.column_mapping import SKIP_STOCK
from marketplace.product_import.models import ImportRowError

MAX_STORED_ERRORS = 5000
LOCALES = {"zh_Hans": "zh_Hans_CN", "en": "en"}


@dataclass
class ImportCounters:
    """The counters of an import run."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: int = 0
    rows_with_errors: int = 0
    warnings: int = 0
    submitted: int = 0
    rejected_at_write: int = 0
    first_row_by_sku: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, int]:
        """Return the counters as they are displayed and stored."""
        names = (
            "rows",
            "new",
            "changed",
            "unchanged",
            "errors",
            "rows_with_errors",
            "warnings",
            "submitted",
            "rejected_at_write",
        )
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class ImportRun:
    """One file being processed, as plain values."""

    file_id: UUID
    merchant_id: UUID
    name: str
    columns: tuple[str, ...]
    mapping: dict[str, str]
    options: dict[str, Any]
    is_writing: bool
    data: bytes
    known_error_rows: frozenset[int] = frozenset()  # rows whose errors the check has stored

    @property
    def stock_location_id(self) -> UUID | None:
        """The location whose stock the file sets; None when it leaves stock unchanged."""
        location_id = self.options.get("location")
        return UUID(location_id) if location_id and location_id != SKIP_STOCK else None

    @property
    def can_edit_prices(self) -> bool:
        """Whether the user who uploaded the file may change prices (roles and permissions, RO2)."""
        return not self.options.get("keep_prices")


def heading_of_target(import_run: ImportRun, target: str) -> str:
    """Return the heading of the column that has this target; empty when none has."""
    return next((column for column, column_target in import_run.mapping.items() if column_target == target), "")


def record_rejection(
    import_run: ImportRun, cell_error: CellError, get_message: Callable[[], str], counters: ImportCounters
) -> None:
    """Record a row that the catalogue or the inventory rejects.

    When writing it counts as `rejected_at_write`, unless the check has recorded the row already. `get_message` is called once
    in each language.
    """
    messages = {}
    for language, locale in LOCALES.items():
        with force_locale(locale):
            messages[language] = get_message()
    is_new = cell_error.row not in import_run.known_error_rows
    counters.rejected_at_write += import_run.is_writing and is_new
    record_errors(import_run, [(cell_error, messages)], counters, store=is_new)


def record_errors(
    import_run: ImportRun,
    pairs: Sequence[tuple[CellError, dict[str, str]]],
    counters: ImportCounters,
    *,
    store: bool | None = None,
) -> None:
    """Count errors, and store them: those of the check are stored by the check and not again when writing."""
    remaining = max(0, MAX_STORED_ERRORS - counters.errors)
    counters.errors += len(pairs)
    counters.rows_with_errors += len({cell_error.row for cell_error, _messages in pairs})
    if not import_run.is_writing if store is None else store:
        _insert_errors(import_run, pairs[:remaining], is_warning=False)


def record_warnings(import_run: ImportRun, warnings: Sequence[tuple[CellError, LazyString]], counters: ImportCounters) -> None:
    """Count warnings about rows that are imported all the same; the check stores them."""
    remaining = max(0, MAX_STORED_ERRORS - counters.warnings)
    counters.warnings += len(warnings)
    if import_run.is_writing or not warnings or not remaining:
        return
    pairs: list[tuple[CellError, dict[str, str]]] = [(cell_error, {}) for cell_error, _message in warnings[:remaining]]
    for language, locale in LOCALES.items():
        with force_locale(locale):
            for (_cell_error, messages), (_same_cell, message) in zip(pairs, warnings, strict=False):
                messages[language] = str(message)
    _insert_errors(import_run, pairs, is_warning=True)


def _insert_errors(import_run: ImportRun, pairs: Sequence[tuple[CellError, dict[str, str]]], *, is_warning: bool) -> None:
    rows = [
        {
            "id": uuid7(),
            "merchant_id": import_run.merchant_id,
            "file_id": import_run.file_id,
            "row": cell_error.row,
            "column": cell_error.column,
            "value": cell_error.value,
            "message": messages,
            "is_warning": is_warning,
        }
        for cell_error, messages in pairs
    ]
    if rows:
        db.session.execute(insert(ImportRowError), rows)
