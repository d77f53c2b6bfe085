"""The pretend gateway as a WSGI application: its interface for the market, its page for the buyer."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from flask import Flask, current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from billing.payments import signing
from billing.payments.adapter import HEADER
from billing.payments.pretend.pages import choose_language, pages, wrong
from billing.payments.pretend.store import Refused, Store
from marketplace.kernel.translations import MarketBabel

PROGRAMS = "/v1/"
ROOT = Path(__file__).resolve().parents[3]
CREATE = {"client_id": str, "amount": int, "currency": str, "description": str, "return_url": str, "locale": str}
REFUND = {"client_id": str, "amount": int, "currency": str}
CURRENCIES = frozenset({"CNY", "USD", "EUR", "GBP", "JPY", "HKD"})


def create_pretend(store: Store, *, secret: str, base_url: str) -> Flask:
    """The gateway over a store. `base_url` is the market: buyers are sent back there and nowhere else."""
    app = Flask("pretend", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "marketplace" / "static"))
    app.config.update(STORE=store, SECRET=secret, BASE_URL=base_url.rstrip("/"), MAX_CONTENT_LENGTH=64 * 1024)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    MarketBabel(app, default_locale="zh_Hans_CN", locale_selector=choose_language)
    app.jinja_env.globals["static"] = lambda path: url_for("static", filename=path)
    app.before_request(_check_signature)
    app.register_blueprint(pages)
    app.add_url_rule("/v1/payments", view_func=_create, methods=["POST"])
    app.add_url_rule("/v1/payments/<payment_id>", view_func=_fetch, methods=["GET"])
    app.add_url_rule("/v1/payments/<payment_id>/expire", view_func=_expire, methods=["POST"])
    app.add_url_rule("/v1/payments/<payment_id>/refunds", view_func=_refund, methods=["POST"])
    app.add_url_rule("/v1/payments/<payment_id>/refunds", view_func=_refunds, methods=["GET"], endpoint="_refunds")
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _refused)
    return app


def _refused(trouble: Refused | HTTPException) -> ResponseReturnValue:
    """Programs get a code, people a page."""
    if not request.path.startswith(PROGRAMS):
        return wrong(trouble)
    if isinstance(trouble, HTTPException):
        trouble = Refused((trouble.name or "").lower().replace(" ", "_"), trouble.code or 500)
    return jsonify(error=trouble.code), trouble.status


def _check_signature() -> ResponseReturnValue | None:
    if not request.path.startswith(PROGRAMS):
        return None
    key = request.headers.get("Idempotency-Key", "")
    signed = f"{request.method} {request.path} {key}\n".encode() + request.get_data()
    try:
        signing.verify(
            header=request.headers.get(HEADER, ""),
            secret=current_app.config["SECRET"],
            use=signing.QUESTION,
            body=signed,
            now=int(time.time()),
        )
    except signing.BadSignature as trouble:
        return jsonify(error="bad_signature", message=str(trouble)), 401
    return None


def _create() -> ResponseReturnValue:
    asked = _read(CREATE)
    if asked["currency"] not in CURRENCIES:
        raise Refused("unknown_currency")
    if not asked["return_url"].startswith(current_app.config["BASE_URL"] + "/"):
        raise Refused("foreign_return_url")
    return jsonify(_said(_store().create(key=_key(), asked=asked)))


def _fetch(payment_id: str) -> ResponseReturnValue:
    return jsonify(_said(_store().payment(payment_id)))


def _expire(payment_id: str) -> ResponseReturnValue:
    _key()
    _read({})
    return jsonify(_said(_store().expire(payment_id)))


def _refund(payment_id: str) -> ResponseReturnValue:
    return jsonify(_said_refund(_store().refund(payment_id, key=_key(), asked=_read(REFUND))))


def _refunds(payment_id: str) -> ResponseReturnValue:
    return jsonify(refunds=[_said_refund(row) for row in _store().refunds(payment_id)])


def _store() -> Store:
    store: Store = current_app.config["STORE"]
    return store


def _key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not 8 <= len(key) <= 120:
        raise Refused("key_missing")
    return key


def _read(wanted: dict[str, type]) -> dict[str, Any]:
    """Exactly these parameters, each of its type: what is not asked for is refused, not ignored."""
    said = request.get_json(silent=True)
    if not isinstance(said, dict) or set(said) != set(wanted):
        raise Refused("unknown_or_missing_parameter")
    for name, kind in wanted.items():
        if type(said[name]) is not kind or (kind is int and said[name] <= 0) or (kind is str and len(said[name]) > 500):
            raise Refused(f"bad_{name}")
    return said


def _said(row: sqlite3.Row) -> dict[str, Any]:
    words = ("id", "client_id", "standing", "amount", "currency", "refunded", "failure")
    return {name: row[name] for name in words} | {"pay_url": url_for("pages.pay_page", payment_id=row["id"], _external=True)}


def _said_refund(row: sqlite3.Row) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "client_id", "amount", "currency")}
