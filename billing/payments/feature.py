"""What payments plug in: the gateway, its door for letters, the console's list, and what is done again and again."""

from collections.abc import Sequence

from flask import current_app, g, url_for
from flask.ctx import AppContext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from billing.payments import listeners, models, queries, spoken, tasks
from billing.payments.adapter import PretendGateway
from billing.payments.gateway import NoGateway
from billing.payments.rules import RefundState
from billing.payments.views.console import console
from billing.payments.views.hooks import hooks
from billing.references import describes
from marketplace.kernel.feature import Feature, MenuItem, Waiting
from tenants.access.permissions import MarketRight

describes("refund")(spoken.refunds)


def choose_gateway(_context: AppContext) -> None:
    """Which gateway this market has is decided here, once."""
    settings = current_app.config["SETTINGS"]
    if settings.gateway_url and settings.gateway_secret:
        current_app.extensions["gateway"] = PretendGateway(settings.gateway_url, settings.gateway_secret)
    else:
        current_app.extensions["gateway"] = NoGateway()


def waiting() -> Sequence[Waiting]:
    """What only people can decide: words of the gateway that do not fit, and refunds that it would not send."""
    if MarketRight.LEDGER_SEE not in g.rights:
        return ()
    odd, refused = queries.waiting_for_people()
    lines = []
    if odd:
        lines.append(
            Waiting(
                label=_("Payments that do not fit"),
                why=_("the gateway names another amount or payment"),
                url=url_for("console.payments.index", odd=1),
                action=_("Look"),
                icon="warning",
                permission=MarketRight.LEDGER_SEE,
                urgent=True,
                count=odd,
                order=10,
            )
        )
    if refused:
        lines.append(
            Waiting(
                label=_("Refunds that the gateway refused"),
                why=str(RefundState.REFUSED.label),
                url=url_for("console.payments.index", refused=1),
                action=_("Look"),
                icon="warning",
                permission=MarketRight.REFUNDS_SETTLE,
                urgent=True,
                count=refused,
                order=11,
            )
        )
    return lines


FEATURE = Feature(
    name="payments",
    hooks=hooks,
    console=console,
    listens=listeners,
    tasks=tasks,
    models=models,
    every={"payments.poll": (120, "payments.poll"), "payments.sweep": (60, "payments.sweep")},
    before=choose_gateway,
    console_waiting=waiting,
    console_menu=(
        MenuItem(
            label=_l("Payments"),
            endpoint="console.payments.index",
            icon="card",
            section=_l("Money"),
            order=61,
            permission=MarketRight.LEDGER_SEE,
        ),
    ),
)
