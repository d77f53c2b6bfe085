"""Accepting an invitation: as who one is already, or with a fresh account."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Typed, take
from marketplace.kernel.texts import language
from tenants.access.guards import everyone, signed_in
from tenants.access.identity import identity, sign_in_here
from tenants.accounts import services as accounts
from tenants.accounts.models import Audience
from tenants.accounts.views.entry import let_in
from tenants.staff import queries, services

account = Blueprint("invitation", __name__, url_prefix="/invitation")


@account.get("/<word>")
@everyone
def show(word: str) -> ResponseReturnValue:
    """Who invites, and as what."""
    return _page(word, Typed(), Typed())


@account.post("/<word>")
@signed_in
def accept(word: str) -> ResponseReturnValue:
    """Accept as the person who is signed in."""
    joining = services.account_of(account_id=g.identity.account_id)
    merchant = services.accept(word=word, account=joining)
    sign_in_here(joining, Audience.DESK)
    flash(_("Welcome to the desk."), "success")
    return redirect(url_for("desk.today.index", merchant=merchant.slug), 303)


@account.post("/<word>/register")
@everyone
def register(word: str) -> ResponseReturnValue:
    """Accept with a fresh account; the letter has proved the address."""
    typed = take(request.form, "login", "name", longest=80)
    found = queries.invitation(word)
    if found is None:
        return _page(word, typed, Typed())
    try:
        made = accounts.register_invited(
            login=typed.login,
            name=typed.name,
            password=request.form.get("password", ""),
            email=found[0].email,
            locale=language(),
        )
    except Invalid as refusal:
        return _page(word, typed, Typed(refusal.errors))
    merchant = services.accept(word=word, account=made)
    accounts.tell_signed_in(account=made)
    let_in(made)
    flash(_("Welcome to the desk."), "success")
    return redirect(url_for("desk.today.index", merchant=merchant.slug), 303)


def _page(word: str, typed: Typed, errors: Typed) -> ResponseReturnValue:
    found = queries.invitation(word)
    invitation, merchant = found or (None, None)
    status = 422 if errors else 200 if found else 410
    return render_template(
        "account/staff/invitation.html", word=word, invitation=invitation, merchant=merchant, person=identity(),
        typed=typed, errors=errors,
    ), status  # fmt: skip
