"""What shops plug in: the shop itself, and the page on which it is arranged."""

from __future__ import annotations

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem, Step
from marketplace.kernel.later import later
from tenants.access.permissions import Permission
from tenants.storefronts import listeners, models, queries
from tenants.storefronts.views.desk import desk
from tenants.storefronts.views.store import store


def steps() -> list[Step]:
    """A shop with a face."""
    return [
        Step(
            label=_("Give your shop a face"),
            why=_("A logo, a banner and a few words: buyers look at them before they look at your goods."),
            url=url_for("desk.storefront.edit"),
            action=_("Set it up"),
            icon="palette",
            done=queries.has_a_face(g.place.merchant_id),
            permission=Permission.SHOP_EDIT,
            order=10,
        )
    ]


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
    desk_steps=steps,
    seed=later("tenants.storefronts.seeds:seed"),
    seed_order=14,
)
