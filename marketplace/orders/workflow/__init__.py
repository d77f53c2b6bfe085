"""Configurable order workflows: states, transitions, timers and effects as data, validated before saving (OR5, OR6).

Pure: no database, no system time, no request. `engine` defines the workflow model; `builder` builds a merchant's workflow from
its options; `diagram` lays it out as a picture.
"""

from marketplace.orders.workflow.engine import (
    Actor,
    ActorKind,
    Effect,
    Guard,
    GuardFailed,
    OrderFacts,
    State,
    StateKind,
    Timer,
    TimerAnchor,
    Transition,
    TransitionForbidden,
    UnknownTransition,
    Workflow,
)

__all__ = [
    "Actor",
    "ActorKind",
    "Effect",
    "Guard",
    "GuardFailed",
    "OrderFacts",
    "State",
    "StateKind",
    "Timer",
    "TimerAnchor",
    "Transition",
    "TransitionForbidden",
    "UnknownTransition",
    "Workflow",
]
