"""The workflow engine: a workflow is a value that defines transitions, their actors, guards and effects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, Forbidden


class StateKind(StrEnum):
    """The kind of a state: what the order waits for, or how it ended."""

    REVIEW = "review"
    PAYMENT = "payment"
    WORK = "work"
    RECEIPT = "receipt"
    DONE = "done"
    ENDED = "ended"


FINAL_KINDS = frozenset({StateKind.DONE, StateKind.ENDED})


class ActorKind(StrEnum):
    """The kinds of actors that can run a transition."""

    BUYER = "buyer"
    STAFF = "staff"
    PLATFORM = "platform"
    TIMER = "timer"
    GATEWAY = "gateway"


class Guard(StrEnum):
    """The conditions that a transition can require."""

    PAID = "paid"
    UNPAID = "unpaid"
    NOTHING_SHIPPED = "nothing_shipped"
    ALL_SHIPPED = "all_shipped"


class Effect(StrEnum):
    """The side effects that a transition can have."""

    MARK_PAID = "mark_paid"
    RELEASE_STOCK = "release_stock"
    CONSUME_STOCK = "consume_stock"
    REFUND = "refund"
    RELEASE_ESCROW = "release_escrow"


class TimerAnchor(StrEnum):
    """The moment from which a timer counts."""

    FIRST_ENTERED = "first_entered"
    LAST_ENTERED = "last_entered"
    LAST_DELIVERED = "last_delivered"


GUARD_MESSAGES: Mapping[Guard, Any] = {
    Guard.PAID: _l("This waits for the payment."),
    Guard.UNPAID: _l("This is paid already."),
    Guard.NOTHING_SHIPPED: _l("Part of this order is on its way already, so it can no longer be cancelled."),
    Guard.ALL_SHIPPED: _l("Not everything has been shipped yet."),
}


class UnknownTransition(Conflict):
    """A transition that the current state does not have."""

    code = "unknown_transition"
    message = _l("This is not possible any more: the order has moved on meanwhile.")


class TransitionForbidden(Forbidden):
    """A transition that the actor may not run."""

    code = "transition_forbidden"
    message = _l("This step belongs to another role in your shop.")


class GuardFailed(Conflict):
    """A transition whose guard is not satisfied."""

    code = "guard_failed"
    message = _l("%(why)s")


@dataclass(frozen=True, kw_only=True)
class Actor:
    """An actor: the kind of party, and for staff the role and its permissions."""

    kind: ActorKind
    role: str = ""
    grants: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class OrderFacts:
    """The facts about an order that the engine evaluates."""

    paid: bool = False
    shipped_any: bool = False
    shipped_all: bool = False
    state_times: Mapping[str, tuple[datetime, datetime]] = field(default_factory=dict)  # state -> first, last
    delivered_at: datetime | None = None

    def satisfies(self, guard: Guard) -> bool:
        """Return whether the facts satisfy a guard."""
        return {
            Guard.PAID: self.paid,
            Guard.UNPAID: not self.paid,
            Guard.NOTHING_SHIPPED: not self.shipped_any,
            Guard.ALL_SHIPPED: self.shipped_all,
        }[guard]


@dataclass(frozen=True, kw_only=True)
class State:
    """A state of a workflow."""

    name: str
    kind: StateKind


@dataclass(frozen=True, kw_only=True)
class Transition:
    """A transition between states. `permission` or `role` restrict the staff; `is_main` marks the main path."""

    name: str
    from_state: str
    to_state: str
    actor_kinds: frozenset[ActorKind]
    permission: str = ""
    role: str = ""
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    is_main: bool = False

    def allowed_for(self, actor: Actor) -> bool:
        """Return whether this actor may run it; a step assigned to a role is open to that role and to the owner."""
        if actor.kind not in self.actor_kinds:
            return False
        if actor.kind is not ActorKind.STAFF:
            return True
        if self.role:
            return actor.role in (self.role, "owner")
        return not self.permission or self.permission in actor.grants


@dataclass(frozen=True, kw_only=True)
class Timer:
    """A timer of a state, which runs a transition when it expires, after fixed minutes or those of a platform setting."""

    state: str
    anchor: TimerAnchor
    transition: str
    minutes: int = 0
    setting: str = ""


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A workflow: states, transitions and timers. An order keeps the version it was placed under."""

    start: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    timers: tuple[Timer, ...] = ()

    MAX_PATH_LENGTH: ClassVar[int] = 30

    @cached_property
    def by_name(self) -> dict[str, State]:
        """Return the states by their names."""
        return {state.name: state for state in self.states}

    def transitions_from(self, state: str) -> list[Transition]:
        """Return the transitions out of a state."""
        return [transition for transition in self.transitions if transition.from_state == state]

    def available_transitions(self, state: str, actor: Actor, facts: OrderFacts) -> list[Transition]:
        """Return the transitions that this actor can run now."""
        return [
            transition
            for transition in self.transitions_from(state)
            if transition.allowed_for(actor) and all(facts.satisfies(guard) for guard in transition.guards)
        ]

    def get_transition(self, state: str, name: str, *, actor: Actor, facts: OrderFacts) -> Transition:
        """Return the transition of a name out of a state.

        Raises:
            UnknownTransition: The state has no such transition.
            TransitionForbidden: The actor may not run it.
            GuardFailed: A guard is not satisfied; `why` is the reason.
        """
        candidates = [transition for transition in self.transitions_from(state) if transition.name == name]
        if not candidates:
            raise UnknownTransition
        allowed = [transition for transition in candidates if transition.allowed_for(actor)]
        if not allowed:
            raise TransitionForbidden
        failed_guards = [guard for guard in allowed[0].guards if not facts.satisfies(guard)]
        if failed_guards:
            raise GuardFailed(why=str(GUARD_MESSAGES[failed_guards[0]]))
        return allowed[0]

    def main_path(self) -> list[State]:
        """Return the states of the main path, from the start to the successful final state."""
        next_states = {transition.from_state: transition.to_state for transition in self.transitions if transition.is_main}
        name, path = self.start, [self.by_name[self.start]]
        while name in next_states and len(path) <= self.MAX_PATH_LENGTH:
            name = next_states[name]
            path.append(self.by_name[name])
        return path

    def is_final(self, state: str) -> bool:
        """Return whether a state is final."""
        return self.by_name[state].kind in FINAL_KINDS

    def due_at(self, state: str, facts: OrderFacts, settings: Mapping[str, int]) -> datetime | None:
        """Return when the first timer of a state expires, or None without a running timer."""
        moments = [moment for timer in self.timers if timer.state == state if (moment := _timer_due_at(timer, facts, settings))]
        return min(moments) if moments else None

    def due_transition(self, state: str, facts: OrderFacts, settings: Mapping[str, int], now: datetime) -> str | None:
        """Return the transition of the expired timer, or None."""
        for timer in self.timers:
            moment = _timer_due_at(timer, facts, settings) if timer.state == state else None
            if moment is not None and moment <= now:
                return timer.transition
        return None

    def iter_errors(self) -> Iterator[str]:
        """Yield messages about an invalid workflow; none if it is valid."""
        names = set(self.by_name)
        referenced = (
            {self.start}
            | {transition.from_state for transition in self.transitions}
            | {transition.to_state for transition in self.transitions}
            | {timer.state for timer in self.timers}
        )
        for name in sorted(referenced - names):
            yield _("There is no state “%(name)s”.", name=name)
        if referenced - names:
            return
        yield from self._reachability_errors()
        yield from self._transition_errors()
        yield from self._timer_errors()

    def _reachability_errors(self) -> Iterator[str]:
        reachable = self._reachable_states()
        for state in self.states:
            if state.name not in reachable:
                yield _("No order ever reaches “%(name)s”.", name=state.name)
            elif state.kind not in FINAL_KINDS and not any(
                transition.is_main for transition in self.transitions_from(state.name)
            ):
                yield _("An order would be stuck in “%(name)s”.", name=state.name)
            elif state.kind in FINAL_KINDS and self.transitions_from(state.name):
                yield _("“%(name)s” is an end, nothing can leave it.", name=state.name)
        if not any(self.by_name[name].kind is StateKind.DONE for name in reachable):
            yield _("No order would ever be finished.")

    def _transition_errors(self) -> Iterator[str]:
        known: set[tuple[str, str]] = set()
        for transition in self.transitions:
            if (transition.from_state, transition.name) in known:
                yield _("“%(name)s” leaves the same state twice.", name=transition.name)
            known.add((transition.from_state, transition.name))
            if not transition.actor_kinds:
                yield _("Nobody may do “%(name)s”.", name=transition.name)
            if Effect.RELEASE_ESCROW in transition.effects and not self._has_buyer_consent(transition):
                yield _("The money may be released only after the buyer's receipt: keep the receipt step, or take payment off.")

    def _has_buyer_consent(self, transition: Transition) -> bool:
        return (
            bool(transition.actor_kinds & {ActorKind.BUYER, ActorKind.TIMER, ActorKind.PLATFORM})
            and self.by_name[transition.from_state].kind is StateKind.RECEIPT
        )

    def _timer_errors(self) -> Iterator[str]:
        for timer in self.timers:
            if ActorKind.TIMER not in {
                kind
                for transition in self.transitions_from(timer.state)
                if transition.name == timer.transition
                for kind in transition.actor_kinds
            }:
                yield _("The clock of “%(name)s” has nothing to do.", name=timer.state)
            if not timer.setting and timer.minutes <= 0:
                yield _("The clock of “%(name)s” needs a time.", name=timer.state)

    def _reachable_states(self) -> set[str]:
        reachable, pending = {self.start}, [self.start]
        while pending:
            for transition in self.transitions_from(pending.pop()):
                if transition.to_state not in reachable:
                    reachable.add(transition.to_state)
                    pending.append(transition.to_state)
        return reachable

    def to_json(self) -> dict[str, Any]:
        """Return the workflow as plain JSON values."""
        data = asdict(self)
        for transition in data["transitions"]:
            transition["actor_kinds"] = sorted(transition["actor_kinds"])
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the workflow of plain JSON values (inverse of `to_json`)."""
        return cls(
            start=data["start"],
            states=tuple(State(name=state["name"], kind=StateKind(state["kind"])) for state in data["states"]),
            transitions=tuple(_transition_from_json(item) for item in data["transitions"]),
            timers=tuple(Timer(**{**timer, "anchor": TimerAnchor(timer["anchor"])}) for timer in data["timers"]),
        )


def _transition_from_json(data: Mapping[str, Any]) -> Transition:
    return Transition(
        **{
            **data,
            "actor_kinds": frozenset(ActorKind(kind) for kind in data["actor_kinds"]),
            "guards": tuple(Guard(guard) for guard in data["guards"]),
            "effects": tuple(Effect(effect) for effect in data["effects"]),
        }
    )


def _timer_due_at(timer: Timer, facts: OrderFacts, settings: Mapping[str, int]) -> datetime | None:
    first, last = facts.state_times.get(timer.state, (None, None))
    started_at = {
        TimerAnchor.FIRST_ENTERED: first,
        TimerAnchor.LAST_ENTERED: last,
        TimerAnchor.LAST_DELIVERED: max(filter(None, (facts.delivered_at, last)), default=None),
    }[timer.anchor]
    minutes = settings.get(timer.setting, timer.minutes) if timer.setting else timer.minutes
    return started_at + timedelta(minutes=minutes) if started_at is not None else None
