"""Registration of the shipping and freight features."""

from __future__ import annotations

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem, OnboardingStep
from marketplace.shipping import listeners, models, queries, tasks
from marketplace.shipping.views import desk, rates
from tenants.access.permissions import Permission

MENU_SECTION = _l("Trade")


def onboarding_steps() -> list[OnboardingStep]:
    """Return the onboarding step for freight rates: a merchant without rates ships free of charge."""
    return [
        OnboardingStep(
            label=_("Say what delivery costs"),
            description=_("Until you do, buyers pay nothing for it, wherever they live."),
            url=url_for("desk.freight.index"),
            action=_("Set it up"),
            icon="scale",
            done=queries.get_freight_rates(g.membership.merchant_id) is not None,
            permission=Permission.FREIGHT_EDIT,
            order=20,
        )
    ]


FEATURE = Feature(
    name="shipping",
    models=models,
    desk=desk.desk,
    listeners=listeners,
    tasks=tasks,
    schedule={"shipping.poll_carriers": (tasks.POLL_INTERVAL_S, "shipping.poll_carriers")},
    desk_menu=(
        MenuItem(
            label=_l("Parcels"),
            endpoint="desk.shipping.index",
            icon="truck",
            section=MENU_SECTION,
            order=20,
            permission=Permission.ORDERS_SEE,
        ),
    ),
)

FREIGHT_FEATURE = Feature(
    name="freight",
    desk=rates.desk,
    desk_onboarding_steps=onboarding_steps,
    desk_menu=(
        MenuItem(
            label=_l("Freight and minimum"),
            endpoint="desk.freight.index",
            icon="scale",
            section=MENU_SECTION,
            order=60,
            permission=Permission.FREIGHT_EDIT,
        ),
    ),
)
