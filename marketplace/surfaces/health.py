"""Whether this process lives, and whether it can serve."""

from __future__ import annotations

import shutil
from typing import Any

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from marketplace.kernel import outbox
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from tenants.access.guards import everyone

health = Blueprint("health", __name__)


@health.get("/healthz")
@everyone
def live() -> ResponseReturnValue:
    """Alive: answers without asking anybody."""
    return "ok", 200, {"Content-Type": "text/plain"}


@health.get("/readyz")
@everyone
def ready() -> ResponseReturnValue:
    """Ready: the database answers. Redis may be away (pages go on), and the answer says so."""
    settings: Settings = current_app.config["SETTINGS"]
    report: dict[str, Any] = {"database": "ok", "redis": "ok"}
    db.session.execute(text("select 1"))
    report["outbox"] = outbox.waiting()
    import redis  # a tenth of the time a process takes to start, and only this page needs it

    try:
        client = redis.Redis.from_url(settings.redis_url, socket_timeout=0.3, socket_connect_timeout=0.3)
        client.ping()
    except redis.RedisError:
        report["redis"] = "away"
    report["disk_free_mb"] = shutil.disk_usage(settings.var if settings.var.exists() else "/").free // 2**20
    return jsonify(report)


def init(app: Flask) -> None:
    """Open the two addresses."""
    app.register_blueprint(health)
