"""Facts and who hears them. Every listener says when it runs: together, durably, or after.

*together_with*: in the same transaction; it may refuse, and then nothing happened.
*durably*: written to the outbox in the same transaction and run later, at least once, in a transaction of its own.
*after*: in this process, when the commit has happened; it may be lost when the process dies, so it carries nothing vital.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

import structlog

from marketplace.kernel import rows
from marketplace.kernel.money import Money
from marketplace.kernel.rows import RowScope

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact: past tense, ids and plain values only."""


E = TypeVar("E", bound=Event)
Listener = Callable[[Any], None]

KINDS: dict[str, type[Event]] = {}
TOGETHER: dict[type[Event], list[Listener]] = defaultdict(list)
DURABLE: dict[type[Event], list[Listener]] = defaultdict(list)
AFTER: dict[type[Event], list[Listener]] = defaultdict(list)
BY_NAME: dict[str, Listener] = {}


@dataclass
class Announced:
    """What one unit of work has published, in order; `scopes` says who acted when each fact was published."""

    all: list[Event] = field(default_factory=list)
    waiting: list[Event] = field(default_factory=list)
    scopes: list[RowScope] = field(default_factory=list)


_collecting: ContextVar[Announced | None] = ContextVar("events_collecting", default=None)


class NobodyCollects(RuntimeError):
    """An event was published outside a unit of work."""


def publish(fact: Event) -> None:
    """Announce a fact of the running unit of work. Raises NobodyCollects outside one."""
    announced = _collecting.get()
    if announced is None:
        raise NobodyCollects(type(fact).__name__)
    announced.all.append(fact)
    announced.waiting.append(fact)
    announced.scopes.append(rows.current())


@contextmanager
def collecting() -> Iterator[Announced]:
    """Gather what is published inside."""
    announced = Announced()
    token = _collecting.set(announced)
    try:
        yield announced
    finally:
        _collecting.reset(token)


@contextmanager
def retracting() -> Iterator[None]:
    """What is published inside is announced only if nothing is raised."""
    announced = _collecting.get()
    before = len(announced.all) if announced else 0
    try:
        yield
    except BaseException:
        if announced:
            gone = len(announced.all) - before
            for told in (announced.all, announced.scopes, announced.waiting):
                del told[len(told) - gone :]
        raise


def together_with(*kinds: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Run in the same transaction as the fact; an exception undoes both."""
    return _registrar(TOGETHER, kinds)


def durably(*kinds: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Run soon after the fact, at least once, whatever dies in between; so it must be safe to run twice."""
    return _registrar(DURABLE, kinds)


def after(*kinds: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Run in this process after the commit; its failure is logged and harms nobody."""
    return _registrar(AFTER, kinds)


def _registrar(
    table: dict[type[Event], list[Listener]], kinds: tuple[type[E], ...]
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    def register(listener: Callable[[E], None]) -> Callable[[E], None]:
        for kind in kinds:
            KINDS[name_of(kind)] = kind
            if listener not in table[kind]:
                table[kind].append(listener)
        BY_NAME[listener_name(listener)] = listener
        return listener

    return register


def name_of(kind: type[Event]) -> str:
    """The stable name of an event kind, used in the outbox."""
    return f"{kind.__module__}:{kind.__name__}"


def listener_name(listener: Listener) -> str:
    """The stable name of a listener, used in the outbox."""
    return f"{listener.__module__}:{getattr(listener, '__name__', repr(listener))}"


def tell_together(announced: Announced) -> None:
    """Run the listeners of this transaction, including for what they publish themselves."""
    while announced.waiting:
        fact = announced.waiting.pop(0)
        for listener in TOGETHER[type(fact)]:
            listener(fact)


def remember_durably(announced: Announced) -> None:
    """Write one outbox row for each fact and durable listener."""
    told = zip(announced.all, announced.scopes, strict=True)
    letters = [(fact, listener, scope) for fact, scope in told for listener in DURABLE[type(fact)]]
    if letters:
        from marketplace.kernel.outbox import write  # the outbox is a table; tables need this module first

        write(letters)


def tell_after(announced: Announced) -> None:
    """Run what happens after the commit; it cannot undo anything, so a failure is only logged."""
    for fact in announced.all:
        for listener in AFTER[type(fact)]:
            try:
                listener(fact)
            except Exception:
                log.exception("listener_failed", listener=listener_name(listener), fact=type(fact).__name__)


def to_json(fact: Event) -> dict[str, Any]:
    """The fact as plain JSON values."""
    return {item.name: _plain(getattr(fact, item.name)) for item in dataclasses.fields(fact)}


def from_json(kind: type[E], data: dict[str, Any]) -> E:
    """The inverse of `to_json`, guided by the kind's annotations."""
    hints = get_type_hints(kind)
    return kind(**{name: _rich(hints[name], value) for name, value in data.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, UUID | datetime):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    if isinstance(value, tuple | list | frozenset | set):
        return [_plain(item) for item in value]
    return value


def _rich(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    parts = [part for part in getattr(hint, "__args__", ()) if part not in (type(None), Ellipsis)]
    origin = getattr(hint, "__origin__", None)
    if origin in (tuple, list, frozenset, set):
        return origin(_rich(parts[0], item) for item in value)
    if parts and origin is None:  # X | None
        return _rich(parts[0], value)
    if hint is Money:
        return Money(value["minor"], value["currency"])
    if hint is UUID:
        return UUID(value)
    return datetime.fromisoformat(value) if hint is datetime else value
