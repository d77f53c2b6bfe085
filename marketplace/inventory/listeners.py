"""Event handlers of the inventory."""

from marketplace.inventory import services
from marketplace.inventory.events import StockChanged
from marketplace.kernel.events import on_event_async


@on_event_async(StockChanged)
def update_in_stock_flags(event: StockChanged) -> None:
    """Update the in-stock flags of the product cards."""
    services.update_in_stock_flags(variant_ids=event.variant_ids)
