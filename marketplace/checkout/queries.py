"""What checkout must know of the merchants: in one statement, however many they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, select
from sqlalchemy.orm import defer

from marketplace.carts.models import BasketTerms
from marketplace.kernel.db import db
from marketplace.kernel.money import Money
from marketplace.orders.models import WorkflowVersion
from marketplace.shipping.models import Freight
from marketplace.shipping.rules import FreightRules
from tenants.merchants.models import Merchant


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On which terms a merchant takes orders now: smallest order, freight, and the workflow of new orders."""

    minimum: Money | None
    freight: FreightRules | None
    workflow: WorkflowVersion | None


def terms_of(merchant_ids: Iterable[UUID], *, whole: bool = False) -> dict[UUID, Terms]:
    """The terms of some merchants; `whole` ones can be kept longer than the session that read them."""
    found = db.session.execute(_terms_rows(whole), {"ids": list(merchant_ids)})
    return {row[0]: _terms(row[1], row[2], row[3]) for row in found}


@cache
def _terms_rows(whole: bool) -> Select[*tuple[Any, ...]]:
    newest = (
        select(WorkflowVersion.id)
        .where(WorkflowVersion.merchant_id == Merchant.id)
        .order_by(WorkflowVersion.number.desc())
        .limit(1)
        .correlate(Merchant)
        .scalar_subquery()
    )
    wanted = (
        select(Merchant.id, BasketTerms, Freight, WorkflowVersion)
        .outerjoin(BasketTerms, BasketTerms.merchant_id == Merchant.id)
        .outerjoin(Freight, Freight.merchant_id == Merchant.id)
        .outerjoin(WorkflowVersion, WorkflowVersion.id == newest)
        .where(Merchant.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    )
    # What a version says is known already to who has placed an order under it; it is read when it is not.
    return wanted if whole else wanted.options(defer(WorkflowVersion.choices), defer(WorkflowVersion.definition))


def _terms(basket: BasketTerms | None, freight: Freight | None, workflow: WorkflowVersion | None) -> Terms:
    minimum = basket.minimum if basket is not None and basket.minimum_minor > 0 else None
    return Terms(minimum=minimum, freight=freight.value if freight else None, workflow=workflow)
