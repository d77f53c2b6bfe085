"""Helpers that change an order as a form submission does, and read its commission entries."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from billing.commissions.models import CommissionEntry
from billing.commissions.queries import get_net_fee
from marketplace.checkout import services
from marketplace.kernel.db import db, unit_of_work
from marketplace.orders import queries as order_queries
from marketplace.orders import services as order_services
from marketplace.orders.changes import allowed_changes
from marketplace.orders.numbering import ledger_reference
from marketplace.orders.services import NamedActor
from marketplace.orders.workflow import Actor, ActorKind
from tenants.access.permissions import ROLE_PERMISSIONS, StaffRole
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tests.actors import Actors
from tests.factories import order_factory
from tests.factories.order_factory import SHIPPING_ADDRESS


def buyer_actor(actors: Actors) -> NamedActor:
    return NamedActor(actor=Actor(kind=ActorKind.BUYER), account_id=actors.buyer.account_id, name="王经理")


def staff_actor(actors: Actors) -> NamedActor:
    grants = frozenset(permission.value for permission in ROLE_PERMISSIONS[StaffRole.OWNER])
    return NamedActor(
        actor=Actor(kind=ActorKind.STAFF, role="owner", grants=grants), account_id=actors.owner.account_id, name="老板"
    )


def change_order(actors: Actors, order_id: UUID, expected_minor: int, quantity: str | None = None, **overrides: Any) -> None:
    """Change an order as one form submission does; `quantity` applies to every line."""
    with unit_of_work(), order_factory.as_person(actors.buyer):
        order, lines = order_queries.get_order(order_id), order_queries.get_lines([order_id])
        ship_to = {**SHIPPING_ADDRESS, **overrides.get("ship_to", {})}
        repriced = services.quote_change(
            order=order,
            lines=lines,
            quantities={line.id: Decimal(quantity) for line in lines} if quantity else overrides.get("quantities", {}),
            region_code=ship_to["region_code"],
            allowed=allowed_changes(order, order_queries.get_workflow(order.workflow_id)),
        )
        services.apply_change(
            order=order,
            repriced=repriced,
            expected_minor=expected_minor,
            expected_version=overrides.get("expected_version", order.version),
            ship_to=ship_to,
            note=overrides.get("note", ""),
            by=buyer_actor(actors),
        )


def commission_entries(order_id: UUID) -> list[tuple[str, int, int]]:
    with unit_of_work(), with_purpose(AccessPurpose.SETTLEMENT):
        stmt = (
            select(CommissionEntry)
            .where(CommissionEntry.order == ledger_reference(order_id))
            .order_by(CommissionEntry.created_at, CommissionEntry.id)
        )
        return [(line.kind.value, line.base, line.amount) for line in db.session.scalars(stmt)]


def net_commission(order_id: UUID) -> int:
    with unit_of_work(), with_purpose(AccessPurpose.SETTLEMENT):
        return get_net_fee(ledger_reference(order_id), "CNY").minor


def run_transitions(actors: Actors, order_id: UUID, *names: str) -> None:
    for name in names:
        with unit_of_work(), as_merchant(actors.acme_id):
            order_services.transition_order(order_id=order_id, name=name, by=staff_actor(actors))


def hidden_fields(page: str) -> dict[str, str]:
    fields = re.findall(r'<input type="hidden"(?: id="[^"]*")? name="([^"]*)" value="([^"]*)"', page)
    return {name: value for name, value in fields if name not in ("csrf_token", "kind")}


def line_ids(actors: Actors, order_id: UUID) -> list[UUID]:
    with unit_of_work(), order_factory.as_person(actors.buyer):
        return [line.id for line in order_queries.get_lines([order_id])]
