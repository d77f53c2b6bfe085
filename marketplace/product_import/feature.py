"""The manifest of the product import feature."""

from __future__ import annotations

from flask import g, url_for
from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from marketplace.product_import import listeners, models, tasks
from marketplace.product_import.views import desk
from tenants.access.permissions import Permission


def _job_indicator_url() -> str:
    membership = g.get("membership")
    return (
        url_for("desk.product_import.job_indicator")
        if membership is not None and membership.can(Permission.PRODUCTS_IMPORT)
        else ""
    )


FEATURE = Feature(
    name="product_import",
    desk=desk.desk,
    models=models,
    listeners=listeners,
    tasks=tasks,
    schedule={"requeue stalled imports": (60.0, "product_import.requeue_stalled")},
    page_context={"job_indicator_url": _job_indicator_url},
    desk_menu=(
        MenuItem(
            label=_l("Import"),
            endpoint="desk.product_import.index",
            icon="import",
            section=_l("Goods"),
            order=35,
            permission=Permission.PRODUCTS_IMPORT,
        ),
    ),
)
