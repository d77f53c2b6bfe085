"""Root of the JSON API: its OpenAPI description."""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, Flask, current_app, jsonify, url_for
from flask.typing import ResponseReturnValue

from tenants.access.decorators import public

api = Blueprint("root", __name__)


@api.get("/")
@public
def describe() -> ResponseReturnValue:
    """Return the OpenAPI 3.1 document generated from the routes."""
    settings = current_app.config["SETTINGS"]
    return jsonify(
        openapi="3.1.0",
        info={"title": f"{settings.market_name_en} API", "version": "1"},
        servers=[{"url": url_for("shop.home.index", _external=True).rstrip("/")}],
        paths=_paths(current_app._get_current_object()),  # type: ignore[attr-defined]
    )


@lru_cache(maxsize=1)
def _paths(app: Flask) -> dict[str, dict[str, object]]:
    """Return the OpenAPI paths of the API routes; cached, because all routes exist before the first request."""
    paths: dict[str, dict[str, object]] = {}
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("api."):
            continue
        view = app.view_functions[rule.endpoint]
        summary = (view.__doc__ or "").strip().splitlines()[0]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            responses = {"200": {"description": "OK"}}
            paths.setdefault(rule.rule, {})[method.lower()] = {"summary": summary, "responses": responses}
    return paths
