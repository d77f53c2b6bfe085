"""The market reviews applications: a queue, and one page on which everything is read and decided."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel import audit, uploads
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.forms import Typed, narrow, plain, take
from marketplace.kernel.paging import page_of
from marketplace.kernel.texts import language
from marketplace.kernel.uploads import Document
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight
from tenants.accounts.queries import names_of
from tenants.admission import fields, queries, services
from tenants.admission.models import Application, ApplicationState
from tenants.merchants import scopes
from tenants.merchants.views import form

console = Blueprint("applications", __name__, url_prefix="/applications")
VIEWS = ("waiting", "changes_requested", "approved", "rejected", "")
NEW = tuple(field.name for field in fields.FIELDS if field.step in services.STEPS)
TONES = {
    "submitted": "due",
    "resubmitted": "due",
    "changes_requested": "info",
    "approved": "good",
    "rejected": "bad",
    "withdrawn": "",
}


@console.get("/")
@market_only(MarketRight.APPLICATIONS_REVIEW)
def index() -> ResponseReturnValue:
    """What waits, the longest waiting first; and what was decided."""
    state, find = request.args.get("state", "waiting"), request.args.get("q", "").strip()[:80]
    page = page_of(queries.at_market(state=state, find=find), number=request.args.get("page", 1, type=int), size=20)
    numbers = queries.counts()
    labels = {one.value: one.label for one in ApplicationState}
    return render_template(
        "console/applications/index.html", page=page, state=state, find=find, views=VIEWS, counts=numbers, tones=TONES,
        fields=fields, labels=labels,
    )  # fmt: skip


@console.get("/new")
@market_only(MarketRight.MERCHANTS_MANAGE)
def new() -> ResponseReturnValue:
    """The form for a merchant that stands at the counter (MA3)."""
    return _new(Typed(), Typed())


@console.post("/new")
@market_only(MarketRight.MERCHANTS_MANAGE)
def admit() -> ResponseReturnValue:
    """Admit it, and invite its owner by mail."""
    typed = Typed(form.read(NEW) | take(request.form, "owner_email", "reason"))
    me = (g.identity.account_id, g.identity.name)
    try:
        merchant = services.admit_here(
            entries=typed, email=narrow(typed.owner_email), reason=typed.reason, admitted_by=me, locale=language()
        )
    except Invalid as refusal:
        return _new(typed, Typed(refusal.errors)), 422
    flash(_("Admitted. The owner has a letter with the way to the desk."), "success")
    return redirect(url_for("console.merchants.show", merchant_id=merchant.id), 303)


def _new(typed: Typed, errors: Typed) -> str:
    labels = {
        **{name: fields.BY_NAME[name].label for name in NEW},
        "owner_email": _("The owner's e-mail"),
        "reason": _("Papers seen"),
    }
    return render_template(
        "console/applications/new.html", typed=typed, errors=errors, labels=labels, choices=form.choices(typed.region)
    )


@console.get("/<uuid:application_id>")
@market_only(MarketRight.APPLICATIONS_REVIEW)
def show(application_id: UUID) -> ResponseReturnValue:
    """Read one, answer by answer."""
    return _show(queries.get(application_id), Typed(), Typed())


@console.post("/<uuid:application_id>")
@market_only(MarketRight.APPLICATIONS_REVIEW)
def decide(application_id: UUID) -> ResponseReturnValue:
    """Approve, send back with comments, or refuse."""
    said = plain(request.form.get("said", ""))
    remarks = {field.name: plain(request.form.get(f"comment-{field.name}", "")) for field in fields.FIELDS}
    about: dict[str, Any] = {"application_id": application_id, "reviewer_id": g.identity.account_id, "said": said}
    about["number"] = request.form.get("round", 0, type=int)
    decision = request.form.get("decision")
    if decision in ("approve", "reject") and any(remarks.values()):
        lost = _("Comments at fields go out with “Request changes” only. Request changes, or empty them.")
        return _show(queries.get(application_id), Typed({**remarks, "said": said}), Typed({"said": lost})), 422
    try:
        if decision == "approve":
            services.approve(**about, scopes=request.form.getlist("scopes"))
            flash(_("Approved. The shop is open, and the applicant has a letter."), "success")
        elif decision == "changes":
            services.request_changes(**about, remarks=remarks)
            flash(_("Sent back with your comments; the applicant has a letter."), "success")
        elif decision == "reject":
            services.reject(**about)
            flash(_("Rejected; the applicant has a letter."), "success")
        else:
            raise NotFound
    except Invalid as refusal:
        typed = Typed({**remarks, "said": said})
        return _show(queries.get(application_id), typed, Typed(refusal.errors)), 422
    return redirect(url_for(".index"), 303)


@console.get("/<uuid:application_id>/papers/<any(licence, authorisation, quality):name>")
@market_only(MarketRight.APPLICATIONS_REVIEW)
def paper(application_id: UUID, name: str) -> ResponseReturnValue:
    """A paper of the applicant's, for the reviewer's eyes."""
    kept = queries.get(application_id).answers.get(name)
    if not kept:
        raise NotFound
    return uploads.send_document(Document.from_json(kept))


def _show(application: Application, typed: Typed, errors: Typed) -> str:
    if not application.rounds:
        raise NotFound
    rounds = queries.rounds_of(application.id)
    read = rounds[0].answers
    deeds = db.session.scalars(audit.about("application", application.id).limit(50)).all()
    before = rounds[1].answers if len(rounds) > 1 else {}
    return render_template(
        "console/applications/show.html", application=application, rounds=rounds, answers=read, before=before, typed=typed,
        errors=errors, fields=fields, tones=TONES, deeds=deeds, names=names_of({deed.account_id for deed in deeds}),
        scope_labels=dict(zip(read.get("scopes", []), scopes.labels(read.get("scopes", [])), strict=True)),
    )  # fmt: skip
