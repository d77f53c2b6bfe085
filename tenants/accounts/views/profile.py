"""The account pages: profile, password, e-mail address, sessions and memberships."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.db import db
from marketplace.kernel.errors import RateLimited, ValidationError
from marketplace.kernel.form_input import FormData, clean_fields
from marketplace.kernel.localized_text import current_language
from tenants.access import memberships
from tenants.access.decorators import login_required
from tenants.access.device_cookie import ONE_YEAR_S
from tenants.access.login import current_user, get_session_user, login_user
from tenants.accounts import services, sessions, validators
from tenants.accounts.models import Realm
from tenants.accounts.queries import get_account

me = Blueprint("me", __name__, url_prefix="/account")


@me.get("/")
@login_required
def profile() -> ResponseReturnValue:
    """Show name, phone number, language, and whether the address is confirmed."""
    account = get_account(current_user.account_id)
    typed = FormData(name=account.name, phone=account.phone or "", locale=current_language())
    return render_template("account/accounts/profile.html", account=account, typed=typed, errors=FormData())


@me.post("/")
@login_required
def change_profile() -> ResponseReturnValue:
    """Save the profile; pages use the chosen language from now on."""
    typed = clean_fields(request.form, "name", "phone", "locale", max_length=200)
    try:
        services.change_profile(account_id=current_user.account_id, **typed)
    except ValidationError as exc:
        account, errors = get_account(current_user.account_id), FormData(exc.errors)
        return render_template("account/accounts/profile.html", account=account, typed=typed, errors=errors), 422
    flash(_("Saved."), "success")
    response = make_response(redirect(url_for(".profile"), 303))
    secure = current_app.config["SETTINGS"].secure
    response.set_cookie("lang", typed.locale, max_age=ONE_YEAR_S, samesite="Lax", secure=secure, httponly=True)
    return response


@me.post("/confirm")
@login_required
def resend_confirmation() -> ResponseReturnValue:
    """Send the confirmation e-mail again."""
    services.resend_confirmation(account_id=current_user.account_id)
    flash(_("We have sent the letter again. Please look into your mail."), "success")
    return redirect(url_for(".profile"), 303)


@me.get("/password")
@login_required
def password() -> ResponseReturnValue:
    """Show the form for the old and a new password."""
    return render_template("account/accounts/password.html", errors=FormData())


@me.post("/password")
@login_required
def change_password() -> ResponseReturnValue:
    """Change the password; all other sessions are revoked, and this browser gets new ones."""
    old_password, new_password = request.form.get("old", "")[:200], request.form.get("new", "")
    current_session_ids = _browser_session_ids()
    try:
        services.change_password(
            account_id=current_user.account_id,
            old_password=old_password,
            new_password=new_password,
            current_session_ids=current_session_ids,
        )
    except RateLimited as exc:
        return render_template("account/accounts/password.html", errors=FormData({"": exc.user_message()})), 429
    except ValidationError as exc:
        return render_template("account/accounts/password.html", errors=FormData(exc.errors)), 422
    _renew_sessions()
    flash(_("Your password is changed. All other places are signed out."), "success")
    return redirect(url_for(".password"), 303)


@me.get("/email")
@login_required
def email() -> ResponseReturnValue:
    """Show the form for a new address."""
    return render_template("account/accounts/email.html", typed=FormData(), errors=FormData(), sent_to="")


@me.post("/email")
@login_required
def change_email() -> ResponseReturnValue:
    """Send a confirmation to the new address, which replaces the old one when it is confirmed."""
    typed, current_password = clean_fields(request.form, "email"), request.form.get("password", "")[:200]
    sent_to, errors, status = typed.email, FormData(), 200
    try:
        services.request_email_change(account_id=current_user.account_id, email=typed.email, password=current_password)
    except RateLimited as exc:
        sent_to, errors, status = "", FormData({"": exc.user_message()}), 429
    except ValidationError as exc:
        sent_to, errors, status = "", FormData(exc.errors), 422
    return render_template("account/accounts/email.html", typed=typed, errors=errors, sent_to=sent_to), status


@me.get("/places")
@login_required
def list_sessions() -> ResponseReturnValue:
    """Show the user's sessions."""
    rows = db.session.scalars(sessions.select_sessions(current_user.account_id).limit(100)).all()
    return render_template(
        "account/accounts/sessions.html",
        sessions=rows,
        current_session_ids=_browser_session_ids(),
        describe_user_agent=validators.describe_user_agent,
    )


@me.post("/places/<uuid:session_id>/end")
@login_required
def revoke_session(session_id: UUID) -> ResponseReturnValue:
    """Revoke one session."""
    services.revoke_session(account_id=current_user.account_id, session_id=session_id)
    flash(_("Signed out there."), "success")
    return redirect(url_for(".list_sessions"), 303)


@me.post("/places/end-others")
@login_required
def revoke_other_sessions() -> ResponseReturnValue:
    """Revoke all sessions of other browsers."""
    services.revoke_other_sessions(account_id=current_user.account_id, current_session_ids=_browser_session_ids())
    flash(_("You are signed out everywhere else."), "success")
    return redirect(url_for(".list_sessions"), 303)


@me.get("/desks")
@login_required
def desks() -> ResponseReturnValue:
    """Show the merchants that the user works for."""
    user_memberships = memberships.list_memberships(current_user.account_id)
    return render_template("account/accounts/memberships.html", memberships=user_memberships)


def _browser_session_ids() -> set[UUID]:
    """Return the sessions of this browser that belong to the user."""
    account_id = current_user.account_id
    users = (get_session_user(realm) for realm in Realm)
    return {user.session_id for user in users if user is not None and user.account_id == account_id}


def _renew_sessions() -> None:
    """Replace every session of this browser by a new one, so that a leaked token is worthless."""
    account = get_account(current_user.account_id)
    for realm in Realm:
        user = get_session_user(realm)
        if user is not None and user.account_id == account.id:
            login_user(account, realm)
    session.clear()
