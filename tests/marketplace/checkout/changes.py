"""Changing an order as one sending of the form does, and what the books say of it afterwards."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from billing.commissions.models import FeeLine
from billing.commissions.queries import net_fee
from marketplace.checkout import services
from marketplace.kernel.db import db, unit_of_work
from marketplace.orders import queries as orders
from marketplace.orders import services as order_services
from marketplace.orders.changes import may_change
from marketplace.orders.rules import order_word
from marketplace.orders.services import Doer
from marketplace.orders.workflow import Actor, Who
from tenants.access.permissions import GRANTS, StaffRole
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import trade
from tests.factories.trade import HOME


def buyer(cast: Cast) -> Doer:
    return Doer(actor=Actor(who=Who.BUYER), account_id=cast.buyer.account_id, name="王经理")


def staff(cast: Cast) -> Doer:
    grants = frozenset(permission.value for permission in GRANTS[StaffRole.OWNER])
    return Doer(actor=Actor(who=Who.STAFF, role="owner", grants=grants), account_id=cast.owner.account_id, name="老板")


def change(cast: Cast, order_id: UUID, expected: int, quantity: str | None = None, **wanted: Any) -> None:
    """What one sending of the form does; every line gets this quantity."""
    with unit_of_work(), trade.as_buyer(cast.buyer):
        order, lines = orders.get(order_id), orders.lines_of([order_id])
        ship_to = {**HOME, **wanted.get("ship_to", {})}
        counted = services.count_change(
            order=order,
            lines=lines,
            wanted={line.id: Decimal(quantity) for line in lines} if quantity else wanted.get("quantities", {}),
            region_code=ship_to["region_code"],
            may=may_change(order, orders.workflow_of(order.workflow_id)),
        )
        services.change_order(
            order=order,
            counted=counted,
            expected_minor=expected,
            seen=wanted.get("seen", order.version),
            ship_to=ship_to,
            note=wanted.get("note", ""),
            by=buyer(cast),
        )


def fees(order_id: UUID) -> list[tuple[str, int, int]]:
    with unit_of_work(), working_on(Purpose.SETTLEMENT):
        wanted = select(FeeLine).where(FeeLine.order == order_word(order_id)).order_by(FeeLine.created_at, FeeLine.id)
        return [(line.kind.value, line.base, line.amount) for line in db.session.scalars(wanted)]


def fee(order_id: UUID) -> int:
    with unit_of_work(), working_on(Purpose.SETTLEMENT):
        return net_fee(order_word(order_id), "CNY").minor


def move(cast: Cast, order_id: UUID, *names: str) -> None:
    for name in names:
        with unit_of_work(), acting_for(cast.acme_id):
            order_services.move(order_id=order_id, name=name, by=staff(cast))


def hidden_fields(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden"(?: id="[^"]*")? name="([^"]*)" value="([^"]*)"', page)
    return {name: value for name, value in found if name not in ("csrf_token", "kind")}


def lines(cast: Cast, order_id: UUID) -> list[UUID]:
    with unit_of_work(), trade.as_buyer(cast.buyer):
        return [line.id for line in orders.lines_of([order_id])]
