"""The engine: a workflow is a value that says which moves exist, who may make them, when, and what they do."""

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


class Kind(StrEnum):
    """What an object does in a state: it begins, waits for somebody's work, or has ended."""

    REVIEW = "review"
    PAYMENT = "payment"
    WORK = "work"
    RECEIPT = "receipt"
    DONE = "done"
    ENDED = "ended"


ENDS = frozenset({Kind.DONE, Kind.ENDED})


class Who(StrEnum):
    """Who can make a move."""

    BUYER = "buyer"
    STAFF = "staff"
    MARKET = "market"
    CLOCK = "clock"
    GATEWAY = "gateway"


class Guard(StrEnum):
    """What must be true before a move: the fixed list of questions a workflow may ask."""

    PAID = "paid"
    UNPAID = "unpaid"
    NOTHING_SHIPPED = "nothing_shipped"
    ALL_SHIPPED = "all_shipped"


class Deed(StrEnum):
    """What a move does besides moving: the fixed list of what a workflow may cause."""

    NOTE_PAYMENT = "note_payment"
    LET_STOCK_GO = "let_stock_go"
    HAND_OUT_STOCK = "hand_out_stock"
    GIVE_MONEY_BACK = "give_money_back"
    RELEASE_MONEY = "release_money"


class Anchor(StrEnum):
    """From when a clock counts."""

    FIRST_ENTERED = "first_entered"
    LAST_ENTERED = "last_entered"
    LAST_DELIVERED = "last_delivered"


GUARD_WORDS: Mapping[Guard, Any] = {
    Guard.PAID: _l("This waits for the payment."),
    Guard.UNPAID: _l("This is paid already."),
    Guard.NOTHING_SHIPPED: _l("Part of this order is on its way already, so it can no longer be cancelled."),
    Guard.ALL_SHIPPED: _l("Not everything has been shipped yet."),
}


class NoSuchMove(Conflict):
    """The workflow has no such move from here."""

    message = _l("This is not possible any more: the order has moved on meanwhile.")


class NotYours(Forbidden):
    """The move exists, but for somebody else."""

    message = _l("This step belongs to another role in your shop.")


class NotYet(Conflict):
    """A guard says no."""

    message = _l("%(why)s")


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: a kind of party, and for staff the role and what it grants."""

    who: Who
    role: str = ""
    grants: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the engine must know of the object that moves."""

    paid: bool = False
    shipped_any: bool = False
    shipped_all: bool = False
    entered: Mapping[str, tuple[datetime, datetime]] = field(default_factory=dict)  # state -> first, last
    delivered_at: datetime | None = None

    def hold(self, guard: Guard) -> bool:
        """Whether the answer to a guard's question is yes."""
        return {
            Guard.PAID: self.paid,
            Guard.UNPAID: not self.paid,
            Guard.NOTHING_SHIPPED: not self.shipped_any,
            Guard.ALL_SHIPPED: self.shipped_all,
        }[guard]


@dataclass(frozen=True, kw_only=True)
class State:
    """Where an object can stand."""

    name: str
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Move:
    """One way from a state to another. `permission` or `role` say which staff; `main` marks the way straight on."""

    name: str
    leaves: str
    reaches: str
    by: frozenset[Who]
    permission: str = ""
    role: str = ""
    asks: tuple[Guard, ...] = ()
    does: tuple[Deed, ...] = ()
    main: bool = False

    def open_to(self, actor: Actor) -> bool:
        """Whether this actor may make it: a step given to a role is that role's and the owner's."""
        if actor.who not in self.by:
            return False
        if actor.who is not Who.STAFF:
            return True
        if self.role:
            return actor.role in (self.role, "owner")
        return not self.permission or self.permission in actor.grants


