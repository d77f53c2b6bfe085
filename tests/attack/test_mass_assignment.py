"""R26: every column's name and the usual suspects, posted beside an otherwise valid form, to every route that writes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import request
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.kernel.db import Base
from tests.attack.pages import Form, Walk
from tests.attack.watch import Change, Watch
from tests.attack.world import World
from tests.cast import Person

ONE_WORLD = True
MARK = "tell-tale"
NUMBER = 77777777
MOMENT = "2001-02-03T04:05:06+00:00"
SUSPECTS = (
    "is_admin",
    "admin",
    "superuser",
    "is_superuser",
    "is_staff",
    "role",
    "roles",
    "permissions",
    "grants",
    "owner",
    "owner_id",
    "user",
    "user_id",
    "account",
    "merchant",
    "merchant_slug",
    "tenant",
    "tenant_id",
    "buyer",
    "organisation",
    "state",
    "status",
    "approved",
    "verified",
    "price",
    "total",
    "amount",
    "discount",
    "balance",
    "commission_bps",
    "fee_bps",
    "currency",
    "password_hash",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
    "id",
    "_method",
    "__class__",
    "__proto__",
)
NOT_EVEN_HERE = {"csrf_token"}
QUIET = {"mails", "outbox"}  # letters repeat what was typed; what they may say is looked at by the canaries


def visitors(world: World) -> Iterator[tuple[str, Person | None, tuple[str, ...]]]:
    cast = world.cast
    yield "owner", cast.owner, (*world.stages("owner"), "/desk/acme/")
    yield "buyer", cast.buyer, (*world.stages("buyer"), *world.buyers_pages)
    yield "applicant", cast.stranger, ("/apply/",)
    yield "admin", cast.admin, (*world.stages("admin"), "/console/")
    yield "visitor", None, ("/", "/sign-in", "/register", "/forgot", "/console/sign-in")


def told(world: World) -> dict[str, tuple[str, str]]:
    """For every column and suspect, two values that would be seen if somebody took them."""
    values: dict[str, tuple[str, str]] = dict.fromkeys(SUSPECTS, (MARK, "1"))
    owners = {"merchant_id": world.cast.rival_id, "buyer_id": world.cast.other_buyer.buyer_id}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            values[column.name] = tale(column, owners.get(column.name, world.cast.other_buyer.account_id))
    return values


def tale(column: Any, foreign: Any) -> tuple[str, str]:
    """Two values that fit the column."""
    members = list(getattr(column.type, "enums", None) or ())
    if members:
        return members[0], members[-1]
    kind = getattr(column.type, "python_type", str)
    fitting = {"bool": ("1", "0"), "int": (str(NUMBER),) * 2, "Decimal": (str(NUMBER),) * 2, "datetime": (MOMENT, MOMENT[:10])}
    if kind.__name__ == "UUID":
        return str(foreign), str(foreign)
    return fitting.get(kind.__name__, (MARK, MARK))


def fingers(changes: list[Change]) -> list[tuple[str, str, dict[str, Any]]]:
    """What was written, so that two runs can be compared: what one statement wrote to several known rows has no order."""
    told = sorted((one for one in changes if one.table not in QUIET), key=lambda one: (one.table, one.op, _known(one)))
    return [(change.table, change.op, change.columns()) for change in told]


def _known(change: Change) -> str:
    """The row, if it was there before: new ones stay in the order in which they came."""
    return str((change.before or {}).get("id", ""))


def steady(first: list[Any], second: list[Any]) -> list[Any]:
    """What two runs of the same form have in common: ids and times differ by themselves."""
    if [one[:2] for one in first] != [one[:2] for one in second]:
        return []
    return [
        (table, op, {name: value for name, value in columns.items() if name in other and other[name] == value})
        for (table, op, columns), (_, _, other) in zip(first, second, strict=True)
    ]


def strange(plain: list[Any], laden: list[Any]) -> list[Any]:
    """What the laden form wrote otherwise than the plain one."""
    if [one[:2] for one in plain] != [one[:2] for one in laden]:
        return [("other rows", [one[:2] for one in plain], [one[:2] for one in laden])]
    return [
        (table, name, value, columns.get(name))
        for (table, _, kept), (_, _, columns) in zip(plain, laden, strict=True)
        for name, value in kept.items()
        if columns.get(name) != value
    ]


def marked(changes: list[Any]) -> list[Any]:
    """Tell-tale values that reached a row."""
    seen = re.compile(f"{MARK}|{NUMBER}|{MOMENT[:10]}")
    return [(table, name, value) for table, _, columns in changes for name, value in columns.items() if seen.search(str(value))]


def run(watched: Watch, form: Form, browser: FlaskClient, extra: dict[str, str]) -> tuple[int, list[Any]]:
    """Send the form once, see what it wrote, and take it back."""
    own = {name for name, _ in form.filled()} | {one.name for one in form.controls} | NOT_EVEN_HERE
    answer = form.send(browser, (*form.filled(), *((name, value) for name, value in extra.items() if name not in own)))
    written = fingers(watched.changes())
    watched.undo()
    return answer.status_code, written


def judge(watched: Watch, form: Form, browser: FlaskClient, values: dict[str, tuple[str, str]]) -> tuple[bool, list[Any]]:
    """Whether the form does something, and what more it does when it is laden."""
    first = run(watched, form, browser, {})[1]
    plain = steady(first, run(watched, form, browser, {})[1]) if first else []
    wrong: list[Any] = []
    for turn in (0, 1):
        status, laden = run(watched, form, browser, {name: pair[turn] for name, pair in values.items()})
        found = [*marked(laden), *(strange(plain, laden) if plain or not first else [])]
        if found or status >= 500:
            wrong.append((form.action, status, found))
    return bool(plain), wrong


def asked(walk: Walk) -> dict[str, set[str]]:
    """What each route asks for in any of its forms: one of them may show fewer of its fields than another."""
    found: dict[str, set[str]] = defaultdict(set)
    for form in walk.writing():
        found[str(walk.route(form.action, form.method))] |= {one.name for one in form.controls}
    return found


def test_no_form_takes_more_than_it_asks(world: World, watched: Watch) -> None:
    wrong, working, values = [], [], told(world)
    for who, person, starts in visitors(world):
        browser = person.browser() if person else world.app.test_client()
        walk = Walk(world.app, browser).go(*starts)
        world.reached[f"laden {who}"] = walk.targets()
        forms, known = walk.writing(), asked(walk)
        watched.forget()
        for form in forms:
            own = known[str(walk.route(form.action, form.method))]
            works, found = judge(watched, form, browser, {name: pair for name, pair in values.items() if name not in own})
            working += [form.action] if works else []
            wrong += found
    assert wrong == []
    assert len(working) >= 10, "hardly a form did anything: the test has lost its subject"


def test_a_view_that_takes_all_is_found(world: World, watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a view that sets whatever the form names turns the test red."""

    def greedy(address_id: UUID) -> str:
        known = {column.name for column in Base.metadata.tables["addresses"].columns} - {"id", "buyer_id"}
        taken = {name: value for name, value in request.form.items() if name in known}
        settings = ", ".join(f'"{name}" = :{name}' for name in taken) or "name = name"
        with world.engine.begin() as connection:
            connection.execute(text(f"update addresses set {settings} where id = :here"), {**taken, "here": address_id})
        return "done"

    monkeypatch.setitem(world.app.view_functions, "account.addresses.make_usual", greedy)
    browser = world.cast.buyer.browser()
    forms = Walk(world.app, browser).go("/account/addresses/").writing()
    (form,) = [form for form in forms if form.action.endswith("/usual")][:1]
    watched.forget()
    _, wrong = judge(watched, form, browser, {"street": (MARK, MARK), "phone": (MARK, MARK)})
    assert wrong
