"""Feature manifest of the pages that belong to no other feature: home page, dashboards, API description, style guide."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel import mail, models
from marketplace.kernel.feature import Feature, MenuItem
from marketplace.surfaces import api, console, desk, home, styleguide
from tenants.access.permissions import PlatformPermission

FEATURE = Feature(
    name="surfaces",
    models=models,
    shop=home.shop,
    desk=desk.desk,
    console=console.console,
    api=api.api,
    listeners=mail,
    desk_menu=(MenuItem(label=_l("Today"), endpoint="desk.dashboard.index", icon="home", order=0),),
    console_menu=(MenuItem(label=_l("Overview"), endpoint="console.dashboard.index", icon="home", order=0),),
)

STYLEGUIDE = Feature(
    name="styleguide",
    console=styleguide.console,
    console_menu=(
        MenuItem(
            label=_l("Style page"),
            endpoint="console.styleguide.index",
            icon="image",
            section=_l("System"),
            order=99,
            permission=PlatformPermission.CONSOLE_SEE,
        ),
    ),
)
