"""The staff list at the desk: members, invitations, roles and permissions (RO1, RO2)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import ValidationError
from marketplace.kernel.form_input import FormData, clean_fields
from marketplace.kernel.localized_text import current_language
from tenants.access.decorators import require_staff_permission
from tenants.access.login import current_user
from tenants.access.permissions import ROLE_PERMISSIONS, Permission, StaffRole
from tenants.merchants import queries as merchant_queries
from tenants.staff import queries, services

desk = Blueprint("staff", __name__, url_prefix="/staff")


@desk.get("/")
@require_staff_permission(Permission.STAFF_SEE)
def index() -> ResponseReturnValue:
    """List the staff and the open invitations."""
    return _render_page(FormData(role=StaffRole.SERVICE.value), FormData())


@desk.get("/roles")
@require_staff_permission(Permission.STAFF_SEE)
def roles() -> ResponseReturnValue:
    """Show the six roles and 27 permissions as one table."""
    return render_template(
        "desk/staff/roles.html", roles=list(StaffRole), permissions=list(Permission), role_permissions=ROLE_PERMISSIONS
    )


@desk.post("/invite")
@require_staff_permission(Permission.STAFF_MANAGE)
def invite() -> ResponseReturnValue:
    """Send an invitation."""
    typed, user = clean_fields(request.form, "email", "role"), current_user
    merchant = merchant_queries.get_merchant(g.membership.merchant_id)
    try:
        services.invite_staff(
            merchant=merchant,
            email=typed.email,
            role=typed.role,
            invited_by=(user.account_id, user.name),
            locale=current_language(),
        )
    except ValidationError as exc:
        return _render_page(typed, FormData(exc.errors)), 422
    flash(_("Invited: the letter is on its way to %(email)s.", email=typed.email), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/invitations/<uuid:invitation_id>/take-back")
@require_staff_permission(Permission.STAFF_MANAGE)
def revoke_invitation(invitation_id: UUID) -> ResponseReturnValue:
    """Revoke an invitation."""
    services.revoke_invitation(merchant_id=g.membership.merchant_id, invitation_id=invitation_id)
    flash(_("The invitation is taken back."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/<uuid:staff_id>/role")
@require_staff_permission(Permission.STAFF_MANAGE)
def change_role(staff_id: UUID) -> ResponseReturnValue:
    """Change the role of a staff member."""
    services.change_role(merchant_id=g.membership.merchant_id, staff_id=staff_id, role=request.form.get("role", ""))
    flash(_("The role is changed."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/<uuid:staff_id>/remove")
@require_staff_permission(Permission.STAFF_MANAGE)
def remove(staff_id: UUID) -> ResponseReturnValue:
    """Remove a staff member."""
    services.remove_staff(
        merchant=merchant_queries.get_merchant(g.membership.merchant_id), staff_id=staff_id, locale=current_language()
    )
    flash(_("Removed: this person can no longer enter the desk."), "success")
    return redirect(url_for(".index"), 303)


def _render_page(typed: FormData, errors: FormData) -> str:
    merchant_id = g.membership.merchant_id
    return render_template(
        "desk/staff/index.html", staff=queries.list_staff(merchant_id), invitations=queries.list_invitations(merchant_id),
        typed=typed, errors=errors, roles=StaffRole.choices(), may_manage=g.membership.can(Permission.STAFF_MANAGE),
    )  # fmt: skip
