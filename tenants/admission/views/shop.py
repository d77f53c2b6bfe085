"""Applying: one page after the other, saved as one goes; afterwards, how it stands and what should change."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from marketplace.kernel import uploads
from marketplace.kernel.db import let_stand
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.forms import Typed
from marketplace.kernel.uploads import Document, UploadRefused
from tenants.access.guards import signed_in, visitor
from tenants.accounts.queries import account_by_id
from tenants.admission import fields, queries, services
from tenants.admission.fields import PAPERS, Step
from tenants.admission.models import Application, ApplicationState
from tenants.admission.services.applying import complaints
from tenants.merchants.models import MerchantKind
from tenants.merchants.views import form

shop = Blueprint("apply", __name__, url_prefix="/apply")


@shop.get("/")
@visitor
def index() -> ResponseReturnValue:
    """What selling here means; for who has applied, how it stands."""
    person = g.identity
    application = queries.latest_of(person.account_id) if person else None
    if application is None:
        return render_template("shop/apply/index.html", person=person, kinds=MerchantKind)
    if application.state is ApplicationState.DRAFT:
        return redirect(url_for(".page", step=_first_open(application)))
    return _status(application)


@shop.post("/start")
@signed_in
def start() -> ResponseReturnValue:
    """Begin, or go on where one stopped."""
    person = g.identity
    account = account_by_id(person.account_id)
    known = {"contact_name": account.name, "contact_email": account.email, "contact_phone": account.phone or ""}
    services.start(buyer_id=person.buyer_id, account_id=person.account_id, answers=known)
    return redirect(url_for(".index"), 303)


@shop.post("/again")
@signed_in
def again() -> ResponseReturnValue:
    """Begin anew with the old answers."""
    services.again(buyer_id=g.identity.buyer_id, account_id=g.identity.account_id)
    return redirect(url_for(".page", step=Step.BUSINESS), 303)


@shop.post("/withdraw")
@signed_in
def withdraw() -> ResponseReturnValue:
    """Take the application back."""
    services.withdraw(account_id=g.identity.account_id)
    flash(_("The application is withdrawn."), "success")
    return redirect(url_for(".index"), 303)


@shop.get("/<any(business, identity, contact, goods, papers, check):step>")
@signed_in
def page(step: str) -> ResponseReturnValue:
    """One page of the application."""
    application = queries.mine(g.identity.account_id, lock=False)
    if not application.is_editable:
        return redirect(url_for(".index"))
    return _page(application, Step(step), Typed())


@shop.post("/<any(business, identity, contact, goods):step>")
@signed_in
def save(step: str) -> ResponseReturnValue:
    """Keep what was typed, say what is wrong, or go on."""
    here = Step(step)
    answers = form.read(field.name for field in fields.of_step(here))
    application = services.save(account_id=g.identity.account_id, step=here, answers=answers)
    return _go_on(application, here, Typed(complaints(application=application, step=here)))


@shop.post("/papers")
@signed_in
def save_papers() -> ResponseReturnValue:
    """Take in the papers and the agreement."""
    person, errors = g.identity, Typed()
    for name in PAPERS:
        given = request.files.get(name)
        if given is not None and given.filename:
            errors.update(_take_paper(name, given))
        elif request.form.get(f"remove_{name}"):
            services.keep_paper(account_id=person.account_id, name=name, document=None)
    answers = {"agreement": bool(request.form.get("agreement"))}
    application = services.save(account_id=person.account_id, step=Step.PAPERS, answers=answers)
    return _go_on(application, Step.PAPERS, Typed({**complaints(application=application, step=Step.PAPERS), **errors}))


@shop.post("/check")
@signed_in
def submit() -> ResponseReturnValue:
    """Hand it in; once is enough."""
    if queries.mine(g.identity.account_id).is_waiting:
        flash(_("Your application is handed in already."))
        return redirect(url_for(".index"), 303)
    try:
        services.submit(account_id=g.identity.account_id)
    except Invalid as refusal:
        application = queries.mine(g.identity.account_id)
        return _page(application, Step.CHECK, Typed(refusal.errors)), 422
    flash(_("Your application is handed in. We answer within two working days."), "success")
    return redirect(url_for(".index"), 303)


@shop.get("/papers/<any(licence, authorisation, quality):name>")
@signed_in
def paper(name: str) -> ResponseReturnValue:
    """One's own paper."""
    kept = queries.mine(g.identity.account_id, lock=False).answers.get(name)
    if not kept:
        raise NotFound
    return uploads.send_document(Document.from_json(kept))


def _take_paper(name: str, given: FileStorage) -> dict[str, str]:
    try:
        kept = uploads.store_document(given.stream, filename=given.filename or "", owner=str(g.identity.buyer_id))
    except UploadRefused as refusal:
        return {name: refusal.sentence()}
    services.keep_paper(account_id=g.identity.account_id, name=name, document=kept.to_json())
    return {}


def _go_on(application: Application, here: Step, errors: Typed) -> ResponseReturnValue:
    if request.form.get("go") == "later":
        flash(_("Saved. You can go on whenever you like."), "success")
        return redirect(url_for("shop.home.index"), 303)
    if errors:
        let_stand()
        return _page(application, here, errors), 422
    return redirect(url_for(".page", step=here.following), 303)


def _page(application: Application, step: Step, errors: Typed) -> str:
    answers = Typed(application.answers)
    return render_template(
        f"shop/apply/{step.value}.html",
        application=application,
        step=step,
        steps=list(Step),
        answers=answers,
        errors=errors,
        said=Typed({name: _("The market asks: %(what)s", what=text) for name, text in application.remarks.items()} | errors),
        fields=fields,
        wrong=complaints(application=application) if step is Step.CHECK else {},
        choices={**form.choices(answers.region), "kinds": _kinds()},
    )


def _kinds() -> list[dict[str, Any]]:
    hints = {
        MerchantKind.MANUFACTURER: (_("You make the goods yourself."), "building"),
        MerchantKind.AGENT: (_("You sell for a brand that has authorised you."), "stamp"),
        MerchantKind.DEALER: (_("You buy from several makers and sell on."), "warehouse"),
        MerchantKind.TRADER: (_("You trade by yourself, as a sole proprietor."), "person"),
    }
    return [{"value": kind.value, "label": kind.label, "hint": hint, "icon": icon} for kind, (hint, icon) in hints.items()]


def _first_open(application: Application) -> Step:
    return next((step for step in Step if complaints(application=application, step=step)), Step.CHECK)


def _status(application: Application) -> str:
    rounds = queries.rounds_of(application.id)
    return render_template("shop/apply/status.html", application=application, rounds=rounds, fields=fields, S=ApplicationState)
