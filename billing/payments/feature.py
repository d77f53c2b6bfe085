"""What payments plug in."""

from flask import current_app
from flask.ctx import AppContext

from billing.payments import listeners, models, tasks
from billing.payments.adapter import PretendGateway
from billing.payments.gateway import NoGateway
from billing.payments.views.hooks import hooks
from marketplace.kernel.feature import Feature


def choose_gateway(_context: AppContext) -> None:
    """Which gateway this market has is decided here, once."""
    settings = current_app.config["SETTINGS"]
    if settings.gateway_url and settings.gateway_secret:
        current_app.extensions["gateway"] = PretendGateway(settings.gateway_url, settings.gateway_secret)
    else:
        current_app.extensions["gateway"] = NoGateway()


FEATURE = Feature(
    name="payments",
    hooks=hooks,
    listens=listeners,
    tasks=tasks,
    models=models,
    every={"payments.poll": (120, "payments.poll"), "payments.sweep": (60, "payments.sweep")},
    before=choose_gateway,
)
