"""Which routes that write are attacked through a form that a page shows; the others are named with the reason, attacked bare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import request
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.attack.pages import Form, Walk
from tests.attack.test_foreign_ids import sides
from tests.attack.test_mass_assignment import marked, run, told, visitors
from tests.attack.watch import Watch
from tests.attack.world import World

ONE_WORLD = True
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
# No page of the attacked market shows a form for these. Each is attacked bare, by the URL map.
UNAVAILABLE = 503  # this market has no pretend gateway that could write to it
BY_MAIL = "its page opens with a word that was sent by mail"
UNSHOWN: dict[str, str] = {
    "account.entry.carry_on": "offered to whom the shop knows and the desk does not: everybody here is signed in at both",
    "account.entry.do_confirm": BY_MAIL,
    "account.entry.do_confirm_change": BY_MAIL,
    "account.entry.do_reset": BY_MAIL,
    "account.invitation.register": BY_MAIL,
    "account.me.resend": "offered until an address is confirmed: everybody's here is",
    "console.merchants.invite_owner": "offered for a desk that has no owner: every desk here has one",
    "console.payments.ask_again": "offered when the gateway has refused a refund",
    "console.payments.settle_by_hand": "offered when the gateway has refused a refund",
    "console.payments.ask": "offered while a payment is on its way at the gateway",
    "hooks.payments.pretend": "no form: the gateway's signed letters",
    "shop.apply.again": "offered after a refusal",
    "shop.checkout.check": "asked by the page to which the gateway sends a buyer back",
}


def shown(world: World) -> set[str]:
    """The routes that the attacks of R21 and R26 send forms to: as they have noted, or walked here when they did not run."""
    for who, person, starts in visitors(world):
        if f"laden {who}" not in world.reached:
            walk = Walk(world.app, person.browser() if person else world.app.test_client()).go(*starts)
            world.reached[f"laden {who}"] = walk.targets()
    for side in sides(world):
        if f"foreign {side.name}" not in world.reached:
            world.reached[f"foreign {side.name}"] = Walk(world.app, side.person.browser(), each=5).go(*side.starts).targets()
    return set().union(*world.reached.values())


def writing(world: World) -> dict[str, Any]:
    """Every route that takes something, by endpoint."""
    return {rule.endpoint: rule for rule in world.rules() if rule.methods and rule.methods & UNSAFE}


def test_every_route_that_writes_is_attacked(world: World, watched: Watch) -> None:
    """A new form must be shown to the attack (tests/attack/waiting.py makes the state), or be named here."""
    reached = shown(world)
    watched.undo()
    missing = sorted(set(writing(world)) - reached)
    assert missing == sorted(UNSHOWN)


def by_the_map(world: World, endpoint: str) -> Iterator[tuple[FlaskClient, Form]]:
    """The route as everybody comes to it whom its door lets in, with a form that nobody has filled."""
    cast, door = world.cast, endpoint.split(".")[0]
    people = {"desk": (cast.owner,), "console": (cast.admin,)}.get(door, (cast.buyer, cast.owner))
    rule = writing(world)[endpoint]
    for whose in ("ours", "theirs"):
        action = world.address(rule, whose=whose) or world.address(rule, whose="nobody") or rule.rule
        for browser in (*(person.browser() for person in people), world.app.test_client()):
            yield browser, Form(page=action, action=action, method="POST")


def heavy(world: World, watched: Watch, endpoint: str) -> list[Any]:
    """Send every column's name and the usual suspects, ids of the other side among them; what went wrong."""
    wrong: list[Any] = []
    other = {str(world.cast.rival_id), str(world.cast.other_buyer.buyer_id), str(world.cast.other_buyer.account_id)}
    for browser, form in by_the_map(world, endpoint):
        for turn in (0, 1):
            status, laden = run(watched, form, browser, {name: pair[turn] for name, pair in told(world).items()})
            foreign = [one for one in laden if other & {str(value) for value in one[2].values()}]
            broken = status >= 500 and status != UNAVAILABLE
            if broken or marked(laden) or foreign:
                wrong.append((form.action, status, marked(laden), foreign))
    return wrong


def test_what_no_page_shows_takes_nothing_more_either(world: World, watched: Watch) -> None:
    watched.forget()
    assert [found for endpoint in UNSHOWN for found in heavy(world, watched, endpoint)] == []


def test_control_a_hidden_route_that_takes_all_is_found(world: World, watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy() -> str:
        with world.engine.begin() as connection:
            connection.execute(
                text("update accounts set name = :name where id = :id"),
                {"name": request.form["name"], "id": request.form["id"]},
            )
        return "done"

    monkeypatch.setitem(world.app.view_functions, "account.me.resend", greedy)
    watched.forget()
    assert heavy(world, watched, "account.me.resend") != []
