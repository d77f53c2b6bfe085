"""The order's workflow from a merchant's choices: which steps are on, who does them, and when the buyer pays (OR5, OR6, OR8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from flask_babel import gettext as _

from marketplace.orders.workflow.model import Anchor, Deed, Guard, Kind, Move, State, Timer, Who, Workflow

PAYMENT, ORDER_REVIEW, FINANCE_REVIEW, OUTBOUND_REVIEW = "payment", "order_review", "finance_review", "outbound_review"
SHIPPING, RECEIPT, FINISHED, CANCELLED, CLOSED = "shipping", "receipt", "finished", "cancelled", "closed"

REVIEWS = (ORDER_REVIEW, FINANCE_REVIEW, OUTBOUND_REVIEW)
STEPS = (*REVIEWS, SHIPPING, RECEIPT)
PERMISSIONS: Mapping[str, str] = {
    ORDER_REVIEW: "orders.review",
    FINANCE_REVIEW: "orders.finance",
    OUTBOUND_REVIEW: "orders.release",
    SHIPPING: "orders.ship",
}
MOVE_NAMES: Mapping[str, str] = {
    PAYMENT: "pay",
    ORDER_REVIEW: "pass_order",
    FINANCE_REVIEW: "pass_finance",
    OUTBOUND_REVIEW: "release",
    SHIPPING: "ship",
    RECEIPT: "receive",
}
PAY_AT_ONCE, PAY_AFTER_ORDER_REVIEW, PAY_AFTER_FINANCE_REVIEW, PAY_OUTSIDE = (
    "at_once",
    "after_order",
    "after_finance",
    "outside",
)
PAYMENTS = (PAY_AT_ONCE, PAY_AFTER_ORDER_REVIEW, PAY_AFTER_FINANCE_REVIEW, PAY_OUTSIDE)
SHORTEST_RECEIPT, LONGEST_RECEIPT = 1, 60
DAY = 24 * 60


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a merchant chooses; the rest of the workflow follows."""

    payment: str = PAY_AT_ONCE
    on: frozenset[str] = frozenset(STEPS)
    roles: Mapping[str, str] = field(default_factory=dict)
    receipt_days: int = 10

    def to_json(self) -> dict[str, Any]:
        """The choices as plain JSON values."""
        return {"payment": self.payment, "on": sorted(self.on), "roles": dict(self.roles), "receipt_days": self.receipt_days}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        days = int(data["receipt_days"])
        return cls(payment=data["payment"], on=frozenset(data["on"]), roles=dict(data["roles"]), receipt_days=days)

    def days_complaint(self) -> str:
        """Why the days until receipt cannot be taken, or nothing."""
        if SHORTEST_RECEIPT <= self.receipt_days <= LONGEST_RECEIPT:
            return ""
        least, most = SHORTEST_RECEIPT, LONGEST_RECEIPT
        return str(_("The days until receipt count from %(least)s to %(most)s.", least=least, most=most))

    def complaints(self) -> Iterator[str]:
        """Why these choices make no workflow, in words."""
        if self.payment not in PAYMENTS or not self.on <= set(STEPS) or not set(self.roles) <= set(PERMISSIONS):
            yield _("Choose one of the steps offered.")
            return
        days = self.days_complaint()
        if days:
            yield days
        if self.payment == PAY_AFTER_ORDER_REVIEW and ORDER_REVIEW not in self.on:
            yield _("To pay after the order review, keep that review on.")
        if self.payment == PAY_AFTER_FINANCE_REVIEW and FINANCE_REVIEW not in self.on:
            yield _("To pay after the finance review, keep that review on.")
        if self.payment != PAY_OUTSIDE and RECEIPT not in self.on:
            yield _("The buyer's money is held until receipt, so the receipt step must stay on while buyers pay here.")
        if not self.on:
            yield _("Keep at least one step, or nobody would see the order.")
        elif not days:
            yield from build(self).complaints()


