"""What shops plug in: the shop itself, and the page on which it is arranged."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from marketplace.kernel.later import later
from tenants.access.permissions import Permission
from tenants.storefronts import listeners, models
from tenants.storefronts.views.desk import desk
from tenants.storefronts.views.store import store

FEATURE = Feature(
    name="storefronts",
    models=models,
    listens=listeners,
    store=store,
    desk=desk,
    desk_menu=(
        MenuItem(
            label=_l("Arrange the shop"),
            endpoint="desk.storefront.edit",
            icon="palette",
            section=_l("Shop"),
            order=70,
            permission=Permission.SHOP_EDIT,
        ),
    ),
    seed=later("tenants.storefronts.seeds:seed"),
    seed_order=14,
)
