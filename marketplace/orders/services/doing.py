"""Who does something to an order, and how that is written into its history."""

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
from marketplace.orders.workflow import Actor, Who
from tenants.scope import Purpose, working_on


@dataclass(frozen=True, kw_only=True)
class Doer:
    """An actor of the workflow with a name for the history."""

    actor: Actor
    account_id: UUID | None = None
    name: str = ""


NOTHING: Mapping[str, Any] = MappingProxyType({})
CLOCK = Doer(actor=Actor(who=Who.CLOCK))
GATEWAY = Doer(actor=Actor(who=Who.GATEWAY))


@contextmanager
def at_work(order: Order) -> Iterator[None]:
    """Write to an order that the caller's own scope has found; its merchant's stock opens with it."""
    with working_on(Purpose.FULFILMENT, merchant_id=order.merchant_id):
        yield


def write_history(
    *,
    order: Order,
    kind: str,
    by: Doer,
    said: str = "",
    way: tuple[str, str] = ("", ""),
    inside: bool = False,
    details: Mapping[str, Any] = NOTHING,
) -> None:
    """Add one line to an order's history; `way` is the state left and the state reached."""
    db.session.add(
        OrderEvent(
            order_id=order.id,
            buyer_id=order.buyer_id,
            merchant_id=order.merchant_id,
            at=clock.now(),
            kind=kind,
            leaves=way[0],
            reaches=way[1],
            who=by.actor.who.value,
            account_id=by.account_id,
            name=by.name,
            said=said[:1000],
            inside=inside,
            details=dict(details),
        )
    )
