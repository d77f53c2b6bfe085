"""What the address book plugs in."""

from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from marketplace.kernel.later import later
from tenants.addresses import models
from tenants.addresses.views.account import account

FEATURE = Feature(
    name="addresses",
    models=models,
    account=account,
    account_menu=(MenuItem(label=_l("Address book"), endpoint="account.addresses.index", icon="pin", order=40),),
    seed=later("tenants.addresses.seeds:seed"),
    seed_order=8,
    sign_ins=later("tenants.addresses.seeds:sign_ins"),
)