@dataclass(frozen=True, kw_only=True)
class Timer:
    """A clock on a state: when it runs out, it makes a move. Minutes are given, or named after a setting of the market."""

    state: str
    anchor: Anchor
    fires: str
    minutes: int = 0
    setting: str = ""


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """States, moves and clocks. `complaints()` says why it cannot be saved; an object pins the version it began under."""

    start: str
    states: tuple[State, ...]
    moves: tuple[Move, ...]
    timers: tuple[Timer, ...] = ()

    LONGEST: ClassVar[int] = 30

    @cached_property
    def by_name(self) -> dict[str, State]:
        """The states by their names."""
        return {state.name: state for state in self.states}

    def moves_from(self, state: str) -> list[Move]:
        """The moves that leave a state."""
        return [move for move in self.moves if move.leaves == state]

    def open_moves(self, state: str, actor: Actor, facts: Facts) -> list[Move]:
        """The moves this actor can make now."""
        return [m for m in self.moves_from(state) if m.open_to(actor) and all(facts.hold(guard) for guard in m.asks)]

    def move(self, state: str, name: str, *, actor: Actor, facts: Facts) -> Move:
        """The move of that name from here. Raises NoSuchMove, NotYours or NotYet with the reason in words."""
        named = [move for move in self.moves_from(state) if move.name == name]
        if not named:
            raise NoSuchMove
        allowed = [move for move in named if move.open_to(actor)]
        if not allowed:
            raise NotYours
        refused = [guard for guard in allowed[0].asks if not facts.hold(guard)]
        if refused:
            raise NotYet(why=str(GUARD_WORDS[refused[0]]))
        return allowed[0]

    def way(self) -> list[State]:
        """The states along the main way, from the start to the good end."""
        straight = {move.leaves: move.reaches for move in self.moves if move.main}
        name, found = self.start, [self.by_name[self.start]]
        while name in straight and len(found) <= self.LONGEST:
            name = straight[name]
            found.append(self.by_name[name])
        return found

    def has_ended(self, state: str) -> bool:
        """Whether nothing more is expected there."""
        return self.by_name[state].kind in ENDS

    def due(self, state: str, facts: Facts, settings: Mapping[str, int]) -> datetime | None:
        """When the state's first clock runs out; None where no clock runs."""
        moments = [moment for timer in self.timers if timer.state == state if (moment := _due(timer, facts, settings))]
        return min(moments) if moments else None

    def fired(self, state: str, facts: Facts, settings: Mapping[str, int], now: datetime) -> str | None:
        """The move that a clock makes now, if one has run out."""
        for timer in self.timers:
            moment = _due(timer, facts, settings) if timer.state == state else None
            if moment is not None and moment <= now:
                return timer.fires
        return None

    def complaints(self) -> Iterator[str]:
        """Why this workflow cannot be saved, in words; nothing when it can."""
        names = set(self.by_name)
        used = {self.start} | {m.leaves for m in self.moves} | {m.reaches for m in self.moves} | {t.state for t in self.timers}
        for name in sorted(used - names):
            yield _("There is no state “%(name)s”.", name=name)
        if used - names:
            return
        yield from self._dead_ends()
        yield from self._strange_moves()
        yield from self._strange_timers()

    def _dead_ends(self) -> Iterator[str]:
        reached = self._reached()
        for state in self.states:
            if state.name not in reached:
                yield _("No order ever reaches “%(name)s”.", name=state.name)
            elif state.kind not in ENDS and not any(m.main for m in self.moves_from(state.name)):
                yield _("An order would be stuck in “%(name)s”.", name=state.name)
            elif state.kind in ENDS and self.moves_from(state.name):
                yield _("“%(name)s” is an end, nothing can leave it.", name=state.name)
        if not any(self.by_name[name].kind is Kind.DONE for name in reached):
            yield _("No order would ever be finished.")

    def _strange_moves(self) -> Iterator[str]:
        seen: set[tuple[str, str]] = set()
        for move in self.moves:
            if (move.leaves, move.name) in seen:
                yield _("“%(name)s” leaves the same state twice.", name=move.name)
            seen.add((move.leaves, move.name))
            if not move.by:
                yield _("Nobody may do “%(name)s”.", name=move.name)
            if Deed.RELEASE_MONEY in move.does and not self._is_agreed(move):
                yield _("The money may be released only after the buyer's receipt: keep the receipt step, or take payment off.")

    def _is_agreed(self, move: Move) -> bool:
        return bool(move.by & {Who.BUYER, Who.CLOCK, Who.MARKET}) and self.by_name[move.leaves].kind is Kind.RECEIPT

    def _strange_timers(self) -> Iterator[str]:
        for timer in self.timers:
            if Who.CLOCK not in {who for m in self.moves_from(timer.state) if m.name == timer.fires for who in m.by}:
                yield _("The clock of “%(name)s” has nothing to do.", name=timer.state)
            if not timer.setting and timer.minutes <= 0:
                yield _("The clock of “%(name)s” needs a time.", name=timer.state)

    def _reached(self) -> set[str]:
        found, waiting = {self.start}, [self.start]
        while waiting:
            for move in self.moves_from(waiting.pop()):
                if move.reaches not in found:
                    found.add(move.reaches)
                    waiting.append(move.reaches)
        return found

    def to_json(self) -> dict[str, Any]:
        """The workflow as plain JSON values."""
        plain = asdict(self)
        for move in plain["moves"]:
            move["by"] = sorted(move["by"])
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(
            start=data["start"],
            states=tuple(State(name=s["name"], kind=Kind(s["kind"])) for s in data["states"]),
            moves=tuple(_move(plain) for plain in data["moves"]),
            timers=tuple(Timer(**{**t, "anchor": Anchor(t["anchor"])}) for t in data["timers"]),
        )


def _move(plain: Mapping[str, Any]) -> Move:
    return Move(
        **{
            **plain,
            "by": frozenset(Who(who) for who in plain["by"]),
            "asks": tuple(Guard(guard) for guard in plain["asks"]),
            "does": tuple(Deed(deed) for deed in plain["does"]),
        }
    )


def _due(timer: Timer, facts: Facts, settings: Mapping[str, int]) -> datetime | None:
    first, last = facts.entered.get(timer.state, (None, None))
    begun = {
        Anchor.FIRST_ENTERED: first,
        Anchor.LAST_ENTERED: last,
        Anchor.LAST_DELIVERED: max(filter(None, (facts.delivered_at, last)), default=None),
    }[timer.anchor]
    minutes = settings.get(timer.setting, timer.minutes) if timer.setting else timer.minutes
    return begun + timedelta(minutes=minutes) if begun is not None else None
