"""Registration of the ledger feature: a merchant's statement at the desk, the trial balance in the console."""

from flask_babel import lazy_gettext as _l

from billing.ledger import metrics, models
from billing.ledger.views.console import console
from billing.ledger.views.desk import desk
from marketplace.kernel.feature import Feature, MenuItem
from tenants.access.permissions import Permission, PlatformPermission

FEATURE = Feature(
    name="ledger",
    models=models,
    desk=desk,
    console=console,
    desk_menu=(
        MenuItem(
            label=_l("Balance and statement"),
            endpoint="desk.ledger.index",
            icon="wallet",
            section=_l("Money"),
            order=70,
            permission=Permission.MONEY_SEE,
        ),
    ),
    console_menu=(
        MenuItem(
            label=_l("Ledger"),
            endpoint="console.ledger.index",
            icon="ledger",
            section=_l("Money"),
            order=60,
            permission=PlatformPermission.LEDGER_SEE,
        ),
    ),
    desk_metrics=metrics.desk_metrics,
    console_metrics=metrics.console_metrics,
)
