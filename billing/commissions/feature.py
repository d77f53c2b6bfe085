"""What commissions plug in: rates for the market's staff."""

from flask_babel import lazy_gettext as _l

from billing.commissions import models
from billing.commissions.views.console import console
from marketplace.kernel.feature import Feature, MenuItem
from marketplace.kernel.later import later
from tenants.access.permissions import MarketRight

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
            permission=MarketRight.COMMISSIONS_EDIT,
        ),
    ),
    seed=later("billing.commissions.seeds:plant"),
    seed_order=50,
)
