"""Order workflows: every combination of options reaches a final state or is rejected with a message (OR5, OR6)."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from flask import Flask

from marketplace.orders.workflow import (
    Actor,
    ActorKind,
    Guard,
    GuardFailed,
    OrderFacts,
    TransitionForbidden,
    UnknownTransition,
    Workflow,
)
from marketplace.orders.workflow.builder import PAYMENT_OPTIONS, STEPS, WorkflowOptions, build_workflow
from marketplace.orders.workflow.diagram import build_diagram

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
BUYER, TIMER, GATEWAY = Actor(kind=ActorKind.BUYER), Actor(kind=ActorKind.TIMER), Actor(kind=ActorKind.GATEWAY)
CLERK = Actor(kind=ActorKind.STAFF, role="service", grants=frozenset({"orders.review", "orders.cancel"}))
WAREHOUSE = Actor(kind=ActorKind.STAFF, role="warehouse", grants=frozenset({"orders.release", "orders.ship"}))
OWNER = Actor(kind=ActorKind.STAFF, role="owner", grants=frozenset({"orders.review", "orders.finance"}))
PAID_FACTS = OrderFacts(paid=True)


def path_names(workflow: Workflow) -> list[str]:
    return [state.name for state in workflow.main_path()]


def all_options() -> list[WorkflowOptions]:
    switch_sets = product([True, False], repeat=len(STEPS))
    enabled_sets = [
        frozenset(step for step, enabled in zip(STEPS, switches, strict=True) if enabled) for switches in switch_sets
    ]
    return [
        WorkflowOptions(payment=payment, enabled_steps=enabled) for payment, enabled in product(PAYMENT_OPTIONS, enabled_sets)
    ]


def test_main_path_default_options() -> None:
    path = ["payment", "order_review", "finance_review", "outbound_review", "shipping", "receipt", "finished"]
    assert path_names(build_workflow(WorkflowOptions())) == path


def test_main_path_payment_after_review_and_outside() -> None:
    """Payment after the order review (OR8), and reviews without a payment step (configurable order workflow, OR5)."""
    after_review = build_workflow(
        WorkflowOptions(payment="after_order", enabled_steps=frozenset({"order_review", "shipping", "receipt"}))
    )
    assert path_names(after_review) == ["order_review", "payment", "shipping", "receipt", "finished"]
    outside = build_workflow(WorkflowOptions(payment="outside"))
    assert path_names(outside) == ["order_review", "finance_review", "outbound_review", "shipping", "receipt", "finished"]


def test_disabled_step_is_skipped() -> None:
    workflow = build_workflow(WorkflowOptions(enabled_steps=frozenset(STEPS) - {"finance_review"}))
    transition = workflow.get_transition("order_review", "approve_order", actor=CLERK, facts=PAID_FACTS)
    assert transition.to_state == "outbound_review"


def test_valid_options_reach_a_final_state_from_every_state(app: Flask) -> None:
    """Of all 128 combinations, those without errors have no dead end; the others yield messages."""
    with app.test_request_context():
        valid = [options for options in all_options() if not list(options.iter_errors())]
        invalid = [options for options in all_options() if list(options.iter_errors())]
    assert len(valid) + len(invalid) == 128
    assert all("receipt" in options.enabled_steps for options in valid if options.payment != "outside")
    for options in valid:
        workflow = build_workflow(options)
        assert workflow.main_path()[-1].name == "finished"
        assert {transition.to_state for transition in workflow.transitions} | {workflow.start} == set(workflow.by_name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (WorkflowOptions(payment="after_order", enabled_steps=frozenset({"shipping", "receipt"})), "order review"),
        (WorkflowOptions(payment="after_finance", enabled_steps=frozenset({"shipping", "receipt"})), "finance review"),
        (WorkflowOptions(enabled_steps=frozenset({"shipping"})), "held until receipt"),
        (WorkflowOptions(payment="outside", enabled_steps=frozenset()), "at least one step"),
        (WorkflowOptions(receipt_days=0), "days until receipt"),
        (WorkflowOptions(payment="sometimes"), "steps offered"),
    ],
)
def test_iter_errors_names_invalid_option(app: Flask, options: WorkflowOptions, message: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert message in " ".join(options.iter_errors())


def test_iter_errors_broken_workflow(app: Flask) -> None:
    """Control: a workflow without an essential part is rejected."""
    complete = build_workflow(WorkflowOptions())
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert list(complete.iter_errors()) == []
        without_exit = dataclasses.replace(
            complete,
            transitions=tuple(transition for transition in complete.transitions if transition.name != "approve_finance"),
        )
        assert any("stuck" in error for error in without_exit.iter_errors())
        without_start = dataclasses.replace(complete, states=complete.states[1:])
        assert any("no state" in error for error in without_start.iter_errors())
        early_release = dataclasses.replace(
            complete,
            transitions=tuple(
                dataclasses.replace(transition, effects=(*transition.effects, *complete.transitions[5].effects))
                if transition.name == "ship"
                else transition
                for transition in complete.transitions
            ),
        )
        assert any("receipt" in error for error in early_release.iter_errors())
        without_expiry = dataclasses.replace(
            complete, transitions=tuple(transition for transition in complete.transitions if transition.name != "expire")
        )
        assert any("nothing to do" in error for error in without_expiry.iter_errors())


def test_get_transition_checks_actor() -> None:
    workflow = build_workflow(WorkflowOptions())
    with pytest.raises(TransitionForbidden):
        workflow.get_transition("order_review", "approve_order", actor=WAREHOUSE, facts=PAID_FACTS)
    with pytest.raises(TransitionForbidden):
        workflow.get_transition("order_review", "approve_order", actor=BUYER, facts=PAID_FACTS)
    with pytest.raises(UnknownTransition):
        workflow.get_transition("finished", "cancel", actor=BUYER, facts=PAID_FACTS)
    assert workflow.get_transition("payment", "pay", actor=GATEWAY, facts=OrderFacts()).to_state == "order_review"


def test_step_role_restricts_to_role_and_owner() -> None:
    workflow = build_workflow(WorkflowOptions(roles={"order_review": "warehouse"}))
    assert workflow.get_transition("order_review", "approve_order", actor=WAREHOUSE, facts=PAID_FACTS)
    assert workflow.get_transition("order_review", "approve_order", actor=OWNER, facts=PAID_FACTS)
    with pytest.raises(TransitionForbidden):
        workflow.get_transition("order_review", "approve_order", actor=CLERK, facts=PAID_FACTS)


def test_guard_failed_explains_reason(app: Flask) -> None:
    workflow = build_workflow(WorkflowOptions())
    with (
        app.test_request_context(headers={"Accept-Language": "en"}),
        pytest.raises(GuardFailed, match="guard_failed") as exc_info,
    ):
        workflow.get_transition("shipping", "cancel", actor=BUYER, facts=OrderFacts(paid=True, shipped_any=True))
    assert "on its way" in exc_info.value.context["why"]
    assert workflow.transitions_from("shipping")[0].guards == (Guard.ALL_SHIPPED,)


def test_timers_count_from_anchor() -> None:
    workflow = build_workflow(WorkflowOptions(receipt_days=10))
    state_times = {"payment": (NOW, NOW)}
    unpaid = OrderFacts(state_times=state_times)
    assert workflow.due_at("payment", unpaid, {"unpaid_minutes": 30}) == NOW + timedelta(minutes=30)
    assert workflow.due_at("payment", unpaid, {}) == NOW + timedelta(minutes=60)
    assert workflow.due_transition("payment", unpaid, {}, NOW + timedelta(minutes=59)) is None
    assert workflow.due_transition("payment", unpaid, {}, NOW + timedelta(minutes=60)) == "expire"
    delivered = OrderFacts(paid=True, state_times={"receipt": (NOW, NOW)}, delivered_at=NOW + timedelta(days=3))
    assert workflow.due_at("receipt", delivered, {}) == NOW + timedelta(days=13)
    assert workflow.due_at("order_review", PAID_FACTS, {}) is None


def test_timer_actor_only_allowed_for_timer_transitions() -> None:
    workflow = build_workflow(WorkflowOptions())
    assert workflow.get_transition("receipt", "receive", actor=TIMER, facts=PAID_FACTS).to_state == "finished"
    with pytest.raises(TransitionForbidden):
        workflow.get_transition("order_review", "approve_order", actor=TIMER, facts=PAID_FACTS)


def test_workflow_json_round_trip() -> None:
    for options in all_options():
        if options.enabled_steps:
            workflow = build_workflow(options)
            assert Workflow.from_json(workflow.to_json()) == workflow
            assert WorkflowOptions.from_json(options.to_json()) == options


def test_build_diagram_contains_every_state_without_overlap() -> None:
    workflow = build_workflow(WorkflowOptions())
    diagram = build_diagram(workflow)
    assert {node.name for node in diagram.nodes} == set(workflow.by_name)
    positions = sorted((node.y, node.x) for node in diagram.nodes)
    assert all(b[0] > a[0] or b[1] - a[1] >= 118 for a, b in pairwise(positions))
    assert max(node.x + node.width for node in diagram.nodes) <= diagram.width
