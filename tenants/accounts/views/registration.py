"""Registration and the targets of e-mailed links.

A link only shows a page, and a button performs the action, so that programs which open every link consume no token.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import RateLimited, ValidationError
from marketplace.kernel.form_input import FormData, clean_fields
from marketplace.kernel.localized_text import current_language
from marketplace.kernel.urls import safe_redirect_path
from tenants.access.decorators import public
from tenants.accounts import services, tokens
from tenants.accounts.errors import InvalidToken
from tenants.accounts.models import TokenPurpose
from tenants.accounts.views.login import auth as auth
from tenants.accounts.views.login import login_and_redirect


@auth.get("/register")
@public
def register() -> ResponseReturnValue:
    """Show the three fields (ME1); after confirming the address in this browser the user returns to the requested page."""
    if "next" in request.args:
        session["next"] = safe_redirect_path(request.args["next"])
    return render_template("account/accounts/register.html", typed=FormData(), errors=FormData())


@auth.post("/register")
@public
def do_register() -> ResponseReturnValue:
    """Create an account; the response is the same whether or not the address has one already."""
    typed = clean_fields(request.form, "login", "email")
    try:
        account_id = services.register(
            login=typed.login,
            password=request.form.get("password", ""),
            email=typed.email,
            locale=current_language(),
            ip_address=request.remote_addr or "",
        )
    except RateLimited as exc:
        errors = FormData({"": exc.user_message()})
        return render_template("account/accounts/register.html", typed=typed, errors=errors), 429
    except ValidationError as exc:
        return render_template("account/accounts/register.html", typed=typed, errors=FormData(exc.errors)), 422
    session["registered"] = {"account": str(account_id), "email": typed.email}
    return redirect(url_for(".registered"), 303)


@auth.get("/registered")
@public
def registered() -> ResponseReturnValue:
    """Show that a confirmation e-mail was sent."""
    email = session.get("registered", {}).get("email", "")
    return render_template("account/accounts/registered.html", email=email)


@auth.get("/confirm/<token>")
@public
def confirm_email(token: str) -> ResponseReturnValue:
    """Show the button that confirms an address."""
    email_token = tokens.peek_token(token, TokenPurpose.CONFIRM_EMAIL)
    return render_template("account/accounts/confirm.html", email_token=email_token, change=False), 200 if email_token else 410


@auth.post("/confirm/<token>")
@public
def do_confirm_email(token: str) -> ResponseReturnValue:
    """Confirm the address. The browser that registered is logged in at once; any other is asked for the password."""
    try:
        account = services.confirm_email(token=token)
    except InvalidToken:
        return render_template("account/accounts/confirm.html", email_token=None, change=False), 410
    flash(_("Your e-mail address is confirmed."), "success")
    if session.get("registered", {}).get("account") == str(account.id):
        services.publish_login(account=account)
        return login_and_redirect(account)
    return redirect(url_for("account.me.profile"), 303)


@auth.get("/confirm-change/<token>")
@public
def confirm_email_change(token: str) -> ResponseReturnValue:
    """Show the button that changes the account's address."""
    email_token = tokens.peek_token(token, TokenPurpose.CHANGE_EMAIL)
    return render_template("account/accounts/confirm.html", email_token=email_token, change=True), 200 if email_token else 410


@auth.post("/confirm-change/<token>")
@public
def do_confirm_email_change(token: str) -> ResponseReturnValue:
    """Replace the account's address by the confirmed one."""
    try:
        services.confirm_email_change(token=token)
    except InvalidToken:
        return render_template("account/accounts/confirm.html", email_token=None, change=True), 410
    flash(_("Your e-mail address is changed."), "success")
    return redirect(url_for("account.me.profile"), 303)


@auth.get("/forgot")
@public
def forgot_password() -> ResponseReturnValue:
    """Show the form for a password reset."""
    return render_template("account/accounts/forgot.html", typed=FormData(), errors=FormData(), is_requested=False)


@auth.post("/forgot")
@public
def do_forgot_password() -> ResponseReturnValue:
    """Request a reset e-mail; the response does not tell whether there is an account."""
    typed, errors, status = clean_fields(request.form, "name"), FormData(), 200
    if typed.name:
        try:
            services.request_password_reset(
                login_or_email=typed.name, locale=current_language(), ip_address=request.remote_addr or ""
            )
        except RateLimited as exc:
            errors, status = FormData({"": exc.user_message()}), 429
    else:
        errors, status = FormData({"name": _("Please enter your login name or e-mail address.")}), 422
    return render_template("account/accounts/forgot.html", typed=typed, errors=errors, is_requested=not errors), status


@auth.get("/reset/<token>")
@public
def reset_password(token: str) -> ResponseReturnValue:
    """Show the form for a new password."""
    email_token = tokens.peek_token(token, TokenPurpose.RESET_PASSWORD)
    return render_template(
        "account/accounts/reset.html", email_token=email_token, errors=FormData()
    ), 200 if email_token else 410


@auth.post("/reset/<token>")
@public
def do_reset_password(token: str) -> ResponseReturnValue:
    """Save the new password; all sessions are revoked, and the user logs in with it."""
    try:
        services.reset_password(token=token, password=request.form.get("password", ""))
    except InvalidToken:
        return render_template("account/accounts/reset.html", email_token=None, errors=FormData()), 410
    except ValidationError as exc:
        email_token = tokens.peek_token(token, TokenPurpose.RESET_PASSWORD)
        return render_template("account/accounts/reset.html", email_token=email_token, errors=FormData(exc.errors)), 422
    flash(_("Your new password is set. Please sign in with it."), "success")
    return redirect(url_for(".sign_in"), 303)
