"""What checkout must know of the merchants: in one statement, however many they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, select

from marketplace.carts.models import BasketTerms
from marketplace.kernel import quick
from marketplace.kernel.money import Money
from marketplace.orders.models import WorkflowVersion
from marketplace.shipping.models import Freight
from marketplace.shipping.rules import FreightRules
from tenants.merchants.models import Merchant


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On which terms a merchant takes orders now: smallest order, freight, and the workflow version of new orders."""

    minimum: Money | None
    freight: FreightRules | None
    workflow: UUID | None


def terms_of(merchant_ids: Iterable[UUID]) -> dict[UUID, Terms]:
    """The terms of some merchants."""
    return {row.id: _terms(row) for row in quick.ask(_terms_rows(), ids=list(merchant_ids))}


@cache
def _terms_rows() -> Select[*tuple[Any, ...]]:
    newest = (
        select(WorkflowVersion.id)
        .where(WorkflowVersion.merchant_id == Merchant.id)
        .order_by(WorkflowVersion.number.desc())
        .limit(1)
        .correlate(Merchant)
        .scalar_subquery()
    )
    return (
        select(Merchant.id, BasketTerms.minimum_minor, BasketTerms.currency, Freight.rules, newest.label("workflow"))
        .outerjoin(BasketTerms, BasketTerms.merchant_id == Merchant.id)
        .outerjoin(Freight, Freight.merchant_id == Merchant.id)
        .where(Merchant.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    )


def _terms(row: Any) -> Terms:
    minimum = Money(row.minimum_minor, row.currency) if row.minimum_minor else None
    return Terms(minimum=minimum, freight=FreightRules.from_json(row.rules) if row.rules else None, workflow=row.workflow)
