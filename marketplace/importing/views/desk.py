"""At the desk: send a table, match its columns, look at the faults, import."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue.models import Unit
from marketplace.importing import columns, queries, services
from marketplace.importing.errors import FaultsLeft, FileRefused
from marketplace.importing.models import ImportFile, ImportMode, ImportState
from marketplace.importing.reading import MOST_BYTES
from marketplace.inventory.queries import locations
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.jobs import JobState
from marketplace.kernel.paging import page_of
from marketplace.kernel.texts import pick
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission

desk = Blueprint("importing", __name__, url_prefix="/imports")
EXAMPLE = (
    ("货号", "标题", "英文标题", "品类", "单价", "单位", "起订量", "单价2", "数量2", "库存"),
    ("XL-4040-R", "全棉色织格子布 40×40 110×70", "Yarn-dyed cotton gingham", "", "18.50", "米", "2", "17.80", "50", "3260"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@desk.get("/")
@staff_only(Permission.PRODUCTS_IMPORT)
def index() -> ResponseReturnValue:
    """Send a table; what was sent before."""
    return _index({})


@desk.post("/")
@staff_only(Permission.PRODUCTS_IMPORT)
def send() -> ResponseReturnValue:
    """Take a table in."""
    sent = request.files.get("table")
    if sent is None or not sent.filename:
        return _index({"table": _("Choose a file first.")}), 422
    try:
        file = services.receive(
            merchant_id=g.place.merchant_id,
            account_id=g.identity.account_id,
            name=sent.filename,
            data=sent.stream.read(MOST_BYTES + 1),
        )
    except FileRefused as refusal:
        return _index({"table": refusal.sentence()}), 422
    return redirect(url_for(".show", file_id=file.id), 303)


@desk.get("/<uuid:file_id>")
@staff_only(Permission.PRODUCTS_IMPORT)
def show(file_id: UUID) -> ResponseReturnValue:
    """One file: its columns, its progress, its faults, its result."""
    return _page(queries.get(file_id), {}, None)


@desk.get("/<uuid:file_id>/progress")
@staff_only(Permission.PRODUCTS_IMPORT)
def progress(file_id: UUID) -> ResponseReturnValue:
    """How far the worker is; the page reloads itself when it is done."""
    file = queries.get(file_id)
    job = queries.job_of(file)
    if file.state in (ImportState.CHECKING, ImportState.RUNNING) and (job is None or job.state is not JobState.FAILED):
        return render_template("desk/importing/_progress.html", file=file, job=job)
    answer = Response("")
    answer.headers["HX-Redirect"] = url_for(".show", file_id=file.id)
    return answer


@desk.post("/<uuid:file_id>/match")
@staff_only(Permission.PRODUCTS_IMPORT)
def match(file_id: UUID) -> ResponseReturnValue:
    """Say what the columns mean and try every row."""
    file = queries.get(file_id)
    mapping = {column: request.form.get(f"column-{number}", "") for number, column in enumerate(file.columns)}
    options = {name: request.form.get(name, "") for name in ("category", "unit", "location")}
    try:
        services.match(file_id=file_id, mapping=_known(mapping, file), options=options)
    except Invalid as refusal:
        file.mapping, file.options = mapping, options
        return _page(file, refusal.errors, None), 422
    return redirect(url_for(".show", file_id=file_id), 303)


@desk.post("/<uuid:file_id>/start")
@staff_only(Permission.PRODUCTS_IMPORT)
def start(file_id: UUID) -> ResponseReturnValue:
    """Write what was checked."""
    mode = ImportMode.ALL if request.form.get("mode") == "all" else ImportMode.GOOD
    try:
        prices = bool(g.place.may(Permission.PRICES_EDIT))
        services.start(file_id=file_id, mode=mode, submit=request.form.get("submit") == "1", prices=prices)
    except FaultsLeft as refusal:
        flash(refusal.sentence(), "error")
    return redirect(url_for(".show", file_id=file_id), 303)


@desk.post("/<uuid:file_id>/throw-away")
@staff_only(Permission.PRODUCTS_IMPORT)
def throw_away(file_id: UUID) -> ResponseReturnValue:
    """Take a table out of the list."""
    services.throw_away(file_id=file_id)
    flash(_("The table is thrown away. What was imported from it stays."), "success")
    return redirect(url_for(".index"), 303)


@desk.get("/<uuid:file_id>/faults.csv")
@staff_only(Permission.PRODUCTS_IMPORT)
def faults(file_id: UUID) -> ResponseReturnValue:
    """Every fault as a table to work through."""
    file = queries.get(file_id)
    found = db.session.scalars(queries.faults(file.id))
    lines = [(_("Row"), _("Column"), _("What stands there"), _("What is wrong"))]
    lines += [(str(one.row), one.column, one.value, pick(one.sentence)) for one in found]
    return _csv(lines, "faults.csv")


@desk.get("/example.csv")
@staff_only(Permission.PRODUCTS_IMPORT)
def example() -> ResponseReturnValue:
    """A table to begin with."""
    return _csv(EXAMPLE, "example.csv")


@desk.get("/tray")
@staff_only(Permission.PRODUCTS_IMPORT)
def tray() -> ResponseReturnValue:
    """What runs in the background, for the corner of every page."""
    files = queries.busy()
    jobs = queries.jobs_of(files)
    tasks = [
        {
            "name": file.name,
            "state": "running" if job.state in (JobState.WAITING, JobState.RUNNING) else job.state.value,
            "done": job.done,
            "total": job.total,
            "url": url_for(".show", file_id=file.id),
        }
        for file in files
        if file.job_id and (job := jobs.get(file.job_id)) and (job.finished_at is None or job.state is JobState.FAILED)
    ]
    return render_template("desk/importing/_tray.html", tasks=tasks)


def _index(errors: dict[str, Any]) -> str:
    return render_template("desk/importing/index.html", files=queries.recent(), errors=errors)


def _page(file: ImportFile, errors: dict[str, Any], _typed: Any) -> str:
    shown = page_of(queries.faults(file.id), number=request.args.get("page", 1, int), size=50)
    leaves = queries.leaves()
    names = {row.slug: row.names for row in leaves}
    return render_template(
        "desk/importing/file.html",
        file=file,
        job=queries.job_of(file),
        errors=errors,
        faults=shown,
        targets=_targets(file),
        categories=[(row.slug, pick(names[row.slug])) for row in leaves],
        units=Unit.choices(),
        places=[*((str(row.id), row.name) for row in locations()), (columns.UNTOUCHED, _("Do not touch stock"))],
        samples=[[row[place] if place < len(row) else "" for row in file.samples[:3]] for place in range(len(file.columns))],
        stuck=queries.has_failed(file),
    )


def _targets(file: ImportFile) -> list[tuple[str, Any]]:
    """What a column can mean: ours, then the attributes of the categories."""
    chosen = queries.known(options={"category": file.options.get("category")}, merchant_id=file.merchant_id)
    schemas = [chosen.schemas[chosen.category_id]] if chosen.category_id else list(chosen.schemas.values())
    asked = {f"{columns.ATTRIBUTE}{field.code}": pick(field.names) for schema in schemas for field in schema}
    return [*((target.name, target.label) for target in columns.TARGETS), *asked.items()]


def _known(mapping: dict[str, str], file: ImportFile) -> dict[str, str]:
    able = {name for name, _label in _targets(file)}
    return {column: target for column, target in mapping.items() if target in able}


def _csv(lines: Any, name: str) -> Response:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for line in lines:
        writer.writerow([f"'{cell}" if str(cell).startswith(FORMULA) else cell for cell in line])
    answer = Response("\ufeff" + buffer.getvalue(), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
