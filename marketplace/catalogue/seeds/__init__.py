"""The catalogue's corner of the demo market: the kinds of goods, then the goods."""

from marketplace.catalogue.seeds.goods import plant_goods
from marketplace.catalogue.seeds.kinds import plant_kinds
from marketplace.kernel.seeding import Plan


def plant(plan: Plan) -> None:
    """Categories with what they ask, brands, and every merchant's products in every state."""
    plant_kinds(plan)
    plant_goods(plan)


__all__ = ["plant", "plant_goods", "plant_kinds"]
