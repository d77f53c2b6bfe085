"""Event dispatch in the transaction, by the outbox and after the commit; never after a rollback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace.kernel import clock, events, outbox, tenancy
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from tenants.isolation import as_merchant

RECEIVED: list[object] = []
FAILURES_LEFT = [0]


@dataclass(frozen=True, kw_only=True)
class BellRang(events.Event):
    """Event of the tests."""

    bell_id: UUID
    price: Money
    times: tuple[int, ...] = ()


@pytest.fixture(autouse=True)
def _reset_handlers() -> Iterator[None]:
    RECEIVED.clear()
    FAILURES_LEFT[0] = 0
    yield
    for handlers in (events.SYNC_HANDLERS, events.OUTBOX_HANDLERS, events.AFTER_COMMIT_HANDLERS):
        handlers.pop(BellRang, None)


def handle_bell(event: BellRang) -> None:
    if FAILURES_LEFT[0]:
        FAILURES_LEFT[0] -= 1
        raise RuntimeError("the bell is cracked")
    RECEIVED.append((event, tenancy.get_context().merchant))


def publish_bell(merchant_id: UUID) -> BellRang:
    event = BellRang(bell_id=uuid7(), price=Money(1850, "CNY"), times=(1, 2))
    with unit_of_work(), as_merchant(merchant_id):
        db.session.execute(text("select 1"))
        events.publish(event)
    return event


def count_messages() -> int:
    with unit_of_work():
        return db.session.scalar(text("select count(*) from outbox"))


def test_outbox_handler_receives_event_after_commit(ctx: Flask) -> None:
    events.on_event_async(BellRang)(handle_bell)
    event = publish_bell(uuid7())
    assert RECEIVED == []
    assert outbox.process_all() == 1
    assert [received for received, _ in RECEIVED] == [event]
    assert count_messages() == 0


def test_rolled_back_events_are_not_dispatched(ctx: Flask) -> None:
    events.on_event_async(BellRang)(handle_bell)
    events.on_event_after_commit(BellRang)(handle_bell)

    def publish_and_fail() -> None:
        with unit_of_work():
            events.publish(BellRang(bell_id=uuid7(), price=Money(1, "CNY")))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish_and_fail()
    assert RECEIVED == []
    assert outbox.process_all() == 0


def test_in_transaction_handler_error_rolls_back(ctx: Flask) -> None:
    events.on_event_in_transaction(BellRang)(handle_bell)
    events.on_event_async(BellRang)(handle_bell)
    FAILURES_LEFT[0] = 1
    with pytest.raises(RuntimeError):
        publish_bell(uuid7())
    assert count_messages() == 0


def test_failing_message_backs_off_and_is_dead_lettered(ctx: Flask) -> None:
    events.on_event_async(BellRang)(handle_bell)
    publish_bell(uuid7())
    FAILURES_LEFT[0] = 99
    elapsed = timedelta()
    for attempt in range(1, outbox.MAX_ATTEMPTS + 1):
        with clock.shift_time(elapsed):
            assert outbox.process_all() == 1, attempt
        elapsed += timedelta(hours=1)
    with unit_of_work():
        assert outbox.queue_stats() == {"pending": 0, "dead_lettered": 1}
    with clock.shift_time(timedelta(days=9)):
        assert outbox.process_all() == 0


def test_failing_message_does_not_block_next_message(ctx: Flask) -> None:
    events.on_event_async(BellRang)(handle_bell)
    publish_bell(uuid7())
    second = publish_bell(uuid7())
    FAILURES_LEFT[0] = 1
    assert outbox.process_all() == 2
    assert [received for received, _ in RECEIVED] == [second]
    assert count_messages() == 1


def test_outbox_handler_runs_in_publisher_context(ctx: Flask) -> None:
    """Check that a message has the context of its publisher, because at the end of a request it is anonymous."""
    events.on_event_async(BellRang)(handle_bell)
    merchant_id = uuid7()
    event = publish_bell(merchant_id)
    assert tenancy.get_context() == tenancy.ANONYMOUS
    outbox.process_all()
    assert list(RECEIVED) == [(event, merchant_id)]
