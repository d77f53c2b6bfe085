"""Writing of outbox messages (see `outbox`), apart from their model, because the unit of work writes them and models need it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import scoped_session

from marketplace.kernel import clock, events
from marketplace.kernel.ids import uuid7

CHANNEL = "outbox"
# One statement for any number of messages, because requests write messages too.
INSERT_SQL = text("""
    with inserted as (
        insert into outbox (id, event, handler, payload, context, created_at, available_at, attempts)
        select id, event, handler, payload, context, :moment, :moment, 0
        from jsonb_to_recordset(cast(:messages as jsonb))
            as message (id uuid, event text, handler text, payload jsonb, context jsonb)
    )
    select pg_notify(:channel, '')
""")


def enqueue(session: scoped_session[Any], buffer: events.EventBuffer) -> None:
    """Write one message per event and asynchronous handler in the current transaction; its commit notifies the relay.

    Each has the tenant context of its publisher: at the end of a request, where this is called, the context is anonymous.
    """
    rows_json = [
        {
            "id": str(uuid7()),
            "event": events.event_type_name(type(event)),
            "handler": events.handler_name(handler),
            "payload": events.to_json(event),
            "context": context.to_json(),
        }
        for event, context in zip(buffer.events, buffer.contexts, strict=True)
        for handler in events.OUTBOX_HANDLERS[type(event)]
    ]
    if rows_json:
        session.execute(INSERT_SQL, {"moment": clock.now(), "messages": json.dumps(rows_json), "channel": CHANNEL})