def sequence(choices: Choices) -> list[str]:
    """The names of the steps that are on, in order, payment in its place."""
    steps = [step for step in STEPS if step in choices.on]
    before = {PAY_AT_ONCE: None, PAY_AFTER_ORDER_REVIEW: ORDER_REVIEW, PAY_AFTER_FINANCE_REVIEW: FINANCE_REVIEW}
    if choices.payment in before:
        anchor = before[choices.payment]
        steps.insert(steps.index(anchor) + 1 if anchor in steps else 0, PAYMENT)
    return steps


def build(choices: Choices) -> Workflow:
    """The workflow of an order. Skipped steps leave no trace: the step before leads straight to the one after."""
    steps = sequence(choices)
    moves = list(_main_moves(steps, choices)) + list(_leaving_moves(steps, choices))
    ends = [(FINISHED, Kind.DONE), (CANCELLED, Kind.ENDED), (CLOSED, Kind.ENDED)]
    reached = {move.reaches for move in moves}
    states = [State(name=step, kind=_kind(step)) for step in steps]
    states += [State(name=name, kind=kind) for name, kind in ends if name in reached]
    return Workflow(start=steps[0], states=tuple(states), moves=tuple(moves), timers=tuple(_timers(steps, choices)))


def _kind(step: str) -> Kind:
    return {PAYMENT: Kind.PAYMENT, SHIPPING: Kind.WORK, RECEIPT: Kind.RECEIPT}.get(step, Kind.REVIEW)


def _main_moves(steps: list[str], choices: Choices) -> Iterator[Move]:
    last_inside = [step for step in steps if step != RECEIPT][-1:]
    for step, following in zip(steps, [*steps[1:], FINISHED], strict=True):
        does = [Deed.NOTE_PAYMENT] if step == PAYMENT else []
        if [step] == last_inside:
            does.append(Deed.HAND_OUT_STOCK)
        if step == RECEIPT:
            does.append(Deed.RELEASE_MONEY)
        yield Move(
            name=MOVE_NAMES[step],
            leaves=step,
            reaches=following,
            by=_doers(step),
            permission=PERMISSIONS.get(step, ""),
            role=choices.roles.get(step, ""),
            asks=(Guard.ALL_SHIPPED,) if step == SHIPPING else (),
            does=tuple(does),
            main=True,
        )


def _doers(step: str) -> frozenset[Who]:
    if step == PAYMENT:
        return frozenset({Who.GATEWAY})
    return frozenset({Who.BUYER, Who.CLOCK}) if step == RECEIPT else frozenset({Who.STAFF})


def _leaving_moves(steps: list[str], choices: Choices) -> Iterator[Move]:
    back = (Deed.LET_STOCK_GO, Deed.GIVE_MONEY_BACK)
    for step in steps:
        if step == RECEIPT:
            continue
        asks = (Guard.NOTHING_SHIPPED,)
        yield Move(name="cancel", leaves=step, reaches=CANCELLED, by=frozenset({Who.BUYER}), asks=asks, does=back)
        yield Move(
            name="call_off",
            leaves=step,
            reaches=CANCELLED,
            by=frozenset({Who.STAFF, Who.MARKET}),
            permission="orders.cancel",
            asks=asks,
            does=back,
        )
        if step == PAYMENT:
            yield Move(
                name="expire", leaves=step, reaches=CANCELLED, by=frozenset({Who.CLOCK}), asks=(Guard.UNPAID,), does=back
            )
        if step in REVIEWS:
            yield Move(
                name="refuse",
                leaves=step,
                reaches=CLOSED,
                by=frozenset({Who.STAFF}),
                permission=PERMISSIONS[step],
                role=choices.roles.get(step, ""),
                asks=asks,
                does=back,
            )


def _timers(steps: list[str], choices: Choices) -> Iterator[Timer]:
    if PAYMENT in steps:
        yield Timer(state=PAYMENT, anchor=Anchor.LAST_ENTERED, fires="expire", setting="unpaid_minutes", minutes=60)
    if RECEIPT in steps:
        minutes = choices.receipt_days * DAY
        yield Timer(state=RECEIPT, anchor=Anchor.LAST_DELIVERED, fires="receive", minutes=minutes)
