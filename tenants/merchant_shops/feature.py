"""Feature declaration of merchant shops: the shop itself, and its settings at the desk."""

from __future__ import annotations

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem, OnboardingStep
from tenants.access.permissions import Permission
from tenants.merchant_shops import listeners, models, queries
from tenants.merchant_shops.views.desk import desk
from tenants.merchant_shops.views.store import store


def onboarding_steps() -> list[OnboardingStep]:
    """Return the onboarding step for logo and banner."""
    return [
        OnboardingStep(
            label=_("Give your shop a face"),
            description=_("A logo, a banner and a few words: buyers look at them before they look at your goods."),
            url=url_for("desk.merchant_shops.edit"),
            action=_("Set it up"),
            icon="palette",
            done=queries.has_branding(g.membership.merchant_id),
            permission=Permission.SHOP_EDIT,
            order=10,
        )
    ]


FEATURE = Feature(
    name="merchant_shops",
    models=models,
    listeners=listeners,
    store=store,
    desk=desk,
    desk_menu=(
        MenuItem(
            label=_l("Arrange the shop"),
            endpoint="desk.merchant_shops.edit",
            icon="palette",
            section=_l("Shop"),
            order=70,
            permission=Permission.SHOP_EDIT,
        ),
    ),
    desk_onboarding_steps=onboarding_steps,
)
