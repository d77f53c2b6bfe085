"""Named actors, and the append-only history of orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.orders.models import Order, OrderEvent
from marketplace.orders.workflow import Actor, ActorKind
from tenants.isolation import AccessPurpose, with_purpose


@dataclass(frozen=True, kw_only=True)
class NamedActor:
    """A workflow actor with the account and the name for the history."""

    actor: Actor
    account_id: UUID | None = None
    name: str = ""


NO_DETAILS: Mapping[str, Any] = MappingProxyType({})
SYSTEM_TIMER = NamedActor(actor=Actor(kind=ActorKind.TIMER))
SYSTEM_GATEWAY = NamedActor(actor=Actor(kind=ActorKind.GATEWAY))


@contextmanager
def fulfilment_scope(order: Order) -> Iterator[None]:
    """Allow writing to an order that is visible to the caller, and to its merchant's stock."""
    with with_purpose(AccessPurpose.FULFILMENT, merchant_id=order.merchant_id):
        yield


def log_event(
    *,
    order: Order,
    kind: str,
    by: NamedActor,
    comment: str = "",
    transition: tuple[str, str] = ("", ""),
    internal: bool = False,
    details: Mapping[str, Any] = NO_DETAILS,
) -> None:
    """Append an entry to an order's history; `transition` is the old and the new state."""
    db.session.add(
        OrderEvent(
            order_id=order.id,
            buyer_id=order.buyer_id,
            merchant_id=order.merchant_id,
            at=clock.now(),
            kind=kind,
            from_state=transition[0],
            to_state=transition[1],
            actor_kind=by.actor.kind.value,
            account_id=by.account_id,
            name=by.name,
            comment=comment[:1000],
            internal=internal,
            details=dict(details),
        )
    )
