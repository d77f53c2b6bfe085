"""The audit log at the desk (RO2)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.kernel.paging import paginate
from tenants.access.decorators import require_staff_permission
from tenants.access.permissions import Permission
from tenants.platform_admin import audit_labels, queries

desk = Blueprint("audit_log", __name__, url_prefix="/deeds")


@desk.get("/")
@require_staff_permission(Permission.AUDIT_SEE)
def index() -> ResponseReturnValue:
    """List the actions of the merchant's staff, and of the platform about this merchant, latest first."""
    action_group, actor_id = request.args.get("kind", ""), request.args.get("who", type=UUID)
    action_group = action_group if action_group in audit_labels.DESK_ACTION_GROUPS else ""
    staff_names = queries.get_staff_names(g.membership.merchant_id)
    stmt = queries.select_merchant_audit_entries(
        g.membership.merchant_id,
        action_groups=[action_group] if action_group else audit_labels.DESK_ACTION_GROUPS,
        account_id=actor_id,
    )
    page = paginate(stmt, number=request.args.get("page", 1, type=int), size=50)
    action_groups = {name: audit_labels.ACTION_GROUPS[name] for name in audit_labels.DESK_ACTION_GROUPS}
    return render_template(
        "desk/platform_admin/audit_log.html",
        page=page,
        action_group=action_group,
        actor_id=actor_id,
        action_groups=action_groups,
        staff_names=staff_names,
        action_label=audit_labels.action_label,
        describe_entry=audit_labels.describe_entry,
    )
