"""A merchant's first page: what waits for it, then how it goes."""

from __future__ import annotations

from flask import Blueprint, current_app, g, render_template
from flask.typing import ResponseReturnValue

from marketplace.kernel.feature import Feature, Waiting
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission

desk = Blueprint("today", __name__)


@desk.get("/")
@staff_only(Permission.DESK_SEE)
def index() -> ResponseReturnValue:
    """Today: the queue first, charts below."""
    features: tuple[Feature, ...] = current_app.extensions["features"]
    waiting: list[Waiting] = [line for one in features if one.desk_waiting for line in one.desk_waiting()]
    waiting.sort(key=lambda line: (not line.urgent, line.order))
    figures = [figure for one in features if one.desk_figures for figure in one.desk_figures()]
    return render_template("desk/today.html", waiting=waiting, figures=figures, place=g.place)
