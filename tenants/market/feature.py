"""What the market's own affairs plug in: four pages of the console, one of every desk, and the announcement on the front page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from marketplace.kernel.texts import pick
from tenants.access.permissions import MarketRight, Permission
from tenants.market import models, queries
from tenants.market.views.console import console
from tenants.market.views.desk import desk

MARKET = _l("The market")
PAGES = (
    (_l("Team"), "console.market.team.index", "people", MarketRight.TEAM_MANAGE),
    (_l("Settings"), "console.market.settings.edit", "settings", MarketRight.SETTINGS_EDIT),
    (_l("Audit trail"), "console.market.trail.audit", "history", MarketRight.AUDIT_SEE),
    (_l("Letters"), "console.market.letters.outbox", "mail", MarketRight.AUDIT_SEE),
)

FEATURE = Feature(
    name="market",
    models=models,
    desk=desk,
    desk_menu=(
        MenuItem(
            label=_l("Who did what"),
            endpoint="desk.deeds.index",
            icon="history",
            section=_l("Shop"),
            order=88,
            permission=Permission.AUDIT_SEE,
        ),
    ),
    console=console,
    console_menu=tuple(
        MenuItem(label=label, endpoint=endpoint, icon=icon, section=MARKET, order=80 + number, permission=right)
        for number, (label, endpoint, icon, right) in enumerate(PAGES)
    ),
    frame={"announcement": lambda: pick(queries.values().announcement)},
)
