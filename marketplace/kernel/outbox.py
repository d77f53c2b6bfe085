"""The outbox: facts that must reach their listeners, written in the transaction that made them true.

The relay takes due letters with SKIP LOCKED, runs the listener and deletes the letter in one transaction: a relay that is
killed leaves the letter for the next one. A letter that fails is tried again later, and set aside after five tries.
"""

from __future__ import annotations

import json
import select as os_select
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Integer, Select, String, Text, delete, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock, events, rows
from marketplace.kernel.db import Base, created, db, pk, unit_of_work
from marketplace.kernel.ids import uuid7

log = structlog.get_logger(__name__)

CHANNEL = "outbox"
TRIES = 5
BACKOFF = (timedelta(seconds=2), timedelta(seconds=15), timedelta(minutes=2), timedelta(minutes=10))
# One question to the database, however many letters: what people wait for writes letters too.
PUT = text("""
    with put as (
        insert into outbox (id, event, listener, payload, scope, written_at, due_at, tries)
        select id, event, listener, payload, scope, :moment, :moment, 0
        from jsonb_to_recordset(cast(:letters as jsonb))
            as letter (id uuid, event text, listener text, payload jsonb, scope jsonb)
    )
    select pg_notify(:channel, '')
""")


class Letter(Base):
    """One fact for one listener."""

    __tablename__ = "outbox"
    __data__ = rows.DataClass.PLATFORM

    id: Mapped[pk]
    event: Mapped[str] = mapped_column(String(200))
    listener: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]]
    scope: Mapped[dict[str, str]]
    written_at: Mapped[created]
    due_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    trouble: Mapped[str | None] = mapped_column(Text)
    set_aside_at: Mapped[datetime | None]


def write(letters: Sequence[tuple[events.Event, events.Listener, rows.RowScope]]) -> None:
    """Put letters into the running transaction and wake the relay when it commits.

    Each carries the scope of its publisher: at the end of a request, where this is called, nobody acts any more.
    """
    put = [
        {
            "id": str(uuid7()),
            "event": events.name_of(type(fact)),
            "listener": events.listener_name(listener),
            "payload": events.to_json(fact),
            "scope": scope.to_json(),
        }
        for fact, listener, scope in letters
    ]
    db.session.execute(PUT, {"moment": clock.now(), "letters": json.dumps(put), "channel": CHANNEL})


def due(moment: datetime) -> Select[Letter]:
    """Letters that wait to be delivered, oldest first."""
    return select(Letter).where(Letter.due_at <= moment, Letter.set_aside_at.is_(None)).order_by(Letter.due_at, Letter.id)


def deliver_one() -> bool:
    """Deliver the oldest due letter in a transaction of its own. False when there is none."""
    letter_id: UUID | None = None
    try:
        with unit_of_work():
            letter = db.session.scalars(due(clock.now()).limit(1).with_for_update(skip_locked=True)).first()
            if letter is None:
                return False
            letter_id = letter.id
            _hand_over(letter)
            db.session.execute(delete(Letter).where(Letter.id == letter_id))
    except Exception as trouble:
        if letter_id is None:
            raise
        log.exception("letter_failed", letter=str(letter_id))
        _put_back(letter_id, trouble)
    finally:
        db.session.remove()
    return True


def deliver_all(limit: int = 10_000) -> int:
    """Deliver until nothing is due; returns how many letters were handled."""
    done = 0
    while done < limit and deliver_one():
        done += 1
    return done


def waiting() -> dict[str, int]:
    """How many letters wait and how many were set aside: for readiness and the console."""
    counts = select(func.count().filter(Letter.set_aside_at.is_(None)), func.count(Letter.set_aside_at)).select_from(Letter)
    pending, aside = db.session.execute(counts).one()
    return {"waiting": pending, "set_aside": aside}


def relay(stop: threading.Event, poll_seconds: float = 2.0) -> None:
    """Deliver for ever: woken by the database when a letter is committed, and by a slow poll for safety."""
    while not stop.is_set():
        try:
            deliver_all(limit=500)
            _wait_for_word(stop, poll_seconds)
        except Exception:
            log.exception("relay_stumbled")
            db.session.remove()
            stop.wait(poll_seconds)


def _hand_over(letter: Letter) -> None:
    kind, listener = events.KINDS[letter.event], events.BY_NAME[letter.listener]
    scope = rows.RowScope.from_json(letter.scope)
    with rows.entering(merchant=scope.merchant, buyer=scope.buyer, account=scope.account, purpose=scope.purpose):
        listener(events.from_json(kind, letter.payload))


def _put_back(letter_id: UUID, trouble: Exception) -> None:
    with unit_of_work():
        letter = db.session.scalars(select(Letter).where(Letter.id == letter_id).with_for_update()).first()
        if letter is None:
            return
        tries, moment = letter.tries + 1, clock.now()
        aside = moment if tries >= TRIES else None
        later = moment + BACKOFF[min(tries, len(BACKOFF)) - 1]
        db.session.execute(
            update(Letter)
            .where(Letter.id == letter_id)
            .values(tries=tries, due_at=later, set_aside_at=aside, trouble=repr(trouble)[:2000])
        )


def _wait_for_word(stop: threading.Event, seconds: float) -> None:
    """Sleep on LISTEN until a letter is committed, at most `seconds`."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        raw = connection.connection.dbapi_connection
        if raw is None:
            return
        raw.execute(f"listen {CHANNEL}")
        if db.session.scalars(due(clock.now()).limit(1)).first() is None and not stop.is_set():
            db.session.remove()
            os_select.select([raw.fileno()], [], [], seconds)
        db.session.remove()
        raw.execute("unlisten *")
