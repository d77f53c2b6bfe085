"""The transactional outbox: events for asynchronous handlers, written in the transaction that publishes them.

The relay locks a due message with SKIP LOCKED, runs its handler and deletes the message in one transaction, so a killed
relay leaves the message for the next one. A failed message is retried with backoff, and dead-lettered after five attempts.
"""

from __future__ import annotations

import select as os_select
import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Integer, Select, String, Text, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock, events, tenancy
from marketplace.kernel.db import Base, CreatedAt, PrimaryKey, db, unit_of_work
from marketplace.kernel.outbox_writer import CHANNEL

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 5
BACKOFF = (timedelta(seconds=2), timedelta(seconds=15), timedelta(minutes=2), timedelta(minutes=10))


class OutboxMessage(Base):
    """One event for one handler."""

    __tablename__ = "outbox"
    __ownership__ = tenancy.RowOwnership.PLATFORM

    id: Mapped[PrimaryKey]
    event: Mapped[str] = mapped_column(String(200))
    handler: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]]
    context: Mapped[dict[str, str]]
    created_at: Mapped[CreatedAt]
    available_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    dead_lettered_at: Mapped[datetime | None]


def select_due_messages(now: datetime) -> Select[OutboxMessage]:
    """Select the due messages, oldest first."""
    return (
        select(OutboxMessage)
        .where(OutboxMessage.available_at <= now, OutboxMessage.dead_lettered_at.is_(None))
        .order_by(OutboxMessage.available_at, OutboxMessage.id)
    )


def process_one() -> bool:
    """Process the oldest due message in its own transaction. Returns False if there is none."""
    message_id: UUID | None = None
    try:
        with unit_of_work():
            message = db.session.scalars(select_due_messages(clock.now()).limit(1).with_for_update(skip_locked=True)).first()
            if message is None:
                return False
            message_id = message.id
            _dispatch(message)
            db.session.execute(delete(OutboxMessage).where(OutboxMessage.id == message_id))
    except Exception as exc:
        if message_id is None:
            raise
        log.exception("outbox_message_failed", message_id=str(message_id))
        _reschedule(message_id, exc)
    finally:
        db.session.remove()
    return True


def process_all(limit: int = 10_000) -> int:
    """Process messages until none is due; returns their number."""
    processed = 0
    while processed < limit and process_one():
        processed += 1
    return processed


def queue_stats() -> dict[str, int]:
    """Return the numbers of pending and dead-lettered messages, for the readiness check and the console."""
    stmt = select(
        func.count().filter(OutboxMessage.dead_lettered_at.is_(None)), func.count(OutboxMessage.dead_lettered_at)
    ).select_from(OutboxMessage)
    pending, dead_lettered = db.session.execute(stmt).one()
    return {"pending": pending, "dead_lettered": dead_lettered}


def run_relay(stop: threading.Event, poll_seconds: float = 2.0) -> None:
    """Process messages until `stop` is set: after each notification, and after `poll_seconds` in case one was missed."""
    while not stop.is_set():
        try:
            process_all(limit=500)
            _wait_for_notify(stop, poll_seconds)
        except Exception:
            log.exception("outbox_relay_failed")
            db.session.remove()
            stop.wait(poll_seconds)


def _dispatch(message: OutboxMessage) -> None:
    event_type, handler = events.EVENT_TYPES[message.event], events.HANDLERS_BY_NAME[message.handler]
    context = tenancy.TenantContext.from_json(message.context)
    with tenancy.use_context(merchant=context.merchant, buyer=context.buyer, account=context.account, purpose=context.purpose):
        handler(events.from_json(event_type, message.payload))


def _reschedule(message_id: UUID, error: Exception) -> None:
    with unit_of_work():
        message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.id == message_id).with_for_update()).first()
        if message is None:
            return
        attempts, now = message.attempts + 1, clock.now()
        dead_lettered_at = now if attempts >= MAX_ATTEMPTS else None
        available_at = now + BACKOFF[min(attempts, len(BACKOFF)) - 1]
        db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == message_id)
            .values(
                attempts=attempts, available_at=available_at, dead_lettered_at=dead_lettered_at, last_error=repr(error)[:2000]
            )
        )


def _wait_for_notify(stop: threading.Event, seconds: float) -> None:
    """Wait on LISTEN for a committed message, at most `seconds`."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        dbapi_connection = connection.connection.dbapi_connection
        if dbapi_connection is None:
            return
        dbapi_connection.execute(f"listen {CHANNEL}")
        if db.session.scalars(select_due_messages(clock.now()).limit(1)).first() is None and not stop.is_set():
            db.session.remove()
            os_select.select([dbapi_connection.fileno()], [], [], seconds)
        db.session.remove()
        dbapi_connection.execute("unlisten *")
