"""Applying as a merchant: pages that are saved one by one, and the status after the submission."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from marketplace.kernel.errors import NotFound, ValidationError
from marketplace.kernel.form_input import FormData
from marketplace.media import uploads
from marketplace.media.uploads import Document, UploadError
from tenants.access.decorators import login_required, optional_login
from tenants.access.login import current_user
from tenants.accounts.queries import get_account
from tenants.merchant_applications import fields, queries, services
from tenants.merchant_applications.fields import DOCUMENT_FIELDS, Step
from tenants.merchant_applications.models import Application, ApplicationState
from tenants.merchant_applications.services.application import validate_application
from tenants.merchants.models import MerchantKind
from tenants.merchants.views import form

shop = Blueprint("apply", __name__, url_prefix="/apply")


@shop.get("/")
@optional_login
def index() -> ResponseReturnValue:
    """Show what selling here means; for applicants, the status of their application."""
    signed_in = current_user.is_authenticated
    application = queries.find_latest_application(current_user.account_id) if signed_in else None
    if application is None:
        return render_template("shop/applications/index.html", signed_in=signed_in, kinds=MerchantKind)
    if application.state is ApplicationState.DRAFT:
        return redirect(url_for(".page", step=_first_incomplete_step(application)))
    return _render_status(application)


@shop.post("/start")
@login_required
def start() -> ResponseReturnValue:
    """Start an application, or continue the open one."""
    account = get_account(current_user.account_id)
    prefilled = {"contact_name": account.name, "contact_email": account.email, "contact_phone": account.phone or ""}
    services.start_application(buyer_id=current_user.buyer_id, account_id=current_user.account_id, answers=prefilled)
    return redirect(url_for(".index"), 303)


@shop.post("/again")
@login_required
def reapply() -> ResponseReturnValue:
    """Start a new application with the old answers."""
    services.reapply(buyer_id=current_user.buyer_id, account_id=current_user.account_id)
    return redirect(url_for(".page", step=Step.BUSINESS), 303)


@shop.post("/withdraw")
@login_required
def withdraw() -> ResponseReturnValue:
    """Withdraw the application."""
    services.withdraw_application(account_id=current_user.account_id)
    flash(_("The application is withdrawn."), "success")
    return redirect(url_for(".index"), 303)


@shop.get("/<any(business, identity, contact, goods, papers, check):step>")
@login_required
def page(step: str) -> ResponseReturnValue:
    """Show one page of the application."""
    application = queries.get_own_application(current_user.account_id, lock=False)
    if not application.is_editable:
        return redirect(url_for(".index"))
    return _render_page(application, Step(step), FormData())


@shop.post("/<any(business, identity, contact, goods):step>")
@login_required
def save(step: str) -> ResponseReturnValue:
    """Save the answers of one page; show its errors or go to the next page."""
    current_step = Step(step)
    answers = form.parse_merchant_form(field.name for field in fields.fields_of_step(current_step))
    application = services.save_answers(account_id=current_user.account_id, step=current_step, answers=answers)
    return _redirect_to_next(
        application, current_step, FormData(validate_application(application=application, step=current_step))
    )


@shop.post("/papers")
@login_required
def save_documents() -> ResponseReturnValue:
    """Save the documents and the agreement."""
    user, errors = current_user, FormData()
    for name in DOCUMENT_FIELDS:
        upload = request.files.get(name)
        if upload is not None and upload.filename:
            errors.update(_store_document(name, upload))
        elif request.form.get(f"remove_{name}"):
            services.save_document(account_id=user.account_id, name=name, document=None)
    answers = {"agreement": bool(request.form.get("agreement"))}
    application = services.save_answers(account_id=user.account_id, step=Step.DOCUMENTS, answers=answers)
    return _redirect_to_next(
        application, Step.DOCUMENTS, FormData({**validate_application(application=application, step=Step.DOCUMENTS), **errors})
    )


@shop.post("/check")
@login_required
def submit() -> ResponseReturnValue:
    """Submit the application; a second submission changes nothing."""
    if queries.get_own_application(current_user.account_id).is_waiting:
        flash(_("Your application is handed in already."))
        return redirect(url_for(".index"), 303)
    try:
        services.submit_application(account_id=current_user.account_id)
    except ValidationError as exc:
        application = queries.get_own_application(current_user.account_id)
        return _render_page(application, Step.CHECK, FormData(exc.errors)), 422
    flash(_("Your application is handed in. We answer within two working days."), "success")
    return redirect(url_for(".index"), 303)


@shop.get("/papers/<any(licence, authorisation, quality):name>")
@login_required
def document(name: str) -> ResponseReturnValue:
    """Send one of the applicant's own documents."""
    stored = queries.get_own_application(current_user.account_id, lock=False).answers.get(name)
    if not stored:
        raise NotFound
    return uploads.send_document(Document.from_json(stored))


def _store_document(name: str, upload: FileStorage) -> dict[str, str]:
    try:
        stored = uploads.store_document(upload.stream, filename=upload.filename or "", key_prefix=str(current_user.buyer_id))
    except UploadError as exc:
        return {name: exc.user_message()}
    services.save_document(account_id=current_user.account_id, name=name, document=stored.to_json())
    return {}


def _redirect_to_next(application: Application, current_step: Step, errors: FormData) -> ResponseReturnValue:
    if request.form.get("go") == "later":
        flash(_("Saved. You can go on whenever you like."), "success")
        return redirect(url_for("shop.home.index"), 303)
    if errors:
        return _render_page(application, current_step, errors), 422
    return redirect(url_for(".page", step=current_step.next), 303)


def _render_page(application: Application, step: Step, errors: FormData) -> str:
    answers = FormData(application.answers)
    return render_template(
        f"shop/applications/{step.name.lower()}.html",
        application=application,
        step=step,
        steps=list(Step),
        answers=answers,
        errors=errors,
        field_messages=FormData(
            {name: _("The market asks: %(what)s", what=text) for name, text in application.field_comments.items()} | errors
        ),
        fields=fields,
        errors_by_field=validate_application(application=application) if step is Step.CHECK else {},
        choices={**form.form_choices(answers.region), "kinds": _kind_options()},
    )


def _kind_options() -> list[dict[str, Any]]:
    hints = {
        MerchantKind.MANUFACTURER: (_("You make the goods yourself."), "building"),
        MerchantKind.AGENT: (_("You sell for a brand that has authorised you."), "stamp"),
        MerchantKind.DEALER: (_("You buy from several makers and sell on."), "warehouse"),
        MerchantKind.TRADER: (_("You trade by yourself, as a sole proprietor."), "person"),
    }
    return [{"value": kind.value, "label": kind.label, "hint": hint, "icon": icon} for kind, (hint, icon) in hints.items()]


def _first_incomplete_step(application: Application) -> Step:
    return next((step for step in Step if validate_application(application=application, step=step)), Step.CHECK)


def _render_status(application: Application) -> str:
    submissions = queries.list_submissions(application.id)
    return render_template(
        "shop/applications/status.html", application=application, submissions=submissions, fields=fields, S=ApplicationState
    )
