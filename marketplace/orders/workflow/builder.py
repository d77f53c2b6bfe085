"""Order workflows built from a merchant's options: enabled steps, their roles, and the time of payment (OR5, OR6, OR8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from flask_babel import gettext as _

from marketplace.orders.workflow.engine import (
    ActorKind,
    Effect,
    Guard,
    State,
    StateKind,
    Timer,
    TimerAnchor,
    Transition,
    Workflow,
)

PAYMENT, ORDER_REVIEW, FINANCE_REVIEW, OUTBOUND_REVIEW = "payment", "order_review", "finance_review", "outbound_review"
SHIPPING, RECEIPT, FINISHED, CANCELLED, CLOSED = "shipping", "receipt", "finished", "cancelled", "closed"

REVIEWS = (ORDER_REVIEW, FINANCE_REVIEW, OUTBOUND_REVIEW)
STEPS = (*REVIEWS, SHIPPING, RECEIPT)
STEP_PERMISSIONS: Mapping[str, str] = {
    ORDER_REVIEW: "orders.review",
    FINANCE_REVIEW: "orders.finance",
    OUTBOUND_REVIEW: "orders.release",
    SHIPPING: "orders.ship",
}
TRANSITION_NAMES: Mapping[str, str] = {
    PAYMENT: "pay",
    ORDER_REVIEW: "approve_order",
    FINANCE_REVIEW: "approve_finance",
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
PAYMENT_OPTIONS = (PAY_AT_ONCE, PAY_AFTER_ORDER_REVIEW, PAY_AFTER_FINANCE_REVIEW, PAY_OUTSIDE)
MIN_RECEIPT_DAYS, MAX_RECEIPT_DAYS = 1, 60
MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, kw_only=True)
class WorkflowOptions:
    """The options of a merchant, which determine its workflow."""

    payment: str = PAY_AT_ONCE
    enabled_steps: frozenset[str] = frozenset(STEPS)
    roles: Mapping[str, str] = field(default_factory=dict)
    receipt_days: int = 10

    def to_json(self) -> dict[str, Any]:
        """Return the options as plain JSON values."""
        return {
            "payment": self.payment,
            "enabled_steps": sorted(self.enabled_steps),
            "roles": dict(self.roles),
            "receipt_days": self.receipt_days,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the options of plain JSON values (inverse of `to_json`)."""
        days = int(data["receipt_days"])
        return cls(
            payment=data["payment"],
            enabled_steps=frozenset(data["enabled_steps"]),
            roles=dict(data["roles"]),
            receipt_days=days,
        )

    def receipt_days_error(self) -> str:
        """Return the error message of the receipt days, or an empty string."""
        if MIN_RECEIPT_DAYS <= self.receipt_days <= MAX_RECEIPT_DAYS:
            return ""
        minimum, maximum = MIN_RECEIPT_DAYS, MAX_RECEIPT_DAYS
        return str(_("The days until receipt count from %(least)s to %(most)s.", least=minimum, most=maximum))

    def iter_errors(self) -> Iterator[str]:
        """Yield messages about options that make no valid workflow."""
        if (
            self.payment not in PAYMENT_OPTIONS
            or not self.enabled_steps <= set(STEPS)
            or not set(self.roles) <= set(STEP_PERMISSIONS)
        ):
            yield _("Choose one of the steps offered.")
            return
        days_error = self.receipt_days_error()
        if days_error:
            yield days_error
        if self.payment == PAY_AFTER_ORDER_REVIEW and ORDER_REVIEW not in self.enabled_steps:
            yield _("To pay after the order review, keep that review on.")
        if self.payment == PAY_AFTER_FINANCE_REVIEW and FINANCE_REVIEW not in self.enabled_steps:
            yield _("To pay after the finance review, keep that review on.")
        if self.payment != PAY_OUTSIDE and RECEIPT not in self.enabled_steps:
            yield _("The buyer's money is held until receipt, so the receipt step must stay on while buyers pay here.")
        if not self.enabled_steps:
            yield _("Keep at least one step, or nobody would see the order.")
        elif not days_error:
            yield from build_workflow(self).iter_errors()


