"""Services of orders."""

from marketplace.orders.services.changes import change_order
from marketplace.orders.services.creation import create_default_workflow, create_purchase
from marketplace.orders.services.fulfilment import mark_delivered, mark_shipped
from marketplace.orders.services.history import SYSTEM_GATEWAY, SYSTEM_TIMER, NamedActor, fulfilment_scope, log_event
from marketplace.orders.services.payment import mark_orders_paid
from marketplace.orders.services.public_lookup import OrderStatusSummary, lookup_order
from marketplace.orders.services.transitions import add_note, cancel_order, fire_timer, snooze_timer, transition_order
from marketplace.orders.services.workflow_settings import current_options, current_version_number, save_workflow_options

__all__ = [
    "SYSTEM_GATEWAY",
    "SYSTEM_TIMER",
    "NamedActor",
    "OrderStatusSummary",
    "add_note",
    "cancel_order",
    "change_order",
    "create_default_workflow",
    "create_purchase",
    "current_options",
    "current_version_number",
    "fire_timer",
    "fulfilment_scope",
    "log_event",
    "lookup_order",
    "mark_delivered",
    "mark_orders_paid",
    "mark_shipped",
    "save_workflow_options",
    "snooze_timer",
    "transition_order",
]
