"""The payment page, in the language that the platform requested or the buyer selects."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException

from billing.payments.sandbox_gateway.store import DeliveryOptions, RequestRejected, SandboxStore
from marketplace.kernel.form_input import parse_int
from marketplace.kernel.formatting import format_money
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.money import Money

pages = Blueprint("pages", __name__)
LANGUAGES = ("zh_Hans", "en")


class PaymentMethod(LabeledStrEnum):
    """The payment methods of the page (PA1, several payment methods). None of them moves real money."""

    ALIPAY = "alipay", _l("Alipay")
    WECHAT = "wechat", _l("WeChat Pay")
    UNIONPAY = "unionpay", _l("UnionPay")
    CARD = "card", _l("Bank card")
    BANK = "bank", _l("Online banking")


class WebhookMode(LabeledStrEnum):
    """The delivery of this payment's webhooks."""

    DEFAULT = "default", _l("As the gateway is set")
    AT_ONCE = "at_once", _l("At once")
    DELAYED = "delayed", _l("Ten seconds late")
    TWICE = "twice", _l("Twice")
    SHUFFLED = "shuffled", _l("Three times, out of order")
    NEVER = "never", _l("Never")


DELIVERY_OPTIONS: dict[str, DeliveryOptions | None] = {
    WebhookMode.DEFAULT: None,
    WebhookMode.AT_ONCE: DeliveryOptions(),
    WebhookMode.DELAYED: DeliveryOptions(delay=10),
    WebhookMode.TWICE: DeliveryOptions(copies=2),
    WebhookMode.SHUFFLED: DeliveryOptions(copies=3, shuffled=True),
    WebhookMode.NEVER: DeliveryOptions(mute=True),
}
MAX_DELAY_SECONDS, DEFAULT_DELAY_SECONDS, MAX_INPUT_SECONDS = 600.0, 10, 999_999


def choose_language() -> str:
    """Return the language of this page."""
    language = request.args.get("lang") or g.get("language") or request.cookies.get("lang")
    return language if language in LANGUAGES else "zh_Hans"


@pages.get("/")
def index() -> ResponseReturnValue:
    """Show what this site is."""
    return _render_page("gateway/index.html")


@pages.get("/pay/<payment_id>")
def pay_page(payment_id: str) -> ResponseReturnValue:
    """Show the amount and every possible outcome; for a payment that is over, its outcome."""
    payment = _get_payment(payment_id)
    if payment["status"] != "open":
        return _render_page("gateway/closed.html", payment=payment, without_redirect=False)
    return _render_page("gateway/pay.html", payment=payment, methods=list(PaymentMethod), webhook_modes=list(WebhookMode))


@pages.get("/pay/<payment_id>/<action>")
def action_page(payment_id: str, action: str) -> ResponseReturnValue:
    """Redirect the URL of a form action that was opened with GET to the payment page."""
    return redirect(url_for(".pay_page", payment_id=payment_id, lang=request.args.get("lang")))


@pages.post("/pay/<payment_id>/<action>")
def submit_action(payment_id: str, action: str) -> ResponseReturnValue:
    """Execute the action that the buyer selected."""
    payment = _get_payment(payment_id)
    delivery = DELIVERY_OPTIONS.get(request.form.get("post", ""))
    method = request.form.get("method", "")
    if action in ("pay", "lose"):
        payment = _store().pay(payment_id, method=method, delivery=delivery)
    elif action == "slowly":
        payment = _store().pay(payment_id, method=method, after=_delay_seconds(), delivery=delivery)
    elif action == "decline":
        payment = _store().decline(payment_id, delivery=delivery)
    elif action == "expire":
        payment = _store().expire(payment_id, delivery=delivery)
    else:
        raise RequestRejected("unknown_action", 404)
    if action == "lose":
        return _render_page("gateway/closed.html", payment=payment, without_redirect=True)
    return redirect(payment["return_url"], code=303)


def error_page(error: RequestRejected | HTTPException) -> ResponseReturnValue:
    """Render an error for browsers."""
    status = error.status if isinstance(error, RequestRejected) else error.code or 500
    response = _render_page("gateway/error.html", unknown=status in (404, 405), market_url=current_app.config["BASE_URL"] + "/")
    response.status_code = status
    return response


def _delay_seconds() -> float:
    return min(
        parse_int(request.form.get("seconds", ""), max_value=MAX_INPUT_SECONDS) or DEFAULT_DELAY_SECONDS, MAX_DELAY_SECONDS
    )


def _get_payment(payment_id: str) -> Any:
    payment = _store().get_payment(payment_id)
    g.language = payment["locale"]
    return payment


def _store() -> SandboxStore:
    store: SandboxStore = current_app.config["STORE"]
    return store


def _render_page(template: str, **context: Any) -> Response:
    payment = context.get("payment")
    language = choose_language()
    if payment is not None:
        context["price"] = format_money(Money(payment["amount"], payment["currency"]))
    other_language = next(code for code in LANGUAGES if code != language)
    other_url = url_for(request.endpoint, **(request.view_args or {}), lang=other_language) if request.endpoint else ""
    context |= {"language": language, "other_url": other_url if request.method == "GET" else ""}
    response = make_response(render_template(template, **context))
    base_url = current_app.config["BASE_URL"]
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self' {base_url};"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
