"""Feature declarations of orders and of the order workflow settings."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from billing.reference_registry import register_describer, register_finder, register_reason_labels
from marketplace.kernel.feature import Feature, MenuItem
from marketplace.kernel.urls import cached_url
from marketplace.orders import listeners, models, reference_describers, tasks
from marketplace.orders.models import CancelReason
from marketplace.orders.views import console, dashboard, desk, shop, workflow
from tenants.access.permissions import Permission, PlatformPermission

TRADE = _l("Trade")

register_describer("order")(reference_describers.describe_orders)
register_describer("purchase")(reference_describers.describe_purchases)
register_finder(reference_describers.find_by_number)
register_reason_labels({reason.value: reason.label for reason in CancelReason})

FEATURE = Feature(
    name="orders",
    models=models,
    shop=shop.shop,
    desk=desk.desk,
    console=console.console,
    listeners=listeners,
    tasks=tasks,
    schedule={"orders.fire_due_timers": (60.0, "orders.fire_due_timers")},
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
            permission=PlatformPermission.ORDERS_SEE,
        ),
    ),
    desk_todo_items=dashboard.todo_items,
    desk_metrics=dashboard.metrics,
    console_metrics=dashboard.platform_metrics,
    page_context={"orders_url": cached_url("shop.orders.index"), "find_order_url": cached_url("shop.orders.lookup_form")},
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
