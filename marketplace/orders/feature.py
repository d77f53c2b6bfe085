"""What orders plug into the platform."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from billing.references import describes, finds, names_reasons
from marketplace.kernel.feature import Feature, MenuItem
from marketplace.kernel.urls import steady
from marketplace.orders import listeners, models, spoken, tasks
from marketplace.orders.models import CancelReason
from marketplace.orders.views import console, desk, shop, today, workflow
from tenants.access.permissions import MarketRight, Permission

TRADE = _l("Trade")

describes("order")(spoken.orders)
describes("purchase")(spoken.purchases)
finds(spoken.numbered)
names_reasons({reason.value: reason.label for reason in CancelReason})

FEATURE = Feature(
    name="orders",
    models=models,
    shop=shop.shop,
    desk=desk.desk,
    console=console.console,
    listens=listeners,
    tasks=tasks,
    every={"orders.fire_clocks": (60.0, "orders.fire_clocks")},
    desk_menu=(
        MenuItem(
            label=_l("Orders"),
            endpoint="desk.orders.index",
            icon="orders",
            section=TRADE,
            order=10,
            permission=Permission.ORDERS_SEE,
        ),
    ),
    console_menu=(
        MenuItem(
            label=_l("Orders"),
            endpoint="console.orders.index",
            icon="orders",
            section=TRADE,
            order=40,
            permission=MarketRight.ORDERS_SEE,
        ),
    ),
    desk_waiting=today.desk_waiting,
    desk_figures=today.desk_figures,
    console_figures=today.console_figures,
    frame={"orders_url": steady("shop.orders.index"), "find_order_url": steady("shop.orders.find")},
)

WORKFLOW = Feature(
    name="workflow",
    desk=workflow.desk,
    desk_menu=(
        MenuItem(
            label=_l("Order workflow"),
            endpoint="desk.workflow.index",
            icon="swap",
            section=TRADE,
            order=70,
            permission=Permission.WORKFLOW_EDIT,
        ),
    ),
)
