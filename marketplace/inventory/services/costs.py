"""Average costs of variants: the moving weighted average of one unit (inventory management, IN1)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from marketplace.inventory import valuation
from marketplace.inventory.models import StockCost, StockLevel
from marketplace.kernel.db import db
from marketplace.kernel.money import Money


def update_average_cost(*, variant_id: UUID, merchant_id: UUID, quantity: Decimal, cost: Money) -> None:
    """Update the average cost of a variant after a receipt of `quantity` at `cost` each was recorded.

    The caller holds the advisory lock of the variant's cost, so that concurrent receipts are applied one after another.
    """
    on_hand = db.session.scalar(select(func.sum(StockLevel.on_hand)).where(StockLevel.variant_id == variant_id)) or Decimal(0)
    current_average = db.session.scalars(select(StockCost.average).where(StockCost.variant_id == variant_id)).first()
    average = valuation.average_cost(
        current_average=current_average, on_hand=on_hand - quantity, cost=cost.minor, quantity=quantity
    )
    row = {"variant_id": variant_id, "merchant_id": merchant_id, "currency": cost.currency, "average": average}
    stmt = insert(StockCost).values(row)
    db.session.execute(stmt.on_conflict_do_update(index_elements=["variant_id"], set_={"average": average}))
