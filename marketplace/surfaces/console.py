"""The first page of the market's own staff: what waits for review, then how the market goes."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from marketplace.kernel.feature import Feature, Waiting
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight

console = Blueprint("overview", __name__)


@console.get("/")
@market_only(MarketRight.CONSOLE_SEE)
def index() -> ResponseReturnValue:
    """What waits for the market's staff."""
    features: tuple[Feature, ...] = current_app.extensions["features"]
    waiting: list[Waiting] = [line for one in features if one.console_waiting for line in one.console_waiting()]
    waiting.sort(key=lambda line: (not line.urgent, line.order))
    figures = [figure for one in features if one.console_figures for figure in one.console_figures()]
    return render_template("console/overview.html", waiting=waiting, figures=figures)
