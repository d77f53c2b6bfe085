"""Acceptance of an invitation, with the current account or a new one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import ValidationError
from marketplace.kernel.form_input import FormData, clean_fields
from marketplace.kernel.localized_text import current_language
from tenants.access.decorators import login_required, public
from tenants.access.login import current_user, get_session_user, login_user
from tenants.accounts import services as accounts
from tenants.accounts.models import Realm
from tenants.accounts.views.login import login_and_redirect
from tenants.staff import queries, services

account = Blueprint("invitation", __name__, url_prefix="/invitation")


@account.get("/<token>")
@public
def detail(token: str) -> ResponseReturnValue:
    """Show who invites and for which role."""
    return _render_page(token, FormData(), FormData())


@account.post("/<token>")
@login_required
def accept(token: str) -> ResponseReturnValue:
    """Accept with the logged-in account."""
    current_account = services.get_account(account_id=current_user.account_id)
    merchant = services.accept_invitation(token=token, account=current_account)
    login_user(current_account, Realm.DESK)
    flash(_("Welcome to the desk."), "success")
    return redirect(url_for("desk.dashboard.index", merchant=merchant.slug), 303)


@account.post("/<token>/register")
@public
def register(token: str) -> ResponseReturnValue:
    """Accept with a new account; the invitation has confirmed the address."""
    typed = clean_fields(request.form, "login", "name", max_length=80)
    match = queries.get_invitation(token)
    if match is None:
        return _render_page(token, typed, FormData())
    try:
        new_account = accounts.register_invited(
            login=typed.login,
            name=typed.name,
            password=request.form.get("password", ""),
            email=match[0].email,
            locale=current_language(),
        )
    except ValidationError as exc:
        return _render_page(token, typed, FormData(exc.errors))
    merchant = services.accept_invitation(token=token, account=new_account)
    accounts.publish_login(account=new_account)
    login_and_redirect(new_account)
    flash(_("Welcome to the desk."), "success")
    return redirect(url_for("desk.dashboard.index", merchant=merchant.slug), 303)


def _render_page(token: str, typed: FormData, errors: FormData) -> ResponseReturnValue:
    match = queries.get_invitation(token)
    invitation, merchant = match or (None, None)
    status = 422 if errors else 200 if match else 410
    return render_template(
        "account/staff/invitation.html", token=token, invitation=invitation, merchant=merchant, user=get_session_user(Realm.SHOP),
        typed=typed, errors=errors,
    ), status  # fmt: skip
