"""What can be done with orders, one verb a function."""

from marketplace.orders.services.changing import change
from marketplace.orders.services.configuring import current as current_choices
from marketplace.orders.services.configuring import current_number, save_choices
from marketplace.orders.services.doing import CLOCK, GATEWAY, Doer, at_work, write_history
from marketplace.orders.services.finding import Glance, look_up
from marketplace.orders.services.fulfilling import note_delivery, take_for_parcel
from marketplace.orders.services.moving import cancel, fire, move, postpone, remark
from marketplace.orders.services.paying import settle
from marketplace.orders.services.placing import first_version, place

__all__ = [
    "CLOCK",
    "GATEWAY",
    "Doer",
    "Glance",
    "at_work",
    "cancel",
    "change",
    "current_choices",
    "current_number",
    "fire",
    "first_version",
    "look_up",
    "move",
    "note_delivery",
    "place",
    "postpone",
    "remark",
    "save_choices",
    "settle",
    "take_for_parcel",
    "write_history",
]
