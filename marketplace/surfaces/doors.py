"""The doors and what hangs behind each: every feature's blueprints, mounted by the kind of visitor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask, current_app, g, request

from marketplace.kernel.feature import Feature
from marketplace.kernel.limits import limiter
from marketplace.surfaces.safety import csrf

DOORS = ("shop", "account", "desk", "console", "api", "hooks", "store", "store_by_host")


def open_all(app: Flask, features: Sequence[Feature]) -> None:
    """Mount shop, account, desk, console, API and hooks; the storefront by path and by subdomain."""
    app.extensions["features"] = tuple(features)
    app.register_blueprint(_door("shop", "", _parts(features, "shop")))
    app.register_blueprint(_door("account", "", _parts(features, "account")))
    app.register_blueprint(_desk(features))
    app.register_blueprint(_door("console", "/console", _parts(features, "console")))
    app.register_blueprint(_door("api", "/api/v1", _parts(features, "api")))
    hooks = _door("hooks", "/hooks", _parts(features, "hooks"))
    app.register_blueprint(hooks)
    _stores(app, features)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.before_request(_check_token)
    limiter.exempt(hooks)


def _parts(features: Sequence[Feature], door: str) -> list[Blueprint]:
    return [part for feature in features if (part := getattr(feature, door)) is not None]


def _door(name: str, prefix: str, parts: Sequence[Blueprint]) -> Blueprint:
    door = Blueprint(name, __name__, url_prefix=prefix or None)
    for part in parts:
        door.register_blueprint(part)
    return door


def _desk(features: Sequence[Feature]) -> Blueprint:
    door = _door("desk", "/desk/<merchant>", _parts(features, "desk"))

    @door.url_value_preprocessor
    def _take_merchant(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.merchant_slug = (values or {}).pop("merchant", "")

    @door.url_defaults
    def _give_merchant(_endpoint: str, values: dict[str, Any]) -> None:
        if "merchant" not in values and g.get("merchant_slug"):
            values["merchant"] = g.merchant_slug

    return door


def _stores(app: Flask, features: Sequence[Feature]) -> None:
    """One storefront, two addresses: /s/<store>/ and <store>.<host>/."""
    door = _door("store", "", _parts(features, "store"))

    @door.url_value_preprocessor
    def _take_store(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.store_slug = (values or {}).pop("store", "")

    @door.url_defaults
    def _give_store(_endpoint: str, values: dict[str, Any]) -> None:
        if "store" not in values and g.get("store_slug"):
            values["store"] = g.store_slug

    app.register_blueprint(door, name="store", url_prefix="/s/<store>")
    app.register_blueprint(door, name="store_by_host", subdomain="<store>")


def _check_token() -> None:
    """Every form of every door carries the session's token; machines sign, programs send keys."""
    if (request.blueprint or "").split(".")[0] in ("hooks", "api") or request.endpoint is None:
        return
    most = getattr(current_app.view_functions.get(request.endpoint), "most_bytes", None)
    if most is not None:
        request.max_content_length = most  # said before anybody reads the form
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
