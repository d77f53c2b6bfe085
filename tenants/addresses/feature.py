"""What the address book plugs in."""

from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from tenants.addresses import models, seeds
from tenants.addresses.views.account import account

FEATURE = Feature(
    name="addresses",
    models=models,
    account=account,
    account_menu=(MenuItem(label=_l("Address book"), endpoint="account.addresses.index", icon="pin", order=40),),
    seed=seeds.seed,
    seed_order=8,
    sign_ins=seeds.sign_ins,
)
