"""Switches that disable one layer of tenant isolation, to prove that the other layer suffices, and for control tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from marketplace.kernel.db import db
from tenants import isolation

LISTENERS = (("do_orm_execute", isolation._filter_by_tenant), ("before_flush", isolation._guard_tenant_writes))


@contextmanager
def without_orm_isolation() -> Iterator[None]:
    """Disable the tenant filters of the ORM: only row-level security remains."""
    for name, listener in LISTENERS:
        event.remove(Session, name, listener)
    try:
        yield
    finally:
        for name, listener in LISTENERS:
            event.listen(Session, name, listener)


@contextmanager
def without_row_security(app: Flask, engine: Engine) -> Iterator[None]:
    """Let the application role bypass row-level security: only the tenant filters of the ORM remain."""
    _alter_app_role(app, engine, "bypassrls")
    try:
        yield
    finally:
        _alter_app_role(app, engine, "nobypassrls")


def _alter_app_role(app: Flask, engine: Engine, option: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"alter role jishi_app {option}"))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()  # open connections would use their cached plans
