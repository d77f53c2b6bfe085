"""Uploading a file, mapping its columns, and queueing its check and import."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import delete

from marketplace.inventory.queries import list_locations
from marketplace.kernel import clock, jobs
from marketplace.kernel.db import db
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.kernel.ports import Storage
from marketplace.product_import import column_mapping, queries, table_reader
from marketplace.product_import.errors import ImportHasErrors, InvalidImportState
from marketplace.product_import.events import ImportQueued
from marketplace.product_import.models import ImportFile, ImportMode, ImportRowError, ImportState, SavedColumnMapping

BUSY_STATES = (ImportState.CHECKING, ImportState.RUNNING)


def upload_file(*, merchant_id: UUID, account_id: UUID, name: str, data: bytes) -> ImportFile:
    """Store a table and guess its columns; a mapping saved for the same headings is used again.

    Raises:
        InvalidImportFile: the file cannot be read.
    """
    preview = table_reader.read_preview(data, name)
    file = ImportFile(id=uuid7(), merchant_id=merchant_id, account_id=account_id, name=name[-200:], size=len(data))
    file.key = f"private/imports/{merchant_id}/{file.id}.{name.rpartition('.')[2].lower()[:5]}"
    storage: Storage = current_app.extensions["storage"]
    storage.put(file.key, data)
    file.columns, file.samples = list(preview.columns), [list(row) for row in preview.samples]
    saved_mapping = queries.get_saved_mapping(_hash_headings(file.columns))
    file.mapping = dict(saved_mapping.mapping) if saved_mapping else column_mapping.guess_mapping(file.columns)
    file.options = dict(saved_mapping.options) if saved_mapping else {}
    locations = list_locations()
    if len(locations) == 1 and "stock" in file.mapping.values():
        file.options.setdefault("location", str(locations[0].id))  # the only choice
    file.counts = {}
    db.session.add(file)
    db.session.flush()
    return file


def set_mapping(*, file_id: UUID, mapping: Mapping[str, str], options: Mapping[str, Any]) -> ImportFile:
    """Set the mapping, save it for the next file, and queue the check of every row.

    Raises:
        ValidationError: by target.
        InvalidImportState: the file is being processed, or finished.
    """
    file = queries.get_import(file_id, lock=True)
    if file.state is ImportState.DONE or (file.state in BUSY_STATES and not queries.has_failed(file)):
        raise InvalidImportState(state=file.state.label)
    selected = {column: mapping[column] for column in file.columns if mapping.get(column)}
    errors = column_mapping.validate_mapping(selected, options, {str(location.id) for location in list_locations()})
    if errors:
        raise ValidationError(errors)
    file.mapping, file.options = selected, dict(options)
    _save_mapping(file)
    db.session.execute(delete(ImportRowError).where(ImportRowError.file_id == file.id))
    _enqueue(file, ImportState.CHECKING)
    return file


def start_import(*, file_id: UUID, mode: ImportMode, submit: bool, update_prices: bool = True) -> ImportFile:
    """Queue the import of a checked file; without `update_prices` existing prices stay (roles and permissions, RO2).

    Raises:
        InvalidImportState: the file is not checked.
        ImportHasErrors: all or nothing was chosen, and there are errors.
    """
    file = queries.get_import(file_id, lock=True)
    if file.state is not ImportState.CHECKED:
        raise InvalidImportState(state=file.state.label)
    if mode is ImportMode.ALL_OR_NOTHING and file.counts.get("errors"):
        raise ImportHasErrors
    file.options = {**file.options, "mode": mode.value, "submit": submit, "keep_prices": not update_prices}
    _enqueue(file, ImportState.RUNNING)
    return file


def delete_import(*, file_id: UUID) -> None:
    """Delete a file that is not being processed, with its errors; what was imported from it stays.

    Raises:
        InvalidImportState: the file is being processed.
    """
    file = queries.get_import(file_id, lock=True)
    if file.state in BUSY_STATES and not queries.has_failed(file):
        raise InvalidImportState(state=file.state.label)
    storage: Storage = current_app.extensions["storage"]
    storage.delete([file.key])
    db.session.delete(file)


def _enqueue(file: ImportFile, state: ImportState) -> None:
    file.state = state
    job = jobs.create_job(kind=f"import.{state.value}", title=file.name, arguments={"file_id": str(file.id)})
    file.job_id = job.id
    publish(ImportQueued(job_id=job.id, merchant_id=file.merchant_id))


def _save_mapping(file: ImportFile) -> None:
    headings_hash = _hash_headings(file.columns)
    saved_mapping = queries.get_saved_mapping(headings_hash)
    if saved_mapping is None:
        saved_mapping = SavedColumnMapping(id=uuid7(), merchant_id=file.merchant_id, headings_hash=headings_hash)
        db.session.add(saved_mapping)
    saved_mapping.mapping, saved_mapping.used_at = dict(file.mapping), clock.now()
    saved_mapping.options = {name: file.options[name] for name in ("category", "unit", "location") if file.options.get(name)}


def _hash_headings(names: list[str]) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
