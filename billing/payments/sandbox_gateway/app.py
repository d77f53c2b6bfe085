"""The sandbox gateway as a WSGI application: the API for the platform and the page for the buyer."""

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
from billing.payments.gateways.sandbox import SIGNATURE_HEADER
from billing.payments.sandbox_gateway.pages import choose_language, error_page, pages
from billing.payments.sandbox_gateway.store import RequestRejected, SandboxStore
from marketplace.kernel.translations import MergedBabel

API_PREFIX = "/v1/"
ROOT = Path(__file__).resolve().parents[3]
CREATE_PARAMS = {"client_id": str, "amount": int, "currency": str, "description": str, "return_url": str, "locale": str}
REFUND_PARAMS = {"client_id": str, "amount": int, "currency": str}
CURRENCIES = frozenset({"CNY", "USD", "EUR", "GBP", "JPY", "HKD"})


def create_sandbox_app(store: SandboxStore, *, secret: str, base_url: str) -> Flask:
    """Create the application over a store. Buyers are redirected to `base_url` (the platform) and nowhere else."""
    app = Flask("sandbox_gateway", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "marketplace" / "static"))
    app.config.update(STORE=store, SECRET=secret, BASE_URL=base_url.rstrip("/"), MAX_CONTENT_LENGTH=64 * 1024)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    MergedBabel(app, default_locale="zh_Hans_CN", locale_selector=choose_language)
    app.jinja_env.globals["static_url"] = lambda path: url_for("static", filename=path)
    app.before_request(_check_signature)
    app.register_blueprint(pages)
    app.add_url_rule("/v1/payments", view_func=_create, methods=["POST"])
    app.add_url_rule("/v1/payments/<payment_id>", view_func=_fetch, methods=["GET"])
    app.add_url_rule("/v1/payments/<payment_id>/expire", view_func=_expire, methods=["POST"])
    app.add_url_rule("/v1/payments/<payment_id>/refunds", view_func=_refund, methods=["POST"])
    app.add_url_rule("/v1/payments/<payment_id>/refunds", view_func=_refunds, methods=["GET"], endpoint="_refunds")
    app.register_error_handler(RequestRejected, _handle_error)
    app.register_error_handler(HTTPException, _handle_error)
    return app


def _handle_error(error: RequestRejected | HTTPException) -> ResponseReturnValue:
    """Return an error code to API clients and a page to browsers."""
    if not request.path.startswith(API_PREFIX):
        return error_page(error)
    if isinstance(error, HTTPException):
        error = RequestRejected((error.name or "").lower().replace(" ", "_"), error.code or 500)
    return jsonify(error=error.code), error.status


def _check_signature() -> ResponseReturnValue | None:
    if not request.path.startswith(API_PREFIX):
        return None
    key = request.headers.get("Idempotency-Key", "")
    signed = f"{request.method} {request.path} {key}\n".encode() + request.get_data()
    try:
        signing.verify(
            header=request.headers.get(SIGNATURE_HEADER, ""),
            secret=current_app.config["SECRET"],
            purpose=signing.API_REQUEST,
            body=signed,
            now=int(time.time()),
        )
    except signing.InvalidSignature as exc:
        return jsonify(error="bad_signature", message=str(exc)), 401
    return None


def _create() -> ResponseReturnValue:
    params = _parse_params(CREATE_PARAMS)
    if params["currency"] not in CURRENCIES:
        raise RequestRejected("unknown_currency")
    if not params["return_url"].startswith(current_app.config["BASE_URL"] + "/"):
        raise RequestRejected("foreign_return_url")
    return jsonify(_payment_json(_store().create_payment(key=_idempotency_key(), params=params)))


def _fetch(payment_id: str) -> ResponseReturnValue:
    return jsonify(_payment_json(_store().get_payment(payment_id)))


def _expire(payment_id: str) -> ResponseReturnValue:
    _idempotency_key()
    _parse_params({})
    return jsonify(_payment_json(_store().expire(payment_id)))


def _refund(payment_id: str) -> ResponseReturnValue:
    return jsonify(
        _refund_json(_store().create_refund(payment_id, key=_idempotency_key(), params=_parse_params(REFUND_PARAMS)))
    )


def _refunds(payment_id: str) -> ResponseReturnValue:
    return jsonify(refunds=[_refund_json(row) for row in _store().list_refunds(payment_id)])


def _store() -> SandboxStore:
    store: SandboxStore = current_app.config["STORE"]
    return store


def _idempotency_key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not 8 <= len(key) <= 120:
        raise RequestRejected("key_missing")
    return key


def _parse_params(param_types: dict[str, type]) -> dict[str, Any]:
    """Return the parameters, each of the expected type. Unknown parameters are rejected, not ignored."""
    payload = request.get_json(silent=True)
    if not isinstance(payload, dict) or set(payload) != set(param_types):
        raise RequestRejected("unknown_or_missing_parameter")
    for name, param_type in param_types.items():
        if (
            type(payload[name]) is not param_type
            or (param_type is int and payload[name] <= 0)
            or (param_type is str and len(payload[name]) > 500)
        ):
            raise RequestRejected(f"bad_{name}")
    return payload


def _payment_json(row: sqlite3.Row) -> dict[str, Any]:
    fields = ("id", "client_id", "status", "amount", "currency", "refunded", "failure")
    return {name: row[name] for name in fields} | {"pay_url": url_for("pages.pay_page", payment_id=row["id"], _external=True)}


def _refund_json(row: sqlite3.Row) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "client_id", "amount", "currency")}
