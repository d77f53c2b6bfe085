"""What can be done with stock: hold and let go, move in and out, arrange places."""

from marketplace.inventory.services.flags import refresh_flags
from marketplace.inventory.services.holding import HoldLine, extend_hold, hold, look, release, release_overdue
from marketplace.inventory.services.moving import consume, correct, receive, restock, transfer, write_off
from marketplace.inventory.services.places import change_location, close_location, open_location, set_alert_line
from marketplace.inventory.services.shelves import Shelves, lock_levels

__all__ = [
    "HoldLine",
    "Shelves",
    "change_location",
    "close_location",
    "consume",
    "correct",
    "extend_hold",
    "hold",
    "lock_levels",
    "look",
    "open_location",
    "receive",
    "refresh_flags",
    "release",
    "release_overdue",
    "restock",
    "set_alert_line",
    "transfer",
    "write_off",
]
