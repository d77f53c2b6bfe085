"""Feature declaration of merchant applications: applying at the shop, reviewing at the console."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from marketplace.kernel.feature import Feature, MenuItem, TodoItem
from marketplace.kernel.urls import cached_url
from tenants.access.permissions import PlatformPermission
from tenants.merchant_applications import models, queries
from tenants.merchant_applications.views.console import console
from tenants.merchant_applications.views.shop import shop


def todo_items() -> Sequence[TodoItem]:
    """Return the to-do item for the number of applications that wait for review."""
    pending_count = (
        queries.count_by_state()["waiting"] if PlatformPermission.APPLICATIONS_REVIEW in g.get("permissions", ()) else 0
    )
    if not pending_count:
        return ()
    item = TodoItem(
        label=ngettext("%(num)s application waits", "%(num)s applications wait", pending_count),
        description=_l("An answer within two working days was promised."),
        url=url_for("console.applications.index"),
        action=_l("Review"),
        icon="stamp",
        permission=PlatformPermission.APPLICATIONS_REVIEW,
        urgent=True,
        count=pending_count,
        order=10,
    )
    return (item,)


FEATURE = Feature(
    name="merchant_applications",
    models=models,
    shop=shop,
    console=console,
    console_menu=(
        MenuItem(
            label=_l("Applications"),
            endpoint="console.applications.index",
            icon="stamp",
            section=_l("Merchants"),
            order=10,
            permission=PlatformPermission.APPLICATIONS_REVIEW,
            count=lambda: queries.count_by_state()["waiting"],
        ),
    ),
    console_todo_items=todo_items,
    page_context={"apply_url": cached_url("shop.apply.index")},
)
