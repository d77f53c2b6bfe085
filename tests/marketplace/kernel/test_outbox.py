"""Facts reach their listeners: together, durably, after; and nothing of a rolled-back transaction does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace.kernel import clock, events, outbox, rows
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from tenants.scope import acting_for

HEARD: list[object] = []
FAIL = [0]


@dataclass(frozen=True, kw_only=True)
class Rang(events.Event):
    """A bell rang."""

    bell_id: UUID
    price: Money
    times: tuple[int, ...] = ()


@pytest.fixture(autouse=True)
def _listeners() -> Iterator[None]:
    HEARD.clear()
    FAIL[0] = 0
    yield
    for table in (events.TOGETHER, events.DURABLE, events.AFTER):
        table.pop(Rang, None)


def note(fact: Rang) -> None:
    if FAIL[0]:
        FAIL[0] -= 1
        raise RuntimeError("the bell is cracked")
    HEARD.append((fact, rows.current().merchant))


def ring(merchant_id: UUID) -> Rang:
    fact = Rang(bell_id=uuid7(), price=Money(1850, "CNY"), times=(1, 2))
    with unit_of_work(), acting_for(merchant_id):
        db.session.execute(text("select 1"))
        events.publish(fact)
    return fact


def letters() -> int:
    with unit_of_work():
        return db.session.scalar(text("select count(*) from outbox"))


def test_a_durable_fact_arrives_with_its_values_after_the_commit(ctx: Flask) -> None:
    events.durably(Rang)(note)
    fact = ring(uuid7())
    assert HEARD == []
    assert outbox.deliver_all() == 1
    assert [heard for heard, _ in HEARD] == [fact]
    assert letters() == 0


def test_nothing_of_a_rolled_back_deed_is_told(ctx: Flask) -> None:
    events.durably(Rang)(note)
    events.after(Rang)(note)

    def regret() -> None:
        with unit_of_work():
            events.publish(Rang(bell_id=uuid7(), price=Money(1, "CNY")))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        regret()
    assert HEARD == []
    assert outbox.deliver_all() == 0


def test_a_listener_that_hears_together_may_refuse(ctx: Flask) -> None:
    events.together_with(Rang)(note)
    events.durably(Rang)(note)
    FAIL[0] = 1
    with pytest.raises(RuntimeError):
        ring(uuid7())
    assert letters() == 0


def test_a_failing_letter_waits_longer_each_time_and_is_set_aside(ctx: Flask) -> None:
    events.durably(Rang)(note)
    ring(uuid7())
    FAIL[0] = 99
    later = timedelta()
    for tries in range(1, outbox.TRIES + 1):
        with clock.shifted(later):
            assert outbox.deliver_all() == 1, tries
        later += timedelta(hours=1)
    with unit_of_work():
        assert outbox.waiting() == {"waiting": 0, "set_aside": 1}
    with clock.shifted(timedelta(days=9)):
        assert outbox.deliver_all() == 0


def test_a_failure_of_one_letter_does_not_stop_the_next(ctx: Flask) -> None:
    events.durably(Rang)(note)
    ring(uuid7())
    second = ring(uuid7())
    FAIL[0] = 1
    assert outbox.deliver_all() == 2
    assert [heard for heard, _ in HEARD] == [second]
    assert letters() == 1


def test_a_letter_is_read_by_who_published_it(ctx: Flask) -> None:
    """At the end of a request nobody acts any more; the letter remembers who did when the fact was told."""
    events.durably(Rang)(note)
    merchant_id = uuid7()
    fact = ring(merchant_id)
    assert rows.current() == rows.NOBODY
    outbox.deliver_all()
    assert list(HEARD) == [(fact, merchant_id)]
