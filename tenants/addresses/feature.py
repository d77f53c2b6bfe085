"""Feature declaration of the address book."""

from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from tenants.addresses import models
from tenants.addresses.views.account import account

FEATURE = Feature(
    name="addresses",
    models=models,
    account=account,
    account_menu=(MenuItem(label=_l("Address book"), endpoint="account.addresses.index", icon="pin", order=40),),
)
