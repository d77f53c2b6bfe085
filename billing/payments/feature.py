"""Registration of the payments feature: the gateway, its webhook, the console pages and the periodic tasks."""

from collections.abc import Sequence

from flask import current_app, g, url_for
from flask.ctx import AppContext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from billing.payments import listeners, models, queries, reference_describers, tasks
from billing.payments.domain import RefundState
from billing.payments.gateway import UnconfiguredGateway
from billing.payments.gateways.sandbox import SandboxGateway
from billing.payments.views.console import console
from billing.payments.views.hooks import hooks
from billing.reference_registry import register_describer
from marketplace.kernel.feature import Feature, MenuItem, TodoItem
from tenants.access.permissions import PlatformPermission

register_describer("refund")(reference_describers.describe_refunds)


def configure_gateway(_context: AppContext) -> None:
    """Choose the gateway of this installation from the settings, once at startup."""
    settings = current_app.config["SETTINGS"]
    if settings.gateway_url and settings.gateway_secret:
        current_app.extensions["gateway"] = SandboxGateway(settings.gateway_url, settings.gateway_secret)
    else:
        current_app.extensions["gateway"] = UnconfiguredGateway()


def list_todo_items() -> Sequence[TodoItem]:
    """Return what the platform staff has to resolve: mismatches with the gateway, and refunds that it rejected."""
    if PlatformPermission.LEDGER_SEE not in g.permissions:
        return ()
    mismatched_count, failed_refund_count = queries.count_needs_attention()
    items = []
    if mismatched_count:
        items.append(
            TodoItem(
                label=_("Payments that do not fit"),
                description=_("the gateway names another amount or payment"),
                url=url_for("console.payments.index", odd=1),
                action=_("Look"),
                icon="warning",
                permission=PlatformPermission.LEDGER_SEE,
                urgent=True,
                count=mismatched_count,
                order=10,
            )
        )
    if failed_refund_count:
        items.append(
            TodoItem(
                label=_("Refunds that the gateway refused"),
                description=str(RefundState.FAILED.label),
                url=url_for("console.payments.index", refused=1),
                action=_("Look"),
                icon="warning",
                permission=PlatformPermission.REFUNDS_SETTLE,
                urgent=True,
                count=failed_refund_count,
                order=11,
            )
        )
    return items


FEATURE = Feature(
    name="payments",
    hooks=hooks,
    console=console,
    listeners=listeners,
    tasks=tasks,
    models=models,
    schedule={"payments.poll": (120, "payments.poll"), "payments.retry_stuck": (60, "payments.retry_stuck")},
    on_startup=configure_gateway,
    console_todo_items=list_todo_items,
    console_menu=(
        MenuItem(
            label=_l("Payments"),
            endpoint="console.payments.index",
            icon="card",
            section=_l("Money"),
            order=61,
            permission=PlatformPermission.LEDGER_SEE,
        ),
    ),
)
