"""What the ledger plugs in: the books, a merchant's statement, the market's trial balance."""

from flask_babel import lazy_gettext as _l

from billing.ledger import figures, models
from billing.ledger.views.console import console
from billing.ledger.views.desk import desk
from marketplace.kernel.feature import Feature, MenuItem
from tenants.access.permissions import MarketRight, Permission

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
            permission=MarketRight.LEDGER_SEE,
        ),
    ),
    desk_figures=figures.for_the_desk,
    console_figures=figures.for_the_console,
)
