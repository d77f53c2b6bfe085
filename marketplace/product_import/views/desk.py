"""Product import at the merchant's desk: upload a table, map its columns, see the errors, import."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue.models import Unit
from marketplace.inventory.queries import list_locations
from marketplace.kernel.db import db
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.jobs import JobState
from marketplace.kernel.localized_text import localize
from marketplace.kernel.paging import paginate
from marketplace.kernel.spreadsheets import FORMULA_PREFIXES
from marketplace.product_import import column_mapping, queries, services
from marketplace.product_import.errors import ImportHasErrors, InvalidImportFile
from marketplace.product_import.models import ImportFile, ImportMode, ImportState
from marketplace.product_import.table_reader import MAX_FILE_BYTES
from tenants.access.decorators import require_staff_permission
from tenants.access.login import current_user
from tenants.access.permissions import Permission

desk = Blueprint("product_import", __name__, url_prefix="/imports")
EXAMPLE_ROWS = (
    ("货号", "标题", "英文标题", "品类", "单价", "单位", "起订量", "单价2", "数量2", "库存"),
    ("XL-4040-R", "全棉色织格子布 40×40 110×70", "Yarn-dyed cotton gingham", "", "18.50", "米", "2", "17.80", "50", "3260"),
)


@desk.get("/")
@require_staff_permission(Permission.PRODUCTS_IMPORT)
def index() -> ResponseReturnValue:
    """Show the upload form and the recent files."""
    return _render_index({})


@desk.post("/")
@require_staff_permission(Permission.PRODUCTS_IMPORT)
def upload() -> ResponseReturnValue:
    """Store an uploaded table."""
    uploaded = request.files.get("table")
    if uploaded is None or not uploaded.filename:
        return _render_index({"table": _("Choose a file first.")}), 422
    try:
        file = services.upload_file(
            merchant_id=g.membership.merchant_id,
            account_id=current_user.account_id,
            name=uploaded.filename,
            data=uploaded.stream.read(MAX_FILE_BYTES + 1),
        )
    except InvalidImportFile as exc:
        return _render_index({"table": exc.user_message()}), 422
    return redirect(url_for(".detail", file_id=file.id), 303)


@desk.get("/<uuid:file_id>")
@require_staff_permission(Permission.PRODUCTS_IMPORT)
def detail(file_id: UUID) -> ResponseReturnValue:
    """Show one file: its columns, its progress, its errors, its result."""
    return _render_page(queries.get_import(file_id), {}, None)


@desk.get("/<uuid:file_id>/progress")
@require_staff_permission(Permission.PRODUCTS_IMPORT)
def progress(file_id: UUID) -> ResponseReturnValue:
    """Show the progress of the job; the page reloads itself when it is done."""
    file = queries.get_import(file_id)
    job = queries.get_job(file)
    if file.state in (ImportState.CHECKING, ImportState.RUNNING) and (job is None or job.state is not JobState.FAILED):
        return render_template("desk/product_import/_progress.html", file=file, job=job)
    response = Response("")
    response.headers["HX-Redirect"] = url_for(".detail", file_id=file.id)
    return response


@desk.post("/<uuid:file_id>/match")
@require_staff_permission(Permission.PRODUCTS_IMPORT)
def set_mapping(file_id: UUID) -> ResponseReturnValue:
    """Set the mapping and check every row."""
    file = queries.get_import(file_id)
    mapping = {column: request.form.get(f"column-{number}", "") for number, column in enumerate(file.columns)}
    options = {name: request.form.get(name, "") for name in ("category", "unit", "location")}
    try:
        services.set_mapping(file_id=file_id, mapping=_drop_unknown_targets(mapping, file), options=options)
    except ValidationError as exc:
        file.mapping, file.options = mapping, options
        return _render_page(file, exc.errors, None), 422
    return redirect(url_for(".detail", file_id=file_id), 303)


@desk.post("/<uuid:file_id>/start")
@require_staff_permission(Permission.PRODUCTS_IMPORT)
def start_import(file_id: UUID) -> ResponseReturnValue:
    """Import what was checked."""
    mode = ImportMode.ALL_OR_NOTHING if request.form.get("mode") == "all" else ImportMode.VALID_ROWS
    try:
        can_edit_prices = bool(g.membership.can(Permission.PRICES_EDIT))
        services.start_import(
            file_id=file_id, mode=mode, submit=request.form.get("submit") == "1", update_prices=can_edit_prices
        )
    except ImportHasErrors as exc:
        flash(exc.user_message(), "error")
    return redirect(url_for(".detail", file_id=file_id), 303)


@desk.post("/<uuid:file_id>/throw-away")
@require_staff_permission(Permission.PRODUCTS_IMPORT)
def delete_import(file_id: UUID) -> ResponseReturnValue:
    """Delete a file."""
    services.delete_import(file_id=file_id)
    flash(_("The table is thrown away. What was imported from it stays."), "success")
    return redirect(url_for(".index"), 303)


@desk.get("/<uuid:file_id>/faults.csv")
@require_staff_permission(Permission.PRODUCTS_IMPORT)
def download_errors(file_id: UUID) -> ResponseReturnValue:
    """Download all errors as CSV."""
    file = queries.get_import(file_id)
    row_errors = db.session.scalars(queries.errors_stmt(file.id))
    rows = [(_("Row"), _("Column"), _("What stands there"), _("What is wrong"))]
    rows += [(str(error.row), error.column, error.value, localize(error.message)) for error in row_errors]
    return _csv_response(rows, "faults.csv")


@desk.get("/example.csv")
@require_staff_permission(Permission.PRODUCTS_IMPORT)
def download_example() -> ResponseReturnValue:
    """Download an example table."""
    return _csv_response(EXAMPLE_ROWS, "example.csv")


@desk.get("/tray")
@require_staff_permission(Permission.PRODUCTS_IMPORT)
def job_indicator() -> ResponseReturnValue:
    """Render the jobs in the background, for every page of the desk."""
    files = queries.list_active_imports()
    jobs = queries.get_jobs(files)
    tasks = [
        {
            "name": file.name,
            "state": "running" if job.state in (JobState.WAITING, JobState.RUNNING) else job.state.value,
            "done": job.progress,
            "total": job.total,
            "url": url_for(".detail", file_id=file.id),
        }
        for file in files
        if file.job_id and (job := jobs.get(file.job_id)) and (job.finished_at is None or job.state is JobState.FAILED)
    ]
    return render_template("desk/product_import/_job_indicator.html", tasks=tasks)


def _render_index(errors: dict[str, Any]) -> str:
    return render_template("desk/product_import/index.html", files=queries.list_recent_imports(), errors=errors)


def _render_page(file: ImportFile, errors: dict[str, Any], _typed: Any) -> str:
    row_errors = paginate(queries.errors_stmt(file.id), number=request.args.get("page", 1, int), size=50)
    leaf_categories = queries.list_leaf_categories()
    names = {row.slug: row.names for row in leaf_categories}
    return render_template(
        "desk/product_import/file.html",
        file=file,
        job=queries.get_job(file),
        errors=errors,
        row_errors=row_errors,
        targets=_target_choices(file),
        categories=[(row.slug, localize(names[row.slug])) for row in leaf_categories],
        units=Unit.choices(),
        location_choices=[
            *((str(row.id), row.name) for row in list_locations()),
            (column_mapping.SKIP_STOCK, _("Do not touch stock")),
        ],
        samples=[[row[index] if index < len(row) else "" for row in file.samples[:3]] for index in range(len(file.columns))],
        has_failed=queries.has_failed(file),
    )


def _target_choices(file: ImportFile) -> list[tuple[str, Any]]:
    """Return the targets of a column: the fixed ones, then the attributes of the categories."""
    context = queries.load_import_context(options={"category": file.options.get("category")}, merchant_id=file.merchant_id)
    schemas = [context.schemas[context.default_category_id]] if context.default_category_id else list(context.schemas.values())
    attribute_targets = {
        f"{column_mapping.ATTRIBUTE_PREFIX}{field.code}": localize(field.names) for schema in schemas for field in schema
    }
    return [*((target.name, target.label) for target in column_mapping.TARGETS), *attribute_targets.items()]


def _drop_unknown_targets(mapping: dict[str, str], file: ImportFile) -> dict[str, str]:
    allowed = {name for name, _label in _target_choices(file)}
    return {column: target for column, target in mapping.items() if target in allowed}


def _csv_response(rows: Any, name: str) -> Response:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([f"'{cell}" if str(cell).startswith(FORMULA_PREFIXES) else cell for cell in row])
    response = Response("\ufeff" + buffer.getvalue(), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
