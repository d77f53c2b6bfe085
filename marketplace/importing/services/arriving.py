"""A file arrives, its columns are matched, a worker is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import delete

from marketplace.importing import columns, queries, reading
from marketplace.importing.errors import FaultsLeft, NotNow
from marketplace.importing.events import ImportQueued
from marketplace.importing.models import ColumnHabit, ImportFault, ImportFile, ImportMode, ImportState
from marketplace.inventory.queries import locations
from marketplace.kernel import clock, jobs
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.kernel.ports import Storage

BUSY = (ImportState.CHECKING, ImportState.RUNNING)


def receive(*, merchant_id: UUID, account_id: UUID, name: str, data: bytes) -> ImportFile:
    """Keep a table and guess its columns, as they were matched last time if such a table came before. Raises FileRefused."""
    found = reading.head(data, name)
    file = ImportFile(id=uuid7(), merchant_id=merchant_id, account_id=account_id, name=name[-200:], size=len(data))
    file.key = f"private/imports/{merchant_id}/{file.id}.{name.rpartition('.')[2].lower()[:5]}"
    storage: Storage = current_app.extensions["storage"]
    storage.put(file.key, data)
    file.columns, file.samples = list(found.columns), [list(row) for row in found.samples]
    known = queries.habit(_headings(file.columns))
    file.mapping = dict(known.mapping) if known else columns.guess(file.columns)
    file.options = dict(known.options) if known else {}
    places = locations()
    if len(places) == 1 and "stock" in file.mapping.values():
        file.options.setdefault("location", str(places[0].id))  # there is no choice
    file.counts = {}
    db.session.add(file)
    db.session.flush()
    return file


def match(*, file_id: UUID, mapping: Mapping[str, str], options: Mapping[str, Any]) -> ImportFile:
    """Say what the columns mean, remember it for next time, and try every row. Raises Invalid by target, NotNow."""
    file = queries.get(file_id, lock=True)
    if file.state is ImportState.DONE or (file.state in BUSY and not queries.has_failed(file)):
        raise NotNow(state=file.state.label)
    chosen = {column: mapping[column] for column in file.columns if mapping.get(column)}
    wrong = columns.complaints(chosen, options, {str(place.id) for place in locations()})
    if wrong:
        raise Invalid(wrong)
    file.mapping, file.options = chosen, dict(options)
    _remember(file)
    db.session.execute(delete(ImportFault).where(ImportFault.file_id == file.id))
    _queue(file, ImportState.CHECKING)
    return file


def start(*, file_id: UUID, mode: ImportMode, submit: bool, prices: bool = True) -> ImportFile:
    """Write what was checked; without `prices` those that are there stay (RO2).

    Raises NotNow before the check, FaultsLeft when all was wanted and faults are left.
    """
    file = queries.get(file_id, lock=True)
    if file.state is not ImportState.CHECKED:
        raise NotNow(state=file.state.label)
    if mode is ImportMode.ALL and file.counts.get("faults"):
        raise FaultsLeft
    file.options = {**file.options, "mode": mode.value, "submit": submit, "keep_prices": not prices}
    _queue(file, ImportState.RUNNING)
    return file


def throw_away(*, file_id: UUID) -> None:
    """Forget a table that nobody works on, with its faults; what was imported from it stays. Raises NotNow."""
    file = queries.get(file_id, lock=True)
    if file.state in BUSY and not queries.has_failed(file):
        raise NotNow(state=file.state.label)
    storage: Storage = current_app.extensions["storage"]
    storage.delete([file.key])
    db.session.delete(file)


def _queue(file: ImportFile, state: ImportState) -> None:
    file.state = state
    job = jobs.start(kind=f"import.{state.value}", title=file.name, arguments={"file_id": str(file.id)})
    file.job_id = job.id
    publish(ImportQueued(job_id=job.id, merchant_id=file.merchant_id))


def _remember(file: ImportFile) -> None:
    headings = _headings(file.columns)
    habit = queries.habit(headings)
    if habit is None:
        habit = ColumnHabit(id=uuid7(), merchant_id=file.merchant_id, headings=headings)
        db.session.add(habit)
    habit.mapping, habit.used_at = dict(file.mapping), clock.now()
    habit.options = {name: file.options[name] for name in ("category", "unit", "location") if file.options.get(name)}


def _headings(names: list[str]) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
