"""Feature declaration of the platform administration: four console pages, the desk's audit log, the announcement."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from marketplace.kernel.localized_text import localize
from tenants.access.permissions import Permission, PlatformPermission
from tenants.platform_admin import models, queries
from tenants.platform_admin.views.console import console
from tenants.platform_admin.views.desk import desk

SECTION_LABEL = _l("The market")
CONSOLE_PAGES = (
    (_l("Team"), "console.platform_admin.team.index", "people", PlatformPermission.TEAM_MANAGE),
    (_l("Settings"), "console.platform_admin.settings.edit", "settings", PlatformPermission.SETTINGS_EDIT),
    (_l("Audit trail"), "console.platform_admin.audit_log.audit", "history", PlatformPermission.AUDIT_SEE),
    (_l("Letters"), "console.platform_admin.emails.outbox", "mail", PlatformPermission.AUDIT_SEE),
)

FEATURE = Feature(
    name="platform_admin",
    models=models,
    desk=desk,
    desk_menu=(
        MenuItem(
            label=_l("Who did what"),
            endpoint="desk.audit_log.index",
            icon="history",
            section=_l("Shop"),
            order=88,
            permission=Permission.AUDIT_SEE,
        ),
    ),
    console=console,
    console_menu=tuple(
        MenuItem(label=label, endpoint=endpoint, icon=icon, section=SECTION_LABEL, order=80 + number, permission=permission)
        for number, (label, endpoint, icon, permission) in enumerate(CONSOLE_PAGES)
    ),
    page_context={"announcement": lambda: localize(queries.get_settings().announcement)},
)
