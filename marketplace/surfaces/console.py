"""The first page of the market's own staff: what waits for review, then how the market goes."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from marketplace.surfaces import today
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight

console = Blueprint("overview", __name__)


@console.get("/")
@market_only(MarketRight.CONSOLE_SEE)
def index() -> ResponseReturnValue:
    """What waits for the market's staff."""
    day = today.gather("console", g.rights.__contains__)
    return render_template(
        "console/overview.html", waiting=day.waiting, figures=day.figures, charts=day.charts, note=today.day_line()
    )
