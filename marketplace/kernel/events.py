"""Domain events and their handlers. The decorator of a handler declares when it runs.

*on_event_in_transaction*: in the same transaction; an exception rolls back the transaction.
*on_event_async*: through the outbox, which is written in the same transaction; runs later, at least once, in its own
transaction.
*on_event_after_commit*: in this process after the commit; lost if the process dies, so only for work that may be lost.
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

from marketplace.kernel import tenancy
from marketplace.kernel.money import Money
from marketplace.kernel.tenancy import TenantContext

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base class of events: named in the past tense, with ids and plain values only."""


E = TypeVar("E", bound=Event)
Handler = Callable[[Any], None]

EVENT_TYPES: dict[str, type[Event]] = {}
SYNC_HANDLERS: dict[type[Event], list[Handler]] = defaultdict(list)
OUTBOX_HANDLERS: dict[type[Event], list[Handler]] = defaultdict(list)
AFTER_COMMIT_HANDLERS: dict[type[Event], list[Handler]] = defaultdict(list)
HANDLERS_BY_NAME: dict[str, Handler] = {}


@dataclass
class EventBuffer:
    """The events of one unit of work in order; `contexts` holds the tenant context at the time of each."""

    events: list[Event] = field(default_factory=list)
    pending: list[Event] = field(default_factory=list)
    contexts: list[TenantContext] = field(default_factory=list)


_active_buffer: ContextVar[EventBuffer | None] = ContextVar("active_event_buffer", default=None)


class NoActiveUnitOfWork(RuntimeError):
    """An event published outside a unit of work."""


def publish(event: Event) -> None:
    """Publish an event of the current unit of work. Raises NoActiveUnitOfWork outside one."""
    buffer = _active_buffer.get()
    if buffer is None:
        raise NoActiveUnitOfWork(type(event).__name__)
    buffer.events.append(event)
    buffer.pending.append(event)
    buffer.contexts.append(tenancy.get_context())


@contextmanager
def collect() -> Iterator[EventBuffer]:
    """Collect the events that are published in the block."""
    buffer = EventBuffer()
    token = _active_buffer.set(buffer)
    try:
        yield buffer
    finally:
        _active_buffer.reset(token)


@contextmanager
def discard_on_error() -> Iterator[None]:
    """Discard the events that are published in the block if it raises."""
    buffer = _active_buffer.get()
    before = len(buffer.events) if buffer else 0
    try:
        yield
    except BaseException:
        if buffer:
            discard_since(buffer, before)
        raise


def discard_since(buffer: EventBuffer, count: int) -> None:
    """Discard all events but the first `count`, none of which was dispatched yet."""
    discarded = len(buffer.events) - count
    for queue in (buffer.events, buffer.contexts, buffer.pending):
        del queue[len(queue) - discarded :]


def on_event_in_transaction(*event_types: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a handler that runs in the transaction of the event; its exception rolls back both."""
    return _register_in(SYNC_HANDLERS, event_types)


def on_event_async(*event_types: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a handler that runs later through the outbox, at least once, so it must be idempotent."""
    return _register_in(OUTBOX_HANDLERS, event_types)


def on_event_after_commit(*event_types: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a handler that runs in this process after the commit; its exceptions are only logged."""
    return _register_in(AFTER_COMMIT_HANDLERS, event_types)


def _register_in(
    registry: dict[type[Event], list[Handler]], event_types: tuple[type[E], ...]
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    def register(handler: Callable[[E], None]) -> Callable[[E], None]:
        for event_type in event_types:
            EVENT_TYPES[event_type_name(event_type)] = event_type
            if handler not in registry[event_type]:
                registry[event_type].append(handler)
        HANDLERS_BY_NAME[handler_name(handler)] = handler
        return handler

    return register


def event_type_name(event_type: type[Event]) -> str:
    """Return the stable name of an event type, as stored in the outbox."""
    return f"{event_type.__module__}:{event_type.__name__}"


def handler_name(handler: Handler) -> str:
    """Return the stable name of a handler, as stored in the outbox."""
    return f"{handler.__module__}:{getattr(handler, '__name__', repr(handler))}"


def dispatch_in_transaction(buffer: EventBuffer) -> None:
    """Run the handlers of this transaction, also for the events that they publish themselves."""
    while buffer.pending:
        event = buffer.pending.pop(0)
        for handler in SYNC_HANDLERS[type(event)]:
            handler(event)


def dispatch_after_commit(buffer: EventBuffer) -> None:
    """Run the handlers after the commit; nothing can be rolled back any more, so exceptions are only logged."""
    for event in buffer.events:
        for handler in AFTER_COMMIT_HANDLERS[type(event)]:
            try:
                handler(event)
            except Exception:
                log.exception("event_handler_failed", handler=handler_name(handler), event_type=type(event).__name__)


def to_json(event: Event) -> dict[str, Any]:
    """Return the event as JSON values."""
    return {field_.name: _to_plain(getattr(event, field_.name)) for field_ in dataclasses.fields(event)}


def from_json(event_type: type[E], data: dict[str, Any]) -> E:
    """Return the event of a `to_json` result, by the annotations of its type."""
    hints = get_type_hints(event_type)
    return event_type(**{name: _from_plain(hints[name], value) for name, value in data.items()})


def _to_plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, UUID | datetime):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    if isinstance(value, tuple | list | frozenset | set):
        return [_to_plain(item) for item in value]
    return value


def _from_plain(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    parts = [part for part in getattr(hint, "__args__", ()) if part not in (type(None), Ellipsis)]
    origin = getattr(hint, "__origin__", None)
    if origin in (tuple, list, frozenset, set):
        return origin(_from_plain(parts[0], item) for item in value)
    if parts and origin is None:  # X | None
        return _from_plain(parts[0], value)
    if hint is Money:
        return Money(value["minor"], value["currency"])
    if hint is UUID:
        return UUID(value)
    return datetime.fromisoformat(value) if hint is datetime else value
