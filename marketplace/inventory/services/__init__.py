"""What can be done with stock: hold and let go, move in and out, arrange places."""

from marketplace.inventory.services.flags import refresh_flags
from marketplace.inventory.services.holding import HoldLine, extend_hold, hold, release, release_overdue
from marketplace.inventory.services.moving import consume, correct, receive, restock, transfer, write_off
from marketplace.inventory.services.places import change_location, close_location, open_location, set_alert_line

__all__ = [
    "HoldLine",
    "change_location",
    "close_location",
    "consume",
    "correct",
    "extend_hold",
    "hold",
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
