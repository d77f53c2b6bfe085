"""Event listeners that run inside the request enter a tenant context of their own.

In-transaction and after-commit listeners run at the end of the unit of work, when the view decorator has already left its
tenant context. Without a context of their own they would be anonymous, and row-level security would hide every private row.
Asynchronous listeners run in the context of their publisher, which the outbox restores.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, get_type_hints
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, select, update
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import events, tenancy
from marketplace.kernel.db import Base, db, unit_of_work
from marketplace.kernel.errors import MarketplaceError
from marketplace.kernel.events import Event, Handler
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from marketplace.orders.models import Order
from tenants import isolation
from tenants.staff.models import Staff

CONTEXT_MANAGERS = frozenset({"as_merchant", "as_buyer", "as_account", "with_purpose"})
OWNED_TABLES = {
    mapper.class_.__tablename__ for mapper in Base.registry.mappers if mapper.class_.__ownership__ in tenancy.TENANT_OWNED
}
OWN_PACKAGES = ("marketplace.", "tenants.", "billing.", "search.")


def request_listeners() -> list[tuple[type[Event], Handler]]:
    """Return every event type with each of its listeners that runs inside the request."""
    return [
        (event_type, listener)
        for handlers_by_event in (events.SYNC_HANDLERS, events.AFTER_COMMIT_HANDLERS)
        for event_type, listeners in handlers_by_event.items()
        for listener in listeners
    ]


def calls_outside_context(function: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Yield the functions that are called outside a tenant context; the function itself if it uses the session there."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in nodes_outside_context(tree):
        if isinstance(node, ast.Attribute) and node.attr == "session" and getattr(node.value, "id", "") == "db":
            yield function
        if isinstance(node, ast.Call):
            callee = resolve_function(node.func, function.__globals__)
            if callee is not None:
                yield callee


def nodes_outside_context(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that are not inside a `with` block that enters a tenant context."""
    yield node
    if isinstance(node, ast.With) and any(enters_context(item.context_expr) for item in node.items):
        return
    for child in ast.iter_child_nodes(node):
        yield from nodes_outside_context(child)


def enters_context(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and (getattr(node.func, "id", "") or getattr(node.func, "attr", "")) in CONTEXT_MANAGERS


def resolve_function(node: ast.expr, namespace: dict[str, Any]) -> Callable[..., Any] | None:
    """Return the function of our packages that a call refers to; None for other calls."""
    target = namespace.get(node.id) if isinstance(node, ast.Name) else None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = namespace.get(node.value.id)
        target = getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
    return target if inspect.isfunction(target) and target.__module__.startswith((*OWN_PACKAGES, "tests.")) else None


def find_unscoped(function: Callable[..., Any], visited: set[Any] | None = None) -> list[str]:
    """Return the functions that use the session without a context when this one is called anonymously."""
    visited = visited if visited is not None else set()
    if function in visited or function.__module__ in ("marketplace.kernel.events", "marketplace.kernel.tenancy"):
        return []
    visited.add(function)
    unscoped = []
    for callee in calls_outside_context(function):
        unscoped += [f"{callee.__module__}:{callee.__name__}"] if callee is function else find_unscoped(callee, visited)
    return unscoped


def test_request_listeners_enter_own_context(app: Flask) -> None:
    assert len(request_listeners()) >= 4
    assert {
        events.handler_name(listener): find_unscoped(listener) for _, listener in request_listeners() if find_unscoped(listener)
    } == {}


@contextmanager
def record_anonymous_statements(app: Flask) -> Iterator[list[str]]:
    """Record the statements on tenant-owned tables that are sent without a tenant context."""
    recorded: list[str] = []
    table_pattern = re.compile(r"\b(?:from|join|update|into)\s+\"?(\w+)", re.IGNORECASE)

    def record(_connection: Any, _cursor: Any, statement: str, *_args: Any) -> None:
        if tenancy.get_context() == tenancy.ANONYMOUS and set(table_pattern.findall(statement)) & OWNED_TABLES:
            recorded.append(statement)

    event.listen(db.engine, "before_cursor_execute", record)
    try:
        yield recorded
    finally:
        event.remove(db.engine, "before_cursor_execute", record)


def sample_event(event_type: type[Event]) -> Event:
    """Build an event of this type that refers to nonexistent rows."""
    return event_type(**{name: _sample_value(hint) for name, hint in get_type_hints(event_type).items()})


def _sample_value(hint: Any) -> Any:
    parts = [part for part in getattr(hint, "__args__", ()) if part not in (type(None), Ellipsis)]
    origin = getattr(hint, "__origin__", None)
    if origin in (tuple, list, frozenset, set):
        return origin([_sample_value(parts[0])])
    values_by_type = {UUID: uuid7(), str: f"order:{uuid7()}", Money: Money(100, "CNY"), bool: True, int: 1, dict: {}}
    return values_by_type.get(origin or (parts[0] if parts else hint))


def call_listener(event_type: type[Event], listener: Handler) -> None:
    """Call a listener with a sample event in an anonymous unit of work."""
    try:
        with unit_of_work():
            listener(sample_event(event_type))
    except (MarketplaceError, IntegrityError):
        db.session.rollback()  # the rows do not exist; the lookups are what the test records


def test_request_listeners_send_no_anonymous_statements(app: Flask) -> None:
    with app.test_request_context("/"), record_anonymous_statements(app) as recorded:
        for event_type, listener in request_listeners():
            call_listener(event_type, listener)
        db.session.remove()
    assert recorded == []


def read_anonymously(domain_event: Event) -> None:
    db.session.scalars(select(Order).limit(1)).all()


def write_anonymously(domain_event: Event) -> None:
    rename_staff(UUID(int=1))


def rename_staff(account_id: UUID) -> None:
    db.session.execute(update(Staff).where(Staff.account_id == account_id).values(name="x"))


def read_before_entering_context(domain_event: Event) -> None:
    read_anonymously(domain_event)
    with isolation.with_purpose(isolation.AccessPurpose.FULFILMENT):
        rename_staff(UUID(int=1))


@pytest.mark.parametrize("listener", [read_anonymously, write_anonymously, read_before_entering_context])
def test_control_unscoped_listener_is_detected(app: Flask, listener: Handler) -> None:
    assert find_unscoped(listener) != []
    with app.test_request_context("/"), record_anonymous_statements(app) as recorded:
        call_listener(Event, listener)
        db.session.remove()
    assert len(recorded) >= 1
