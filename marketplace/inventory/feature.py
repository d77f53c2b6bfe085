"""What the stock-keeper plugs in."""

from marketplace.inventory import listeners, models, tasks
from marketplace.kernel.feature import Feature

FEATURE = Feature(
    name="inventory",
    models=models,
    listens=listeners,
    tasks=tasks,
    every={"release overdue holds": (60, "inventory.release_overdue")},
    seed_order=30,
)
