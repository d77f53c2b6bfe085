"""What shipping plugs into the platform."""

from __future__ import annotations

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem, Step
from marketplace.kernel.later import later
from marketplace.shipping import listeners, models, queries, tasks
from marketplace.shipping.views import desk, freight
from tenants.access.permissions import Permission

TRADE = _l("Trade")


def steps() -> list[Step]:
    """Freight: whoever says nothing carries for nothing."""
    return [
        Step(
            label=_("Say what delivery costs"),
            why=_("Until you do, buyers pay nothing for it, wherever they live."),
            url=url_for("desk.freight.index"),
            action=_("Set it up"),
            icon="scale",
            done=queries.freight_of(g.place.merchant_id) is not None,
            permission=Permission.FREIGHT_EDIT,
            order=20,
        )
    ]


FEATURE = Feature(
    name="shipping",
    models=models,
    desk=desk.desk,
    listens=listeners,
    tasks=tasks,
    seed=later("marketplace.shipping.seeds:plant"),
    seed_order=60,
    every={"shipping.ask_carriers": (tasks.EVERY, "shipping.ask_carriers")},
    desk_menu=(
        MenuItem(
            label=_l("Parcels"),
            endpoint="desk.shipping.index",
            icon="truck",
            section=TRADE,
            order=20,
            permission=Permission.ORDERS_SEE,
        ),
    ),
)

FREIGHT = Feature(
    name="freight",
    desk=freight.desk,
    desk_steps=steps,
    desk_menu=(
        MenuItem(
            label=_l("Freight and minimum"),
            endpoint="desk.freight.index",
            icon="scale",
            section=TRADE,
            order=60,
            permission=Permission.FREIGHT_EDIT,
        ),
    ),
)
