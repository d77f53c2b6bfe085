"""Colleagues at the desk: who is here, who is invited, who may do what (RO1, RO2)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Typed, take
from marketplace.kernel.texts import language
from tenants.access.guards import staff_only
from tenants.access.permissions import GRANTS, Permission, StaffRole
from tenants.merchants import queries as merchants
from tenants.staff import queries, services

desk = Blueprint("staff", __name__, url_prefix="/staff")


@desk.get("/")
@staff_only(Permission.STAFF_SEE)
def index() -> ResponseReturnValue:
    """Who works here, and who is invited."""
    return _page(Typed(role=StaffRole.SERVICE.value), Typed())


@desk.get("/roles")
@staff_only(Permission.STAFF_SEE)
def roles() -> ResponseReturnValue:
    """Six roles and 27 permissions, as one table."""
    return render_template("desk/staff/roles.html", roles=list(StaffRole), permissions=list(Permission), grants=GRANTS)


@desk.post("/invite")
@staff_only(Permission.STAFF_MANAGE)
def invite() -> ResponseReturnValue:
    """Ask somebody by mail."""
    typed, person = take(request.form, "email", "role"), g.identity
    merchant = merchants.get(g.place.merchant_id)
    try:
        services.invite(
            merchant=merchant,
            email=typed.email,
            role=typed.role,
            invited_by=(person.account_id, person.name),
            locale=language(),
        )
    except Invalid as refusal:
        return _page(typed, Typed(refusal.errors)), 422
    flash(_("Invited: the letter is on its way to %(email)s.", email=typed.email), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/invitations/<uuid:invitation_id>/take-back")
@staff_only(Permission.STAFF_MANAGE)
def take_back(invitation_id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    services.take_back(merchant_id=g.place.merchant_id, invitation_id=invitation_id)
    flash(_("The invitation is taken back."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/<uuid:staff_id>/role")
@staff_only(Permission.STAFF_MANAGE)
def change_role(staff_id: UUID) -> ResponseReturnValue:
    """Give another role."""
    services.change_role(merchant_id=g.place.merchant_id, staff_id=staff_id, role=request.form.get("role", ""))
    flash(_("The role is changed."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/<uuid:staff_id>/remove")
@staff_only(Permission.STAFF_MANAGE)
def remove(staff_id: UUID) -> ResponseReturnValue:
    """Let a colleague work here no more."""
    services.remove(merchant=merchants.get(g.place.merchant_id), staff_id=staff_id, locale=language())
    flash(_("Removed: this person can no longer enter the desk."), "success")
    return redirect(url_for(".index"), 303)


def _page(typed: Typed, errors: Typed) -> str:
    merchant_id = g.place.merchant_id
    return render_template(
        "desk/staff/index.html", colleagues=queries.colleagues(merchant_id), invitations=queries.invitations(merchant_id),
        typed=typed, errors=errors, roles=StaffRole.choices(), may_manage=g.place.may(Permission.STAFF_MANAGE),
    )  # fmt: skip
