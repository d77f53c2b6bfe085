"""What the stock-keeper does when stock has changed."""

from marketplace.inventory import services
from marketplace.inventory.events import StockChanged
from marketplace.kernel.events import durably


@durably(StockChanged)
def turn_flags(event: StockChanged) -> None:
    """Cards say whether there is something to be had."""
    services.refresh_flags(variant_ids=event.variant_ids)
