"""Ways to take the walls down, one by one: for proving that the other one stands, and for controls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from marketplace.kernel.db import db
from tenants import scope

LISTENERS = (("do_orm_execute", scope._keep_to_own_rows), ("before_flush", scope._write_only_own_rows))


@contextmanager
def without_scoping() -> Iterator[None]:
    """The application's own scoping is off: only PostgreSQL's row security is left."""
    for name, listener in LISTENERS:
        event.remove(Session, name, listener)
    try:
        yield
    finally:
        for name, listener in LISTENERS:
            event.listen(Session, name, listener)


@contextmanager
def without_row_security(app: Flask, engine: Engine) -> Iterator[None]:
    """The application's role may bypass row security: only our own scoping is left."""
    _may(app, engine, "bypassrls")
    try:
        yield
    finally:
        _may(app, engine, "nobypassrls")


def _may(app: Flask, engine: Engine, word: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"alter role jishi_app {word}"))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()  # what a connection has planned it keeps
