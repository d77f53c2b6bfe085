"""Registration of the commissions feature: the console pages for rates and the demo data."""

from flask_babel import lazy_gettext as _l

from billing.commissions import models
from billing.commissions.views.console import console
from marketplace.kernel.feature import Feature, MenuItem
from tenants.access.permissions import PlatformPermission

FEATURE = Feature(
    name="commissions",
    models=models,
    console=console,
    console_menu=(
        MenuItem(
            label=_l("Commissions"),
            endpoint="console.commissions.index",
            icon="percent",
            section=_l("Money"),
            order=62,
            permission=PlatformPermission.COMMISSIONS_EDIT,
        ),
    ),
)
