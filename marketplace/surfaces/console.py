"""Dashboard of the platform console: items that wait for review, then the metrics of the platform."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from marketplace.surfaces import dashboard
from tenants.access.decorators import require_platform_permission
from tenants.access.permissions import PlatformPermission

console = Blueprint("dashboard", __name__)


@console.get("/")
@require_platform_permission(PlatformPermission.CONSOLE_SEE)
def index() -> ResponseReturnValue:
    """Show the dashboard of the platform staff."""
    overview = dashboard.build_dashboard("console", g.permissions.__contains__)
    return render_template(
        "console/dashboard.html",
        todo_items=overview.todo_items,
        metrics=overview.metrics,
        charts=overview.charts,
        date_line=dashboard.date_line(),
    )
