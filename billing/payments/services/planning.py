"""Writing down what will be asked of the gateway, before it is asked."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, insert

from billing.payments import queries
from billing.payments.events import OperationPlanned
from billing.payments.models import Intent, Operation, Refund
from billing.payments.rules import OperationKind, OperationState
from marketplace.kernel import clock, quick
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7

OPERATIONS = cast(Table, Operation.__table__)
ADDED = insert(OPERATIONS)


def plan_create(*, intent: Intent) -> Operation:
    """Open this payment at the gateway; whoever plans it asks at once, so nobody is woken."""
    return _plan(OperationKind.CREATE, intent_id=intent.id, word=str(intent.id), params=_opening(intent))


def new_create(*, intent: Intent) -> Operation:
    """The same for a payment that was made in this transaction, of which nothing can have been planned: for `write_new`."""
    return _operation(OperationKind.CREATE, _key(OperationKind.CREATE, str(intent.id)), intent.id, None, _opening(intent))


def write_new(planned: Operation) -> None:
    """Write down what is new, past the unit of work: nothing of it is needed, and it costs as much as the statement."""
    quick.write(ADDED, [{column.key: getattr(planned, column.key) for column in OPERATIONS.columns}])


def plan_expire(*, intent: Intent) -> None:
    """Close this payment at the gateway, soon after the commit."""
    planned = _plan(OperationKind.EXPIRE, intent_id=intent.id, word=str(intent.id))
    publish(OperationPlanned(operation_id=planned.id))


def plan_refund(*, refund: Refund, attempt: int = 1) -> None:
    """Send this refund, soon after the commit; a further attempt has a key of its own."""
    word = f"{refund.id}:{attempt}" if attempt > 1 else str(refund.id)
    planned = _plan(OperationKind.REFUND, intent_id=refund.intent_id, word=word, refund_id=refund.id)
    publish(OperationPlanned(operation_id=planned.id))


def _plan(
    kind: OperationKind, *, intent_id: UUID, word: str, refund_id: UUID | None = None, params: dict[str, Any] | None = None
) -> Operation:
    key = _key(kind, word)
    known = queries.operation_by_key(key)
    if known is not None:
        return known
    made = _operation(kind, key, intent_id, refund_id, params or {})
    db.session.add(made)
    db.session.flush()
    return made


def _key(kind: OperationKind, word: str) -> str:
    return f"{kind.value}:{word}"


def _operation(kind: OperationKind, key: str, intent_id: UUID, refund_id: UUID | None, params: dict[str, Any]) -> Operation:
    return Operation(
        id=uuid7(),
        kind=kind,
        key=key,
        intent_id=intent_id,
        refund_id=refund_id,
        params=params,
        state=OperationState.PENDING,
        created_at=clock.now(),
        tries=0,
        trouble="",
    )


def _opening(intent: Intent) -> dict[str, Any]:
    return {"description": intent.description, "return_url": intent.return_url, "locale": intent.locale}
