"""Queries of checkout: the terms of any number of merchants in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, select

from marketplace.carts.models import MerchantOrderMinimum
from marketplace.kernel import compiled_sql
from marketplace.kernel.money import Money
from marketplace.orders.models import WorkflowVersion
from marketplace.shipping.models import MerchantFreightRates
from marketplace.shipping.rates import FreightRates
from tenants.merchants.models import Merchant


@dataclass(frozen=True, kw_only=True)
class MerchantTerms:
    """The terms of a merchant for new orders: order minimum, freight rates and workflow version."""

    order_minimum: Money | None
    freight: FreightRates | None
    workflow_id: UUID | None


def get_merchant_terms(merchant_ids: Iterable[UUID]) -> dict[UUID, MerchantTerms]:
    """Return the terms of some merchants, by merchant id."""
    return {row.id: _terms_from_row(row) for row in compiled_sql.fetch_all(_terms_stmt(), ids=list(merchant_ids))}


@cache
def _terms_stmt() -> Select[*tuple[Any, ...]]:
    latest_version = (
        select(WorkflowVersion.id)
        .where(WorkflowVersion.merchant_id == Merchant.id)
        .order_by(WorkflowVersion.number.desc())
        .limit(1)
        .correlate(Merchant)
        .scalar_subquery()
    )
    return (
        select(
            Merchant.id,
            MerchantOrderMinimum.minimum_minor,
            MerchantOrderMinimum.currency,
            MerchantFreightRates.rates,
            latest_version.label("workflow"),
        )
        .outerjoin(MerchantOrderMinimum, MerchantOrderMinimum.merchant_id == Merchant.id)
        .outerjoin(MerchantFreightRates, MerchantFreightRates.merchant_id == Merchant.id)
        .where(Merchant.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    )


def _terms_from_row(row: Any) -> MerchantTerms:
    minimum = Money(row.minimum_minor, row.currency) if row.minimum_minor else None
    return MerchantTerms(
        order_minimum=minimum, freight=FreightRates.from_json(row.rates) if row.rates else None, workflow_id=row.workflow
    )
