"""What goods on the shelf have cost: the moving weighted average of one unit (IN1)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from marketplace.inventory import rules
from marketplace.inventory.models import StockCost, StockLevel
from marketplace.kernel.db import db
from marketplace.kernel.money import Money


def count_in(*, variant_id: UUID, merchant_id: UUID, quantity: Decimal, cost: Money) -> None:
    """Work a receipt of `quantity` at `cost` a unit, which is booked already, into the average of what lies there.

    The caller has locked the variant's costs by name, so that two receipts follow one another.
    """
    lying = db.session.scalar(select(func.sum(StockLevel.on_hand)).where(StockLevel.variant_id == variant_id)) or Decimal(0)
    known = db.session.scalars(select(StockCost.average).where(StockCost.variant_id == variant_id)).first()
    average = rules.average_cost(known=known, lying=lying - quantity, cost=cost.minor, quantity=quantity)
    row = {"variant_id": variant_id, "merchant_id": merchant_id, "currency": cost.currency, "average": average}
    written = insert(StockCost).values(row)
    db.session.execute(written.on_conflict_do_update(index_elements=["variant_id"], set_={"average": average}))
