"""What belongs to no feature: the front page, the first page of each door, the API's description."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel import mail, tables
from marketplace.kernel.feature import Feature, MenuItem
from marketplace.surfaces import api, console, desk, home, style
from tenants.access.permissions import MarketRight

FEATURE = Feature(
    name="surfaces",
    models=tables,
    shop=home.shop,
    desk=desk.desk,
    console=console.console,
    api=api.api,
    listens=mail,
    desk_menu=(MenuItem(label=_l("Today"), endpoint="desk.today.index", icon="home", order=0),),
    console_menu=(MenuItem(label=_l("Overview"), endpoint="console.overview.index", icon="home", order=0),),
)

STYLE = Feature(
    name="style",
    console=style.console,
    console_menu=(
        MenuItem(
            label=_l("Style page"),
            endpoint="console.style.index",
            icon="image",
            section=_l("System"),
            order=99,
            permission=MarketRight.CONSOLE_SEE,
        ),
    ),
)
