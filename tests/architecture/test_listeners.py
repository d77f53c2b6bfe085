"""Who hears a fact *together* with it, or right after it, enters a scope of their own.

The request's guard has let go of its scope when the unit of work ends, and that is when these listeners run: what they read
and write there, they do as nobody, and row security shows nobody nothing. *Durable* ones get their publisher's scope back.
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

from marketplace.kernel import events, rows
from marketplace.kernel.db import Base, db, unit_of_work
from marketplace.kernel.errors import MarketplaceError
from marketplace.kernel.events import Event, Listener
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from marketplace.orders.models import Order
from tenants import scope
from tenants.staff.models import Staff

ENTRANCES = frozenset({"acting_for", "buying_as", "signed_in_as", "working_on"})
OWNED = {mapper.class_.__tablename__ for mapper in Base.registry.mappers if mapper.class_.__data__ in rows.OWNED}
HOUSE = ("marketplace.", "tenants.", "billing.", "search.")


def heard() -> list[tuple[type[Event], Listener]]:
    """Every fact with everybody who hears it inside the request."""
    return [(kind, one) for table in (events.TOGETHER, events.AFTER) for kind, found in table.items() for one in found]


def outside(function: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """What a function of ours calls before or without entering a scope; itself, when it uses the session there."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in uncovered(tree):
        if isinstance(node, ast.Attribute) and node.attr == "session" and getattr(node.value, "id", "") == "db":
            yield function
        if isinstance(node, ast.Call):
            called = resolved(node.func, function.__globals__)
            if called is not None:
                yield called


def uncovered(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that stand under no `with` that enters a scope."""
    yield node
    if isinstance(node, ast.With) and any(entrance(item.context_expr) for item in node.items):
        return
    for child in ast.iter_child_nodes(node):
        yield from uncovered(child)


def entrance(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and (getattr(node.func, "id", "") or getattr(node.func, "attr", "")) in ENTRANCES


def resolved(node: ast.expr, names: dict[str, Any]) -> Callable[..., Any] | None:
    """The function of ours that a call means; None for anything else."""
    found = names.get(node.id) if isinstance(node, ast.Name) else None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = names.get(node.value.id)
        found = getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
    return found if inspect.isfunction(found) and found.__module__.startswith((*HOUSE, "tests.")) else None


def bare(function: Callable[..., Any], known: set[Any] | None = None) -> list[str]:
    """The functions that use the session without a scope when this one is called as nobody."""
    known = known if known is not None else set()
    if function in known or function.__module__ in ("marketplace.kernel.events", "marketplace.kernel.rows"):
        return []
    known.add(function)
    found = []
    for called in outside(function):
        found += [f"{called.__module__}:{called.__name__}"] if called is function else bare(called, known)
    return found


def test_listeners_of_a_request_enter_a_scope_of_their_own(app: Flask) -> None:
    assert len(heard()) >= 4
    assert {events.listener_name(one): bare(one) for _, one in heard() if bare(one)} == {}


@contextmanager
def as_nobody_noted(app: Flask) -> Iterator[list[str]]:
    """Collects the statements about somebody's rows that are sent as nobody."""
    said: list[str] = []
    table = re.compile(r"\b(?:from|join|update|into)\s+\"?(\w+)", re.IGNORECASE)

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if rows.current() == rows.NOBODY and set(table.findall(statement)) & OWNED:
            said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def made_up(kind: type[Event]) -> Event:
    """A fact of this kind about things that nobody has."""
    return kind(**{name: _value(hint) for name, hint in get_type_hints(kind).items()})


def _value(hint: Any) -> Any:
    parts = [part for part in getattr(hint, "__args__", ()) if part not in (type(None), Ellipsis)]
    origin = getattr(hint, "__origin__", None)
    if origin in (tuple, list, frozenset, set):
        return origin([_value(parts[0])])
    plain = {UUID: uuid7(), str: f"order:{uuid7()}", Money: Money(100, "CNY"), bool: True, int: 1, dict: {}}
    return plain.get(origin or (parts[0] if parts else hint))


def tell(kind: type[Event], listener: Listener) -> None:
    """Let one listener hear a made-up fact at the end of a request that nobody makes."""
    try:
        with unit_of_work():
            listener(made_up(kind))
    except (MarketplaceError, IntegrityError):
        db.session.rollback()  # nobody has such a thing: they looked, and that is enough


def test_listeners_of_a_request_ask_for_nothing_as_nobody(app: Flask) -> None:
    with app.test_request_context("/"), as_nobody_noted(app) as said:
        for kind, listener in heard():
            tell(kind, listener)
        db.session.remove()
    assert said == []


def reads_as_nobody(fact: Event) -> None:
    db.session.scalars(select(Order).limit(1)).all()


def writes_as_nobody(fact: Event) -> None:
    renames(UUID(int=1))


def renames(account_id: UUID) -> None:
    db.session.execute(update(Staff).where(Staff.account_id == account_id).values(name="x"))


def begins_too_early(fact: Event) -> None:
    reads_as_nobody(fact)
    with scope.working_on(scope.Purpose.FULFILMENT):
        renames(UUID(int=1))


@pytest.mark.parametrize("careless", [reads_as_nobody, writes_as_nobody, begins_too_early])
def test_control_a_listener_without_a_scope_is_found(app: Flask, careless: Listener) -> None:
    assert bare(careless) != []
    with app.test_request_context("/"), as_nobody_noted(app) as said:
        tell(Event, careless)
        db.session.remove()
    assert len(said) >= 1
