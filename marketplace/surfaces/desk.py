"""Dashboard of a merchant desk: waiting work, then the metrics of the merchant."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from marketplace.surfaces import dashboard
from tenants.access.decorators import require_staff_permission
from tenants.access.login import current_user
from tenants.access.permissions import Permission

desk = Blueprint("dashboard", __name__)


@desk.get("/")
@require_staff_permission(Permission.DESK_SEE)
def index() -> ResponseReturnValue:
    """Show the dashboard: todo items first, charts below."""
    overview = dashboard.build_dashboard("desk", g.membership.can)
    greeting = dashboard.greeting(current_user.name)
    return render_template(
        "desk/dashboard.html",
        onboarding_steps=dashboard.onboarding_steps(g.membership.can),
        todo_items=overview.todo_items,
        metrics=overview.metrics,
        charts=overview.charts,
        greeting=greeting,
        date_line=dashboard.date_line(),
    )
