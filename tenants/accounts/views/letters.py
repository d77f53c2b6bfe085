"""Registering, and what the links of letters lead to. A link only shows a page; a button does the deed, so that programs
which open every link use nothing up."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import Invalid, TooMany
from marketplace.kernel.forms import Typed, take
from marketplace.kernel.texts import language
from marketplace.kernel.urls import local_path
from tenants.access.guards import everyone
from tenants.accounts import services, words
from tenants.accounts.errors import LinkUsedUp
from tenants.accounts.models import WordKind
from tenants.accounts.views.entry import entry as entry
from tenants.accounts.views.entry import let_in


@entry.get("/register")
@everyone
def register() -> ResponseReturnValue:
    """Three fields (ME1); who confirms the address in this browser goes on to where they wanted to go."""
    if "next" in request.args:
        session["next"] = local_path(request.args["next"])
    return render_template("account/accounts/register.html", typed=Typed(), errors=Typed())


@entry.post("/register")
@everyone
def do_register() -> ResponseReturnValue:
    """Open an account; the answer is the same whether or not the address has one already."""
    typed = take(request.form, "login", "email")
    try:
        account_id = services.register(
            login=typed.login,
            password=request.form.get("password", ""),
            email=typed.email,
            locale=language(),
            address=request.remote_addr or "",
        )
    except TooMany as refusal:
        errors = Typed({"": refusal.sentence()})
        return render_template("account/accounts/register.html", typed=typed, errors=errors), 429
    except Invalid as refusal:
        return render_template("account/accounts/register.html", typed=typed, errors=Typed(refusal.errors)), 422
    session["registered"] = {"account": str(account_id), "email": typed.email}
    return redirect(url_for(".registered"), 303)


@entry.get("/registered")
@everyone
def registered() -> ResponseReturnValue:
    """Look into your mail."""
    email = session.get("registered", {}).get("email", "")
    return render_template("account/accounts/registered.html", email=email)


@entry.get("/confirm/<word>")
@everyone
def confirm(word: str) -> ResponseReturnValue:
    """Ask for the click that confirms an address."""
    found = words.look(word, WordKind.CONFIRM_EMAIL)
    return render_template("account/accounts/confirm.html", found=found, change=False), 200 if found else 410


@entry.post("/confirm/<word>")
@everyone
def do_confirm(word: str) -> ResponseReturnValue:
    """Confirm it. The browser that registered is signed in at once; any other is asked for the password."""
    try:
        account = services.confirm_address(word=word)
    except LinkUsedUp:
        return render_template("account/accounts/confirm.html", found=None, change=False), 410
    flash(_("Your e-mail address is confirmed."), "success")
    if session.get("registered", {}).get("account") == str(account.id):
        services.tell_signed_in(account=account)
        return let_in(account)
    return redirect(url_for("account.me.profile"), 303)


@entry.get("/confirm-change/<word>")
@everyone
def confirm_change(word: str) -> ResponseReturnValue:
    """Ask for the click that makes this the account's address."""
    found = words.look(word, WordKind.CHANGE_EMAIL)
    return render_template("account/accounts/confirm.html", found=found, change=True), 200 if found else 410


@entry.post("/confirm-change/<word>")
@everyone
def do_confirm_change(word: str) -> ResponseReturnValue:
    """The new address takes the old one's place."""
    try:
        services.confirm_new_address(word=word)
    except LinkUsedUp:
        return render_template("account/accounts/confirm.html", found=None, change=True), 410
    flash(_("Your e-mail address is changed."), "success")
    return redirect(url_for("account.me.profile"), 303)


@entry.get("/forgot")
@everyone
def forgot() -> ResponseReturnValue:
    """Ask for a new password."""
    return render_template("account/accounts/forgot.html", typed=Typed(), errors=Typed(), asked=False)


@entry.post("/forgot")
@everyone
def do_forgot() -> ResponseReturnValue:
    """Send a letter if there is such an account; the answer does not say."""
    typed, errors, status = take(request.form, "name"), Typed(), 200
    if typed.name:
        try:
            services.ask_reset(name=typed.name, locale=language(), address=request.remote_addr or "")
        except TooMany as refusal:
            errors, status = Typed({"": refusal.sentence()}), 429
    else:
        errors, status = Typed({"name": _("Please enter your login name or e-mail address.")}), 422
    return render_template("account/accounts/forgot.html", typed=typed, errors=errors, asked=not errors), status


@entry.get("/reset/<word>")
@everyone
def reset(word: str) -> ResponseReturnValue:
    """Choose a new password."""
    found = words.look(word, WordKind.RESET_PASSWORD)
    return render_template("account/accounts/reset.html", found=found, errors=Typed()), 200 if found else 410


@entry.post("/reset/<word>")
@everyone
def do_reset(word: str) -> ResponseReturnValue:
    """Set it; every place is signed out, and this browser asked for the new password."""
    try:
        services.set_password(word=word, password=request.form.get("password", ""))
    except LinkUsedUp:
        return render_template("account/accounts/reset.html", found=None, errors=Typed()), 410
    except Invalid as refusal:
        found = words.look(word, WordKind.RESET_PASSWORD)
        return render_template("account/accounts/reset.html", found=found, errors=Typed(refusal.errors)), 422
    flash(_("Your new password is set. Please sign in with it."), "success")
    return redirect(url_for(".sign_in"), 303)
