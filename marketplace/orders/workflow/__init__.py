"""How an order (later a return) moves: states, moves, clocks and deeds as data, checked before it is saved (OR5–OR7).

Pure: no database, no clock, no request. `model` is the engine; `standard` makes the order's workflow from a merchant's choices;
`drawing` lays it out as a picture.
"""

from marketplace.orders.workflow.model import (
    Actor,
    Anchor,
    Deed,
    Facts,
    Guard,
    Kind,
    Move,
    NoSuchMove,
    NotYet,
    NotYours,
    State,
    Timer,
    Who,
    Workflow,
)

__all__ = [
    "Actor",
    "Anchor",
    "Deed",
    "Facts",
    "Guard",
    "Kind",
    "Move",
    "NoSuchMove",
    "NotYet",
    "NotYours",
    "State",
    "Timer",
    "Who",
    "Workflow",
]