def step_sequence(options: WorkflowOptions) -> list[str]:
    """Return the names of the enabled steps in order, including the payment step."""
    steps = [step for step in STEPS if step in options.enabled_steps]
    predecessors = {PAY_AT_ONCE: None, PAY_AFTER_ORDER_REVIEW: ORDER_REVIEW, PAY_AFTER_FINANCE_REVIEW: FINANCE_REVIEW}
    if options.payment in predecessors:
        predecessor = predecessors[options.payment]
        steps.insert(steps.index(predecessor) + 1 if predecessor in steps else 0, PAYMENT)
    return steps


def build_workflow(options: WorkflowOptions) -> Workflow:
    """Return the workflow for these options; a disabled step is left out, so its neighbours are connected directly."""
    steps = step_sequence(options)
    transitions = list(_main_transitions(steps, options)) + list(_exit_transitions(steps, options))
    final_states = [(FINISHED, StateKind.DONE), (CANCELLED, StateKind.ENDED), (CLOSED, StateKind.ENDED)]
    reachable = {transition.to_state for transition in transitions}
    states = [State(name=step, kind=_state_kind(step)) for step in steps]
    states += [State(name=name, kind=kind) for name, kind in final_states if name in reachable]
    return Workflow(start=steps[0], states=tuple(states), transitions=tuple(transitions), timers=tuple(_timers(steps, options)))


def _state_kind(step: str) -> StateKind:
    return {PAYMENT: StateKind.PAYMENT, SHIPPING: StateKind.WORK, RECEIPT: StateKind.RECEIPT}.get(step, StateKind.REVIEW)


def _main_transitions(steps: list[str], options: WorkflowOptions) -> Iterator[Transition]:
    last_merchant_step = [step for step in steps if step != RECEIPT][-1:]
    for step, next_step in zip(steps, [*steps[1:], FINISHED], strict=True):
        effects = [Effect.MARK_PAID] if step == PAYMENT else []
        if [step] == last_merchant_step:
            effects.append(Effect.CONSUME_STOCK)
        if step == RECEIPT:
            effects.append(Effect.RELEASE_ESCROW)
        yield Transition(
            name=TRANSITION_NAMES[step],
            from_state=step,
            to_state=next_step,
            actor_kinds=_step_actors(step),
            permission=STEP_PERMISSIONS.get(step, ""),
            role=options.roles.get(step, ""),
            guards=(Guard.ALL_SHIPPED,) if step == SHIPPING else (),
            effects=tuple(effects),
            is_main=True,
        )


def _step_actors(step: str) -> frozenset[ActorKind]:
    if step == PAYMENT:
        return frozenset({ActorKind.GATEWAY})
    return frozenset({ActorKind.BUYER, ActorKind.TIMER}) if step == RECEIPT else frozenset({ActorKind.STAFF})


def _exit_transitions(steps: list[str], options: WorkflowOptions) -> Iterator[Transition]:
    effects = (Effect.RELEASE_STOCK, Effect.REFUND)
    for step in steps:
        if step == RECEIPT:
            continue
        guards = (Guard.NOTHING_SHIPPED,)
        yield Transition(
            name="cancel",
            from_state=step,
            to_state=CANCELLED,
            actor_kinds=frozenset({ActorKind.BUYER}),
            guards=guards,
            effects=effects,
        )
        yield Transition(
            name="cancel_by_merchant",
            from_state=step,
            to_state=CANCELLED,
            actor_kinds=frozenset({ActorKind.STAFF, ActorKind.PLATFORM}),
            permission="orders.cancel",
            guards=guards,
            effects=effects,
        )
        if step == PAYMENT:
            yield Transition(
                name="expire",
                from_state=step,
                to_state=CANCELLED,
                actor_kinds=frozenset({ActorKind.TIMER}),
                guards=(Guard.UNPAID,),
                effects=effects,
            )
        if step in REVIEWS:
            yield Transition(
                name="reject",
                from_state=step,
                to_state=CLOSED,
                actor_kinds=frozenset({ActorKind.STAFF}),
                permission=STEP_PERMISSIONS[step],
                role=options.roles.get(step, ""),
                guards=guards,
                effects=effects,
            )


def _timers(steps: list[str], options: WorkflowOptions) -> Iterator[Timer]:
    if PAYMENT in steps:
        yield Timer(state=PAYMENT, anchor=TimerAnchor.LAST_ENTERED, transition="expire", setting="unpaid_minutes", minutes=60)
    if RECEIPT in steps:
        minutes = options.receipt_days * MINUTES_PER_DAY
        yield Timer(state=RECEIPT, anchor=TimerAnchor.LAST_DELIVERED, transition="receive", minutes=minutes)
