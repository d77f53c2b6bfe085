"""The order's way as data: every choice a merchant can make leads from the click to an end, or is refused in words (OR5, OR6)."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from flask import Flask

from marketplace.orders.workflow import Actor, Facts, Guard, NoSuchMove, NotYet, NotYours, Who, Workflow
from marketplace.orders.workflow.drawing import draw
from marketplace.orders.workflow.standard import PAYMENTS, STEPS, Choices, build

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
BUYER, CLOCK, GATEWAY = Actor(who=Who.BUYER), Actor(who=Who.CLOCK), Actor(who=Who.GATEWAY)
CLERK = Actor(who=Who.STAFF, role="service", grants=frozenset({"orders.review", "orders.cancel"}))
WAREHOUSE = Actor(who=Who.STAFF, role="warehouse", grants=frozenset({"orders.release", "orders.ship"}))
OWNER = Actor(who=Who.STAFF, role="owner", grants=frozenset({"orders.review", "orders.finance"}))
PAID = Facts(paid=True)


def names(workflow: Workflow) -> list[str]:
    return [state.name for state in workflow.way()]


def every_choice() -> list[Choices]:
    sets = product([True, False], repeat=len(STEPS))
    chosen = [frozenset(step for step, on in zip(STEPS, switches, strict=True) if on) for switches in sets]
    return [Choices(payment=payment, on=on) for payment, on in product(PAYMENTS, chosen)]


def test_the_whole_way_in_order() -> None:
    way = ["payment", "order_review", "finance_review", "outbound_review", "shipping", "receipt", "finished"]
    assert names(build(Choices())) == way


def test_both_flows_of_the_sources_are_configurations() -> None:
    """OR8: the merchant confirms, then the buyer pays; OR5: reviews without a payment step."""
    after = build(Choices(payment="after_order", on=frozenset({"order_review", "shipping", "receipt"})))
    assert names(after) == ["order_review", "payment", "shipping", "receipt", "finished"]
    outside = build(Choices(payment="outside"))
    assert names(outside) == ["order_review", "finance_review", "outbound_review", "shipping", "receipt", "finished"]


def test_a_step_switched_off_leads_straight_to_the_next() -> None:
    workflow = build(Choices(on=frozenset(STEPS) - {"finance_review"}))
    clerk = workflow.move("order_review", "pass_order", actor=CLERK, facts=PAID)
    assert clerk.reaches == "outbound_review"


def test_every_saved_choice_leads_to_an_end_from_everywhere(app: Flask) -> None:
    """Of all 128 choices, those without complaints have no dead end; the others are refused in words."""
    with app.test_request_context():
        good = [choices for choices in every_choice() if not list(choices.complaints())]
        refused = [choices for choices in every_choice() if list(choices.complaints())]
    assert len(good) + len(refused) == 128
    assert all("receipt" in choices.on for choices in good if choices.payment != "outside")
    for choices in good:
        workflow = build(choices)
        assert workflow.way()[-1].name == "finished"
        assert {move.reaches for move in workflow.moves} | {workflow.start} == set(workflow.by_name)


@pytest.mark.parametrize(
    ("choices", "word"),
    [
        (Choices(payment="after_order", on=frozenset({"shipping", "receipt"})), "order review"),
        (Choices(payment="after_finance", on=frozenset({"shipping", "receipt"})), "finance review"),
        (Choices(on=frozenset({"shipping"})), "held until receipt"),
        (Choices(payment="outside", on=frozenset()), "at least one step"),
        (Choices(receipt_days=0), "days until receipt"),
        (Choices(payment="sometimes"), "steps offered"),
    ],
)
def test_what_cannot_work_is_said_in_words(app: Flask, choices: Choices, word: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert word in " ".join(choices.complaints())


def test_a_broken_workflow_complains(app: Flask) -> None:
    """The control: take away what holds a workflow together, and it is refused."""
    whole = build(Choices())
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert list(whole.complaints()) == []
        stuck = dataclasses.replace(whole, moves=tuple(m for m in whole.moves if m.name != "pass_finance"))
        assert any("stuck" in line for line in stuck.complaints())
        lost = dataclasses.replace(whole, states=whole.states[1:])
        assert any("no state" in line for line in lost.complaints())
        early = dataclasses.replace(
            whole,
            moves=tuple(
                dataclasses.replace(m, does=(*m.does, *whole.moves[5].does)) if m.name == "ship" else m for m in whole.moves
            ),
        )
        assert any("receipt" in line for line in early.complaints())
        idle = dataclasses.replace(whole, moves=tuple(m for m in whole.moves if m.name != "expire"))
        assert any("nothing to do" in line for line in idle.complaints())


def test_who_may_do_what() -> None:
    workflow = build(Choices())
    with pytest.raises(NotYours):
        workflow.move("order_review", "pass_order", actor=WAREHOUSE, facts=PAID)
    with pytest.raises(NotYours):
        workflow.move("order_review", "pass_order", actor=BUYER, facts=PAID)
    with pytest.raises(NoSuchMove):
        workflow.move("finished", "cancel", actor=BUYER, facts=PAID)
    assert workflow.move("payment", "pay", actor=GATEWAY, facts=Facts()).reaches == "order_review"


def test_a_step_given_to_a_role_is_that_roles_and_the_owners() -> None:
    workflow = build(Choices(roles={"order_review": "warehouse"}))
    assert workflow.move("order_review", "pass_order", actor=WAREHOUSE, facts=PAID)
    assert workflow.move("order_review", "pass_order", actor=OWNER, facts=PAID)
    with pytest.raises(NotYours):
        workflow.move("order_review", "pass_order", actor=CLERK, facts=PAID)


def test_guards_say_why(app: Flask) -> None:
    workflow = build(Choices())
    with app.test_request_context(headers={"Accept-Language": "en"}), pytest.raises(NotYet, match="NotYet") as refused:
        workflow.move("shipping", "cancel", actor=BUYER, facts=Facts(paid=True, shipped_any=True))
    assert "on its way" in refused.value.facts["why"]
    assert workflow.moves_from("shipping")[0].asks == (Guard.ALL_SHIPPED,)


def test_clocks_count_from_their_anchor() -> None:
    workflow = build(Choices(receipt_days=10))
    entered = {"payment": (NOW, NOW)}
    unpaid = Facts(entered=entered)
    assert workflow.due("payment", unpaid, {"unpaid_minutes": 30}) == NOW + timedelta(minutes=30)
    assert workflow.due("payment", unpaid, {}) == NOW + timedelta(minutes=60)
    assert workflow.fired("payment", unpaid, {}, NOW + timedelta(minutes=59)) is None
    assert workflow.fired("payment", unpaid, {}, NOW + timedelta(minutes=60)) == "expire"
    delivered = Facts(paid=True, entered={"receipt": (NOW, NOW)}, delivered_at=NOW + timedelta(days=3))
    assert workflow.due("receipt", delivered, {}) == NOW + timedelta(days=13)
    assert workflow.due("order_review", PAID, {}) is None


def test_a_clock_only_makes_moves_that_are_the_clocks() -> None:
    workflow = build(Choices())
    assert workflow.move("receipt", "receive", actor=CLOCK, facts=PAID).reaches == "finished"
    with pytest.raises(NotYours):
        workflow.move("order_review", "pass_order", actor=CLOCK, facts=PAID)


def test_a_workflow_survives_being_stored() -> None:
    for choices in every_choice():
        if choices.on:
            workflow = build(choices)
            assert Workflow.from_json(workflow.to_json()) == workflow
            assert Choices.from_json(choices.to_json()) == choices


def test_the_picture_holds_every_state_without_overlap() -> None:
    workflow = build(Choices())
    picture = draw(workflow)
    assert {box.name for box in picture.boxes} == set(workflow.by_name)
    places = sorted((box.y, box.x) for box in picture.boxes)
    assert all(b[0] > a[0] or b[1] - a[1] >= 118 for a, b in pairwise(places))
    assert max(box.x + box.wide for box in picture.boxes) <= picture.width
