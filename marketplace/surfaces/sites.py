"""Registration of the blueprints of all features, grouped by site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask, current_app, g, request

from marketplace.kernel.feature import Feature
from marketplace.kernel.rate_limit import limiter
from marketplace.surfaces.security import csrf

SITES = ("shop", "account", "desk", "console", "api", "hooks", "store", "store_by_host")


def register_sites(app: Flask, features: Sequence[Feature]) -> None:
    """Register shop, account, desk, console, API and hooks, and the merchant shops by path and by subdomain."""
    app.extensions["features"] = tuple(features)
    app.register_blueprint(_site_blueprint("shop", "", _blueprints(features, "shop")))
    app.register_blueprint(_site_blueprint("account", "", _blueprints(features, "account")))
    app.register_blueprint(_desk_blueprint(features))
    app.register_blueprint(_site_blueprint("console", "/console", _blueprints(features, "console")))
    app.register_blueprint(_site_blueprint("api", "/api/v1", _blueprints(features, "api")))
    hooks = _site_blueprint("hooks", "/hooks", _blueprints(features, "hooks"))
    app.register_blueprint(hooks)
    _register_stores(app, features)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.before_request(_check_csrf_token)
    limiter.exempt(hooks)


def _blueprints(features: Sequence[Feature], site: str) -> list[Blueprint]:
    return [blueprint for feature in features if (blueprint := getattr(feature, site)) is not None]


def _site_blueprint(name: str, prefix: str, children: Sequence[Blueprint]) -> Blueprint:
    blueprint = Blueprint(name, __name__, url_prefix=prefix or None)
    for child in children:
        blueprint.register_blueprint(child)
    return blueprint


def _desk_blueprint(features: Sequence[Feature]) -> Blueprint:
    blueprint = _site_blueprint("desk", "/desk/<merchant>", _blueprints(features, "desk"))

    @blueprint.url_value_preprocessor
    def _pop_merchant_slug(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.merchant_slug = (values or {}).pop("merchant", "")

    @blueprint.url_defaults
    def _default_merchant_slug(_endpoint: str, values: dict[str, Any]) -> None:
        if "merchant" not in values and g.get("merchant_slug"):
            values["merchant"] = g.merchant_slug

    return blueprint


def _register_stores(app: Flask, features: Sequence[Feature]) -> None:
    """Register the merchant shops under both URLs: /s/<store>/ and <store>.<host>/."""
    blueprint = _site_blueprint("store", "", _blueprints(features, "store"))

    @blueprint.url_value_preprocessor
    def _pop_store_slug(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.store_slug = (values or {}).pop("store", "")

    @blueprint.url_defaults
    def _default_store_slug(_endpoint: str, values: dict[str, Any]) -> None:
        if "store" not in values and g.get("store_slug"):
            values["store"] = g.store_slug

    app.register_blueprint(blueprint, name="store", url_prefix="/s/<store>")
    app.register_blueprint(blueprint, name="store_by_host", subdomain="<store>")


def _check_csrf_token() -> None:
    """Check the CSRF token of every form; webhooks are signed and API clients send keys instead."""
    if (request.blueprint or "").split(".")[0] in ("hooks", "api") or request.endpoint is None:
        return
    max_bytes = getattr(current_app.view_functions.get(request.endpoint), "max_bytes", None)
    if max_bytes is not None:
        request.max_content_length = max_bytes  # must be set before the form is parsed
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
