"""Colleagues: invited by mail, given roles, removed at once; never without an owner (RO1, RO2, R25)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.events import Event
from tenants.access.permissions import GRANTS, Permission, StaffRole
from tenants.accounts.models import Audience
from tenants.scope import acting_for
from tenants.staff.events import StaffJoined, StaffRemoved, StaffRoleChanged
from tests.cast import Cast, Person
from tests.tenants.accounts.letters import letters_to, link_in

PASSWORD = "loom harbour copper thursday"


@pytest.fixture
def owner(cast: Cast) -> FlaskClient:
    return cast.owner.browser()


def invite(owner: FlaskClient, app: Flask, email: str = "new@example.com", role: str = "warehouse") -> str:
    assert owner.post("/desk/acme/staff/invite", data={"email": email, "role": role}).status_code == 303
    return link_in(letters_to(app, email, "staff_invited")[-1])


def place_of(superuser: Engine, person: Person) -> str:
    with superuser.connect() as connection:
        wanted = text("select id from staff where account_id = :who")
        return str(connection.execute(wanted, {"who": person.account_id}).scalar())


def test_a_person_with_an_account_accepts(owner: FlaskClient, app: Flask, cast: Cast, announced: list[Event]) -> None:
    link = invite(owner, app, role="finance")
    browser = cast.stranger.browser(Audience.SHOP)
    assert "担任“财务”" in browser.get(link).text
    assert browser.get("/desk/acme/").status_code == 302
    assert browser.post(link).location == "/desk/acme/"
    assert browser.get("/desk/acme/").status_code == 200
    assert [fact.role for fact in announced if isinstance(fact, StaffJoined)] == ["finance"]
    assert "Stranger" in owner.get("/desk/acme/staff/").text
    assert browser.get(link).status_code == 410
    assert cast.buyer.browser().post(link).status_code == 409


def test_a_person_without_one_registers_and_accepts(owner: FlaskClient, app: Flask, client: FlaskClient) -> None:
    link = invite(owner, app)
    entries = {"login": "newhand", "name": "新手", "password": PASSWORD}
    weak = client.post(f"{link}/register", data=entries | {"password": "newhand1234"})
    assert weak.status_code == 422
    assert 'value="新手"' in weak.text
    assert client.post(f"{link}/register", data=entries).location == "/desk/acme/"
    assert client.get("/desk/acme/").status_code == 200
    assert "还没有确认" not in client.get("/account/").text, "the letter has proved the address"


def test_an_invitation_is_replaced_taken_back_and_runs_out(owner: FlaskClient, app: Flask, client: FlaskClient) -> None:
    first = invite(owner, app)
    second = invite(owner, app)
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200
    with clock.shifted(timedelta(days=8)):
        assert client.get(second).status_code == 410
    found = re.search(r"/desk/acme/staff/invitations/([0-9a-f-]{36})", owner.get("/desk/acme/staff/").text)
    assert found
    owner.post(f"/desk/acme/staff/invitations/{found[1]}/take-back")
    assert client.get(second).status_code == 410


def test_of_many_at_once_one_takes_the_place(owner: FlaskClient, app: Flask, cast: Cast) -> None:
    link = invite(owner, app)
    browsers = [person.browser(Audience.SHOP) for person in (cast.buyer, cast.other_buyer, cast.stranger)]
    codes: list[int] = []
    threads = [threading.Thread(target=lambda one=one: codes.append(one.post(link).status_code)) for one in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [303, 409, 409]


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"email": "x", "role": "service"}, "这不是邮箱地址"),
        ({"email": "a@example.com", "role": "boss"}, "请选择角色"),
        ({"email": "Clerk@example.com", "role": "service"}, "已在这里工作"),
    ],
)
def test_bad_invitations_are_refused(owner: FlaskClient, entries: dict[str, str], sentence: str) -> None:
    answer = owner.post("/desk/acme/staff/invite", data=entries)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert entries["email"] in answer.text


def test_a_role_holds_from_the_next_request_on(
    owner: FlaskClient, cast: Cast, superuser: Engine, announced: list[Event]
) -> None:
    clerk = cast.clerk.browser()
    assert clerk.get("/desk/acme/shop/").status_code == 403
    place = place_of(superuser, cast.clerk)
    assert owner.post(f"/desk/acme/staff/{place}/role", data={"role": "manager"}).status_code == 303
    assert clerk.get("/desk/acme/shop/").status_code == 200
    assert [fact.role for fact in announced if isinstance(fact, StaffRoleChanged)] == ["manager"]


def test_who_is_removed_is_out_at_once(
    owner: FlaskClient, cast: Cast, superuser: Engine, announced: list[Event], app: Flask
) -> None:
    clerk = cast.clerk.browser()
    assert clerk.get("/desk/acme/").status_code == 200
    owner.post(f"/desk/acme/staff/{place_of(superuser, cast.clerk)}/remove")
    assert clerk.get("/desk/acme/").location == "/sign-in?door=desk"
    assert cast.clerk.browser().get("/desk/acme/").status_code == 404
    assert any(isinstance(fact, StaffRemoved) for fact in announced)
    assert [letter.kind for letter in letters_to(app, "clerk@example.com")] == ["staff_removed"]
    link = invite(owner, app, email="clerk@example.com", role="warehouse")
    assert cast.clerk.browser(Audience.SHOP).post(link).status_code == 303, "one may come back"


def test_the_last_owner_stays(owner: FlaskClient, cast: Cast, superuser: Engine) -> None:
    place = place_of(superuser, cast.owner)
    assert owner.post(f"/desk/acme/staff/{place}/remove").status_code == 409
    assert owner.post(f"/desk/acme/staff/{place}/role", data={"role": "service"}).status_code == 409
    owner.post(f"/desk/acme/staff/{place_of(superuser, cast.clerk)}/role", data={"role": "owner"})
    assert owner.post(f"/desk/acme/staff/{place}/remove").status_code == 303
    assert owner.get("/desk/acme/").status_code == 302


def test_strangers_and_colleagues_without_the_right(cast: Cast, superuser: Engine) -> None:
    place = place_of(superuser, cast.clerk)
    rival, warehouse, clerk = cast.rival_owner.browser(), cast.warehouse.browser(), cast.clerk.browser()
    assert rival.get("/desk/acme/staff/").status_code == 404
    assert rival.post(f"/desk/rival/staff/{place}/remove").status_code == 404, "a foreign colleague does not exist here"
    assert rival.post(f"/desk/rival/staff/{place}/role", data={"role": "owner"}).status_code == 404
    assert warehouse.get("/desk/acme/staff/").status_code == 403
    assert clerk.get("/desk/acme/staff/").status_code == 200
    for path in ("invite", f"{place}/role", f"{place}/remove"):
        assert clerk.post(f"/desk/acme/staff/{path}", data={"role": "owner", "email": "x@example.com"}).status_code == 403


def test_a_foreign_invitation_cannot_be_read(ctx: Flask, owner: FlaskClient, cast: Cast, app: Flask) -> None:
    invite(owner, app)
    with unit_of_work(), acting_for(cast.rival_id):
        assert db.session.execute(text("select count(*) from staff_invitations")).scalar() == 0


def test_the_table_of_roles_is_the_table_that_holds(owner: FlaskClient) -> None:
    page = owner.get("/desk/acme/staff/roles").text
    assert len(Permission) == 27
    assert len(StaffRole) == 6
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    assert len(rows) == 27
    for permission, (_label, cells) in zip(Permission, rows, strict=True):
        granted = ["是" in cell for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells, re.DOTALL)]
        assert granted == [permission in GRANTS[role] for role in StaffRole]


def test_a_changed_name_is_shown_at_the_desk(owner: FlaskClient, cast: Cast) -> None:
    cast.clerk.browser(Audience.SHOP).post("/account/", data={"name": "王小丽", "phone": "", "locale": "zh_Hans"})
    assert "王小丽" in owner.get("/desk/acme/staff/").text


def test_the_list_asks_the_same_whether_short_or_long(
    owner: FlaskClient, app: Flask, cast: Cast, statements: Callable[[], Any]
) -> None:
    from tenants.merchants.queries import get
    from tests.factories import tenants as make

    def asked() -> int:
        with statements() as said:
            assert owner.get("/desk/acme/staff/").status_code == 200
        return len(said)

    asked()
    short = asked()
    with app.app_context(), unit_of_work():
        for _ in range(12):
            make.colleague(merchant=get(cast.acme_id), account=make.account(), role=StaffRole.SERVICE)
    assert asked() == short
