"""A person's own pages: who they are, their password and address, where they are signed in, where they work."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid, TooMany
from marketplace.kernel.forms import Typed, take
from marketplace.kernel.texts import language
from tenants.access import desks as open_desks
from tenants.access.devices import YEAR
from tenants.access.guards import signed_in
from tenants.access.identity import identity, sign_in_here
from tenants.accounts import rules, services, sessions
from tenants.accounts.models import Audience
from tenants.accounts.queries import account_by_id

me = Blueprint("me", __name__, url_prefix="/account")


@me.get("/")
@signed_in
def profile() -> ResponseReturnValue:
    """Name, telephone, language; whether the address is confirmed."""
    account = account_by_id(g.identity.account_id)
    typed = Typed(name=account.name, phone=account.phone or "", locale=language())
    return render_template("account/accounts/profile.html", account=account, typed=typed, errors=Typed())


@me.post("/")
@signed_in
def change_profile() -> ResponseReturnValue:
    """Change them; the pages speak the chosen language from now on."""
    typed = take(request.form, "name", "phone", "locale", longest=200)
    try:
        services.change_profile(account_id=g.identity.account_id, **typed)
    except Invalid as refusal:
        account, errors = account_by_id(g.identity.account_id), Typed(refusal.errors)
        return render_template("account/accounts/profile.html", account=account, typed=typed, errors=errors), 422
    flash(_("Saved."), "success")
    answer = make_response(redirect(url_for(".profile"), 303))
    secure = current_app.config["SETTINGS"].secure
    answer.set_cookie("lang", typed.locale, max_age=YEAR, samesite="Lax", secure=secure, httponly=True)
    return answer


@me.post("/confirm")
@signed_in
def resend() -> ResponseReturnValue:
    """Send the letter that confirms the address once more."""
    services.resend_confirmation(account_id=g.identity.account_id)
    flash(_("We have sent the letter again. Please look into your mail."), "success")
    return redirect(url_for(".profile"), 303)


@me.get("/password")
@signed_in
def password() -> ResponseReturnValue:
    """Ask for the old and a new password."""
    return render_template("account/accounts/password.html", errors=Typed())


@me.post("/password")
@signed_in
def change_password() -> ResponseReturnValue:
    """Change it; every other place is signed out, and this one gets a fresh session."""
    old, new = request.form.get("old", "")[:200], request.form.get("new", "")
    here = _here()
    try:
        services.change_password(account_id=g.identity.account_id, old=old, new=new, here=here)
    except TooMany as refusal:
        return render_template("account/accounts/password.html", errors=Typed({"": refusal.sentence()})), 429
    except Invalid as refusal:
        return render_template("account/accounts/password.html", errors=Typed(refusal.errors)), 422
    _renew()
    flash(_("Your password is changed. All other places are signed out."), "success")
    return redirect(url_for(".password"), 303)


@me.get("/email")
@signed_in
def email() -> ResponseReturnValue:
    """Ask for a new address."""
    return render_template("account/accounts/email.html", typed=Typed(), errors=Typed(), sent="")


@me.post("/email")
@signed_in
def change_email() -> ResponseReturnValue:
    """Write to the new address; it counts when it is confirmed there."""
    typed, given = take(request.form, "email"), request.form.get("password", "")[:200]
    sent, errors, status = typed.email, Typed(), 200
    try:
        services.ask_new_address(account_id=g.identity.account_id, email=typed.email, password=given)
    except TooMany as refusal:
        sent, errors, status = "", Typed({"": refusal.sentence()}), 429
    except Invalid as refusal:
        sent, errors, status = "", Typed(refusal.errors), 422
    return render_template("account/accounts/email.html", typed=typed, errors=errors, sent=sent), status


@me.get("/places")
@signed_in
def places() -> ResponseReturnValue:
    """Where one is signed in."""
    rows = db.session.scalars(sessions.of_account(g.identity.account_id).limit(100)).all()
    return render_template("account/accounts/places.html", rows=rows, here=_here(), browser_of=rules.browser_of)


@me.post("/places/<uuid:session_id>/end")
@signed_in
def end_place(session_id: UUID) -> ResponseReturnValue:
    """Sign out there."""
    services.end_place(account_id=g.identity.account_id, session_id=session_id)
    flash(_("Signed out there."), "success")
    return redirect(url_for(".places"), 303)


@me.post("/places/end-others")
@signed_in
def end_other_places() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    services.end_other_places(account_id=g.identity.account_id, here=_here())
    flash(_("You are signed out everywhere else."), "success")
    return redirect(url_for(".places"), 303)


@me.get("/desks")
@signed_in
def desks() -> ResponseReturnValue:
    """The desks where one works."""
    mine = open_desks.desks_of(g.identity.account_id)
    return render_template("account/accounts/desks.html", desks=mine)


def _here() -> set[UUID]:
    """The sessions of this very browser, if they are this person's."""
    mine = g.identity.account_id
    found = (identity(audience) for audience in Audience)
    return {person.session_id for person in found if person is not None and person.account_id == mine}


def _renew() -> None:
    """A fresh session for each that this browser has: what was seen of the old ones opens nothing."""
    account = account_by_id(g.identity.account_id)
    for audience in Audience:
        person = identity(audience)
        if person is not None and person.account_id == account.id:
            sign_in_here(account, audience)
    session.clear()
