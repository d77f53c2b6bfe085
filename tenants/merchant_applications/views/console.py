"""Review of applications at the console, and admission without an application (MA2, MA3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound, ValidationError
from marketplace.kernel.form_input import FormData, clean_fields, normalize_text, to_halfwidth
from marketplace.kernel.localized_text import current_language
from marketplace.kernel.paging import paginate
from marketplace.media import uploads
from marketplace.media.uploads import Document
from tenants.access.decorators import require_platform_permission
from tenants.access.login import current_user
from tenants.access.permissions import PlatformPermission
from tenants.accounts.queries import get_account_names
from tenants.merchant_applications import fields, queries, services
from tenants.merchant_applications.models import Application, ApplicationState
from tenants.merchants import business_scopes
from tenants.merchants.views import form

console = Blueprint("applications", __name__, url_prefix="/applications")
STATE_FILTERS = ("waiting", "changes_requested", "approved", "rejected", "")
DIRECT_ADMISSION_FIELDS = tuple(field.name for field in fields.FIELDS if field.step in services.STEPS)
TONES = {
    "submitted": "due",
    "resubmitted": "due",
    "changes_requested": "info",
    "approved": "good",
    "rejected": "bad",
    "withdrawn": "",
}


@console.get("/")
@require_platform_permission(PlatformPermission.APPLICATIONS_REVIEW)
def index() -> ResponseReturnValue:
    """List the applications: those that wait, longest waiting first, and the decided ones."""
    state, search_text = request.args.get("state", "waiting"), request.args.get("q", "").strip()[:80]
    page = paginate(
        queries.select_for_review(state=state, search_text=search_text), number=request.args.get("page", 1, type=int), size=20
    )
    counts = queries.count_by_state()
    labels = {state_member.value: state_member.label for state_member in ApplicationState}
    return render_template(
        "console/applications/index.html",
        page=page,
        state=state,
        search_text=search_text,
        state_filters=STATE_FILTERS,
        counts=counts,
        tones=TONES,
        fields=fields,
        labels=labels,
    )


@console.get("/new")
@require_platform_permission(PlatformPermission.MERCHANTS_MANAGE)
def new() -> ResponseReturnValue:
    """Show the form for admitting a merchant without an application (MA3)."""
    return _render_new(FormData(), FormData())


@console.post("/new")
@require_platform_permission(PlatformPermission.MERCHANTS_MANAGE)
def admit() -> ResponseReturnValue:
    """Admit the merchant, and invite its owner by e-mail."""
    typed = FormData(form.parse_merchant_form(DIRECT_ADMISSION_FIELDS) | clean_fields(request.form, "owner_email", "reason"))
    admitted_by = (current_user.account_id, current_user.name)
    try:
        merchant = services.admit_without_application(
            entries=typed,
            email=to_halfwidth(typed.owner_email),
            reason=typed.reason,
            admitted_by=admitted_by,
            locale=current_language(),
        )
    except ValidationError as exc:
        return _render_new(typed, FormData(exc.errors)), 422
    flash(_("Admitted. The owner has a letter with the way to the desk."), "success")
    return redirect(url_for("console.merchants.detail", merchant_id=merchant.id), 303)


def _render_new(typed: FormData, errors: FormData) -> str:
    labels = {
        **{name: fields.FIELDS_BY_NAME[name].label for name in DIRECT_ADMISSION_FIELDS},
        "owner_email": _("The owner's e-mail"),
        "reason": _("Papers seen"),
    }
    return render_template(
        "console/applications/new.html",
        typed=typed,
        errors=errors,
        labels=labels,
        choices=form.form_choices(typed.region),
    )


@console.get("/<uuid:application_id>")
@require_platform_permission(PlatformPermission.APPLICATIONS_REVIEW)
def detail(application_id: UUID) -> ResponseReturnValue:
    """Show the answers of one application."""
    return _render_application(queries.get_application(application_id), FormData(), FormData())


@console.post("/<uuid:application_id>")
@require_platform_permission(PlatformPermission.APPLICATIONS_REVIEW)
def decide(application_id: UUID) -> ResponseReturnValue:
    """Approve, reject, or request changes."""
    decision_note = normalize_text(request.form.get("decision_note", ""))
    field_comments = {field.name: normalize_text(request.form.get(f"comment-{field.name}", "")) for field in fields.FIELDS}
    arguments: dict[str, Any] = {
        "application_id": application_id,
        "reviewer_id": current_user.account_id,
        "decision_note": decision_note,
    }
    arguments["number"] = request.form.get("round", 0, type=int)
    decision = request.form.get("decision")
    if decision in ("approve", "reject") and any(field_comments.values()):
        error = _("Comments at fields go out with “Request changes” only. Request changes, or empty them.")
        return _render_application(
            queries.get_application(application_id),
            FormData({**field_comments, "decision_note": decision_note}),
            FormData({"decision_note": error}),
        ), 422
    try:
        if decision == "approve":
            services.approve_application(**arguments, scopes=request.form.getlist("scopes"))
            flash(_("Approved. The shop is open, and the applicant has a letter."), "success")
        elif decision == "changes":
            services.request_changes(**arguments, field_comments=field_comments)
            flash(_("Sent back with your comments; the applicant has a letter."), "success")
        elif decision == "reject":
            services.reject_application(**arguments)
            flash(_("Rejected; the applicant has a letter."), "success")
        else:
            raise NotFound
    except ValidationError as exc:
        typed = FormData({**field_comments, "decision_note": decision_note})
        return _render_application(queries.get_application(application_id), typed, FormData(exc.errors)), 422
    return redirect(url_for(".index"), 303)


@console.get("/<uuid:application_id>/papers/<any(licence, authorisation, quality):name>")
@require_platform_permission(PlatformPermission.APPLICATIONS_REVIEW)
def document(application_id: UUID, name: str) -> ResponseReturnValue:
    """Send a document of the applicant to the reviewer."""
    stored = queries.get_application(application_id).answers.get(name)
    if not stored:
        raise NotFound
    return uploads.send_document(Document.from_json(stored))


def _render_application(application: Application, typed: FormData, errors: FormData) -> str:
    if not application.submission_count:
        raise NotFound
    submissions = queries.list_submissions(application.id)
    answers = submissions[0].answers
    audit_entries = db.session.scalars(audit.select_entries("application", application.id).limit(50)).all()
    previous_answers = submissions[1].answers if len(submissions) > 1 else {}
    return render_template(
        "console/applications/show.html",
        application=application,
        submissions=submissions,
        answers=answers,
        previous_answers=previous_answers,
        typed=typed,
        errors=errors,
        fields=fields,
        tones=TONES,
        audit_entries=audit_entries,
        names=get_account_names({entry.account_id for entry in audit_entries}),
        scope_labels=dict(zip(answers.get("scopes", []), business_scopes.scope_labels(answers.get("scopes", [])), strict=True)),
    )
