"""The page where the buyer pays; it speaks the language that the market asked for, or that the buyer chooses."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException

from billing.payments.pretend.store import Manner, Refused, Store
from marketplace.kernel.forms import whole
from marketplace.kernel.labels import Labelled
from marketplace.kernel.money import Money
from marketplace.kernel.words import money as plainly

pages = Blueprint("pages", __name__)
LANGUAGES = ("zh_Hans", "en")


class Method(Labelled):
    """The ways to pay that the page offers (PA1); all of them move no real money."""

    ALIPAY = "alipay", _l("Alipay")
    WECHAT = "wechat", _l("WeChat Pay")
    UNIONPAY = "unionpay", _l("UnionPay")
    CARD = "card", _l("Bank card")
    BANK = "bank", _l("Online banking")


class Post(Labelled):
    """How the notification of this payment reaches the market."""

    DEFAULT = "default", _l("As the gateway is set")
    AT_ONCE = "at_once", _l("At once")
    LATE = "late", _l("Ten seconds late")
    TWICE = "twice", _l("Twice")
    SHUFFLED = "shuffled", _l("Three times, out of order")
    NEVER = "never", _l("Never")


MANNERS: dict[str, Manner | None] = {
    Post.DEFAULT: None,
    Post.AT_ONCE: Manner(),
    Post.LATE: Manner(delay=10),
    Post.TWICE: Manner(copies=2),
    Post.SHUFFLED: Manner(copies=3, shuffled=True),
    Post.NEVER: Manner(mute=True),
}
SLOWEST, USUAL_SECONDS, MOST_SECONDS = 600.0, 10, 999_999


def choose_language() -> str:
    """The language of this page."""
    wanted = request.args.get("lang") or g.get("language") or request.cookies.get("lang")
    return wanted if wanted in LANGUAGES else "zh_Hans"


@pages.get("/")
def index() -> ResponseReturnValue:
    """What this address is."""
    return _page("gateway/index.html")


@pages.get("/pay/<payment_id>")
def pay_page(payment_id: str) -> ResponseReturnValue:
    """What is to be paid, and every way in which it can go."""
    payment = _find(payment_id)
    if payment["standing"] != "open":
        return _page("gateway/over.html", payment=payment, lost=False)
    return _page("gateway/pay.html", payment=payment, methods=list(Method), posts=list(Post))


@pages.get("/pay/<payment_id>/<deed>")
def pressed(payment_id: str, deed: str) -> ResponseReturnValue:
    """The address of a button, opened again or copied: the page on which the button stands."""
    return redirect(url_for(".pay_page", payment_id=payment_id, lang=request.args.get("lang")))


@pages.post("/pay/<payment_id>/<deed>")
def do(payment_id: str, deed: str) -> ResponseReturnValue:
    """The buyer presses a button."""
    payment = _find(payment_id)
    manner = MANNERS.get(request.form.get("post", ""))
    method = request.form.get("method", "")
    if deed in ("pay", "lose"):
        payment = _store().pay(payment_id, method=method, manner=manner)
    elif deed == "slowly":
        payment = _store().pay(payment_id, method=method, after=_seconds(), manner=manner)
    elif deed == "decline":
        payment = _store().decline(payment_id, manner=manner)
    elif deed == "expire":
        payment = _store().expire(payment_id, manner=manner)
    else:
        raise Refused("no_such_deed", 404)
    if deed == "lose":
        return _page("gateway/over.html", payment=payment, lost=True)
    return redirect(payment["return_url"], code=303)


def wrong(trouble: Refused | HTTPException) -> ResponseReturnValue:
    """What a person is told who comes with an address that leads nowhere."""
    status = trouble.status if isinstance(trouble, Refused) else trouble.code or 500
    answer = _page("gateway/wrong.html", unknown=status in (404, 405), market_url=current_app.config["BASE_URL"] + "/")
    answer.status_code = status
    return answer


def _seconds() -> float:
    return min(whole(request.form.get("seconds", ""), most=MOST_SECONDS) or USUAL_SECONDS, SLOWEST)


def _find(payment_id: str) -> Any:
    payment = _store().payment(payment_id)
    g.language = payment["locale"]
    return payment


def _store() -> Store:
    store: Store = current_app.config["STORE"]
    return store


def _page(template: str, **given: Any) -> Response:
    payment = given.get("payment")
    language = choose_language()
    if payment is not None:
        given["price"] = plainly(Money(payment["amount"], payment["currency"]))
    other = next(one for one in LANGUAGES if one != language)
    here = url_for(request.endpoint, **(request.view_args or {}), lang=other) if request.endpoint else ""
    given |= {"language": language, "other_url": here if request.method == "GET" else ""}
    answer = make_response(render_template(template, **given))
    back = current_app.config["BASE_URL"]
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self' {back};"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer
