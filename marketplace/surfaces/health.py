"""Liveness and readiness endpoints."""

from __future__ import annotations

import shutil
from typing import Any

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from marketplace.kernel import outbox
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from tenants.access.decorators import public

health = Blueprint("health", __name__)


@health.get("/healthz")
@public
def live() -> ResponseReturnValue:
    """Report that the process is alive, without any dependency."""
    return "ok", 200, {"Content-Type": "text/plain"}


@health.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Report whether the database answers. An unavailable Redis is only reported, because pages work without it."""
    settings: Settings = current_app.config["SETTINGS"]
    report: dict[str, Any] = {"database": "ok", "redis": "ok"}
    db.session.execute(text("select 1"))
    report["outbox"] = outbox.queue_stats()
    import redis  # imported here: it takes a tenth of the startup time, and only this endpoint needs it

    try:
        client = redis.Redis.from_url(settings.redis_url, socket_timeout=0.3, socket_connect_timeout=0.3)
        client.ping()
    except redis.RedisError:
        report["redis"] = "unavailable"
    report["disk_free_mb"] = shutil.disk_usage(settings.var if settings.var.exists() else "/").free // 2**20
    return jsonify(report)


def init_app(app: Flask) -> None:
    """Register the two endpoints."""
    app.register_blueprint(health)
