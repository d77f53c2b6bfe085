"""The market as tests serve it: with a bare door to the stock, or with a part of its care taken out, for controls.

`gunicorn "tests.marketplace.checkout.staged:unguarded()"`
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from flask import Flask, request
from sqlalchemy import select, text, update

from marketplace.app import create_app
from marketplace.inventory import services as stock
from marketplace.inventory.models import StockLevel
from marketplace.inventory.services import HoldLine, holding, shelves
from marketplace.kernel import clock
from marketplace.kernel import db as kernel
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from tenants.scope import Purpose, acting_for, working_on


def check_then_update(deltas: dict[UUID, Decimal]) -> bool:
    """Read what is promised, add to it, write it back: what the guarded UPDATE is there to prevent."""
    for level_id, delta in deltas.items():
        held = db.session.scalar(select(StockLevel.held).where(StockLevel.id == level_id)) or Decimal(0)
        db.session.execute(update(StockLevel).where(StockLevel.id == level_id).values(held=held + delta))
    return True


def keep() -> str:
    """Keep one of each of the goods named in the form: what PREPARE does last, and nothing around it."""
    lines = [HoldLine(variant_id=UUID(word), quantity=Decimal(1)) for word in request.form["goods"].split()]
    with working_on(Purpose.CHECKOUT):
        stock.hold(cause=request.form["key"], lines=lines, until=clock.now() + timedelta(hours=1))
    return "kept"


def with_a_bare_door() -> Flask:
    """A POST to /keep goes through session, token and unit of work to the stock, past cart and orders."""
    app = create_app(Settings.from_env())
    app.add_url_rule("/keep", "keep", keep, methods=["POST"])
    return app


def unguarded() -> Flask:
    """Stock is promised by checking first and writing later."""
    holding.promise = check_then_update  # type: ignore[assignment]
    return create_app(Settings.from_env())


def shuffled() -> Flask:
    """The bare door, where stock is locked in the order in which it happens to come."""
    shelves.locking = lambda wanted: wanted.order_by(text("random()")).with_for_update(of=StockLevel)
    return with_a_bare_door()


def probe() -> list[str]:
    """Whose rows a request sees, by raw SQL as the application's role; then something happens to it."""
    merchant, fate = request.form["merchant"], request.form["fate"]
    with acting_for(UUID(merchant)) if merchant else nullcontext():
        seen = list(db.session.execute(text("select name from locations order by name")).scalars())
        if fate == "trips":
            raise RuntimeError("a view that fails")
        if fate == "sleeps":
            db.session.execute(text("set local statement_timeout = 20"))
            db.session.execute(text("select pg_sleep(1)"))
        if fate == "cut":
            db.session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
    return seen


def probing() -> Flask:
    """A POST to /probe answers with the rows that it can see."""
    app = create_app(Settings.from_env())
    app.add_url_rule("/probe", "probe", probe, methods=["POST"])
    return app


def leaky() -> Flask:
    """The same, where what a transaction says of itself outlives it: SET instead of SET LOCAL."""
    kernel.SET_SCOPE = kernel.SET_SCOPE.replace("true", "false")
    return probing()
