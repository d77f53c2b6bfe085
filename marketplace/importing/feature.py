"""What importing plugs in."""

from __future__ import annotations

from flask import g, url_for
from flask_babel import lazy_gettext as _l

from marketplace.importing import listeners, models, tasks
from marketplace.importing.views import desk
from marketplace.kernel.feature import Feature, MenuItem
from tenants.access.permissions import Permission


def _tray() -> str:
    place = g.get("place")
    return url_for("desk.importing.tray") if place is not None and place.may(Permission.PRODUCTS_IMPORT) else ""


FEATURE = Feature(
    name="importing",
    desk=desk.desk,
    models=models,
    listens=listeners,
    tasks=tasks,
    every={"wake imports": (60.0, "importing.wake")},
    frame={"tray_url": _tray},
    desk_menu=(
        MenuItem(
            label=_l("Import"),
            endpoint="desk.importing.index",
            icon="import",
            section=_l("Goods"),
            order=35,
            permission=Permission.PRODUCTS_IMPORT,
        ),
    ),
)
