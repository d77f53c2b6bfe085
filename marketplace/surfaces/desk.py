"""A merchant's first page: what waits for it, then how it goes."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from marketplace.surfaces import today
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission

desk = Blueprint("today", __name__)


@desk.get("/")
@staff_only(Permission.DESK_SEE)
def index() -> ResponseReturnValue:
    """Today: the queue first, charts below."""
    day = today.gather("desk", g.place.may)
    greeting = today.greeting(g.identity.name)
    return render_template(
        "desk/today.html",
        steps=today.first_steps(g.place.may),
        waiting=day.waiting,
        figures=day.figures,
        charts=day.charts,
        greeting=greeting,
        note=today.day_line(),
    )
