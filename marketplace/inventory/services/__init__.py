"""Services of the inventory: reservations, movements, locations."""

from marketplace.inventory.services.flags import update_in_stock_flags
from marketplace.inventory.services.locations import (
    close_location,
    create_location,
    set_low_stock_threshold,
    update_location,
)
from marketplace.inventory.services.movements import adjust, consume, receive, restock, transfer, write_off
from marketplace.inventory.services.reservations import (
    ReservationLine,
    check_availability,
    extend_reservation,
    release,
    release_expired,
    reserve,
)
from marketplace.inventory.services.stock_levels import StockSources, lock_levels

__all__ = [
    "ReservationLine",
    "StockSources",
    "adjust",
    "check_availability",
    "close_location",
    "consume",
    "create_location",
    "extend_reservation",
    "lock_levels",
    "receive",
    "release",
    "release_expired",
    "reserve",
    "restock",
    "set_low_stock_threshold",
    "transfer",
    "update_in_stock_flags",
    "update_location",
    "write_off",
]
