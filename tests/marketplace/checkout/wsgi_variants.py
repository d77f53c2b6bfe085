"""WSGI applications for live-server tests: with additional endpoints, or with a protection removed for control tests.

`gunicorn "tests.marketplace.checkout.wsgi_variants:unguarded_app()"`
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from flask import Flask, request
from sqlalchemy import select, text, update

from marketplace.app import create_app
from marketplace.inventory import services as inventory_services
from marketplace.inventory.models import StockLevel
from marketplace.inventory.services import ReservationLine, reservations, stock_levels
from marketplace.kernel import clock
from marketplace.kernel import db as kernel
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from tenants.isolation import AccessPurpose, as_merchant, with_purpose


def check_then_update(deltas: dict[UUID, Decimal]) -> bool:
    """Read, add and write the reserved quantity without a lock: the race that the guarded UPDATE prevents."""
    for level_id, delta in deltas.items():
        reserved = db.session.scalar(select(StockLevel.reserved).where(StockLevel.id == level_id)) or Decimal(0)
        db.session.execute(update(StockLevel).where(StockLevel.id == level_id).values(reserved=reserved + delta))
    return True


def reserve() -> str:
    """Reserve one of each submitted variant, like the last step of PREPARE."""
    lines = [
        ReservationLine(variant_id=UUID(variant_id), quantity=Decimal(1)) for variant_id in request.form["variants"].split()
    ]
    with with_purpose(AccessPurpose.CHECKOUT):
        inventory_services.reserve(reference=request.form["key"], lines=lines, expires_at=clock.now() + timedelta(hours=1))
    return "reserved"


def reserve_only_app() -> Flask:
    """Return an application with POST /reserve: session, CSRF token, unit of work and stock, without cart and orders."""
    app = create_app(Settings.from_env())
    app.add_url_rule("/reserve", "reserve", reserve, methods=["POST"])
    return app


def unguarded_app() -> Flask:
    """Return an application that reserves stock by check-then-update."""
    reservations.update_reserved = check_then_update  # type: ignore[assignment]
    return create_app(Settings.from_env())


def shuffled_lock_app() -> Flask:
    """Return `reserve_only_app` with stock locked in random order."""
    stock_levels.lock_in_order = lambda stmt: stmt.order_by(text("random()")).with_for_update(of=StockLevel)
    return reserve_only_app()


def visible_locations() -> list[str]:
    """Return the locations visible to raw SQL in a merchant's context, after which the requested failure happens."""
    merchant_id, failure = request.form["merchant"], request.form["failure"]
    with as_merchant(UUID(merchant_id)) if merchant_id else nullcontext():
        names = list(db.session.execute(text("select name from locations order by name")).scalars())
        if failure == "error":
            raise RuntimeError("a view that fails")
        if failure == "timeout":
            db.session.execute(text("set local statement_timeout = 20"))
            db.session.execute(text("select pg_sleep(1)"))
        if failure == "db_disconnect":
            db.session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
    return names


def probe_app() -> Flask:
    """Return an application with POST /probe, which returns the visible locations."""
    app = create_app(Settings.from_env())
    app.add_url_rule("/probe", "probe", visible_locations, methods=["POST"])
    return app


def leaking_context_app() -> Flask:
    """Return `probe_app` with SET instead of SET LOCAL, so that the tenant context outlives the transaction."""
    kernel.SET_CONTEXT_SQL = kernel.SET_CONTEXT_SQL.replace("true", "false")
    return probe_app()
