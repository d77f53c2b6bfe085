"""Tests of staff: invitation by e-mail, roles, removal, and that an owner always remains (RO1, RO2)."""

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
from tenants.access.permissions import ROLE_PERMISSIONS, Permission, StaffRole
from tenants.accounts.models import Realm
from tenants.isolation import as_merchant
from tenants.staff.events import StaffJoined, StaffRemoved, StaffRoleChanged
from tests.actors import Actors, Person
from tests.tenants.accounts.emails import emails_to, first_link

PASSWORD = "loom harbour copper thursday"


@pytest.fixture
def owner(actors: Actors) -> FlaskClient:
    return actors.owner.client()


def invite(owner: FlaskClient, app: Flask, email: str = "new@example.com", role: str = "warehouse") -> str:
    assert owner.post("/desk/acme/staff/invite", data={"email": email, "role": role}).status_code == 303
    return first_link(emails_to(app, email, "staff_invited")[-1])


def staff_id_of(superuser: Engine, person: Person) -> str:
    with superuser.connect() as connection:
        stmt = text("select id from staff where account_id = :account_id")
        return str(connection.execute(stmt, {"account_id": person.account_id}).scalar())


def test_accept_invitation_with_existing_account(
    owner: FlaskClient, app: Flask, actors: Actors, published_events: list[Event]
) -> None:
    link = invite(owner, app, role="finance")
    browser = actors.stranger.client(Realm.SHOP)
    assert "担任“财务”" in browser.get(link).text
    assert browser.get("/desk/acme/").status_code == 302
    assert browser.post(link).location == "/desk/acme/"
    assert browser.get("/desk/acme/").status_code == 200
    assert [event.role for event in published_events if isinstance(event, StaffJoined)] == ["finance"]
    assert "Stranger" in owner.get("/desk/acme/staff/").text
    assert browser.get(link).status_code == 410
    assert actors.buyer.client().post(link).status_code == 409


def test_accept_invitation_with_registration(owner: FlaskClient, app: Flask, client: FlaskClient) -> None:
    link = invite(owner, app)
    entries = {"login": "newhand", "name": "新手", "password": PASSWORD}
    weak_response = client.post(f"{link}/register", data=entries | {"password": "newhand1234"})
    assert weak_response.status_code == 422
    assert 'value="新手"' in weak_response.text
    assert client.post(f"{link}/register", data=entries).location == "/desk/acme/"
    assert client.get("/desk/acme/").status_code == 200
    assert "还没有确认" not in client.get("/account/").text, "the invitation has confirmed the address"


def test_invitation_superseded_expired_and_revoked(owner: FlaskClient, app: Flask, client: FlaskClient) -> None:
    first = invite(owner, app)
    second = invite(owner, app)
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200
    with clock.shift_time(timedelta(days=8)):
        assert client.get(second).status_code == 410
    match = re.search(r"/desk/acme/staff/invitations/([0-9a-f-]{36})", owner.get("/desk/acme/staff/").text)
    assert match
    owner.post(f"/desk/acme/staff/invitations/{match[1]}/take-back")
    assert client.get(second).status_code == 410


def test_accept_invitation_concurrently_succeeds_once(owner: FlaskClient, app: Flask, actors: Actors) -> None:
    link = invite(owner, app)
    browsers = [person.client(Realm.SHOP) for person in (actors.buyer, actors.other_buyer, actors.stranger)]
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda client=client: codes.append(client.post(link).status_code)) for client in browsers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [303, 409, 409]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"email": "x", "role": "service"}, "这不是邮箱地址"),
        ({"email": "a@example.com", "role": "boss"}, "请选择角色"),
        ({"email": "Clerk@example.com", "role": "service"}, "已在这里工作"),
    ],
)
def test_invite_staff_invalid_input_shows_field_errors(owner: FlaskClient, entries: dict[str, str], message: str) -> None:
    response = owner.post("/desk/acme/staff/invite", data=entries)
    assert response.status_code == 422
    assert message in response.text
    assert entries["email"] in response.text


def test_change_role_applies_to_next_request(
    owner: FlaskClient, actors: Actors, superuser: Engine, published_events: list[Event]
) -> None:
    clerk = actors.clerk.client()
    assert clerk.get("/desk/acme/shop/").status_code == 403
    staff_id = staff_id_of(superuser, actors.clerk)
    assert owner.post(f"/desk/acme/staff/{staff_id}/role", data={"role": "manager"}).status_code == 303
    assert clerk.get("/desk/acme/shop/").status_code == 200
    assert [event.role for event in published_events if isinstance(event, StaffRoleChanged)] == ["manager"]


def test_remove_staff_revokes_desk_sessions(
    owner: FlaskClient, actors: Actors, superuser: Engine, published_events: list[Event], app: Flask
) -> None:
    clerk = actors.clerk.client()
    assert clerk.get("/desk/acme/").status_code == 200
    owner.post(f"/desk/acme/staff/{staff_id_of(superuser, actors.clerk)}/remove")
    assert clerk.get("/desk/acme/").location == "/sign-in?door=desk"
    assert actors.clerk.client().get("/desk/acme/").status_code == 404
    assert any(isinstance(event, StaffRemoved) for event in published_events)
    assert [email.kind for email in emails_to(app, "clerk@example.com")] == ["staff_removed"]
    link = invite(owner, app, email="clerk@example.com", role="warehouse")
    assert actors.clerk.client(Realm.SHOP).post(link).status_code == 303, "a removed member can be invited again"


def test_last_owner_cannot_be_removed_or_demoted(owner: FlaskClient, actors: Actors, superuser: Engine) -> None:
    staff_id = staff_id_of(superuser, actors.owner)
    assert owner.post(f"/desk/acme/staff/{staff_id}/remove").status_code == 409
    assert owner.post(f"/desk/acme/staff/{staff_id}/role", data={"role": "service"}).status_code == 409
    owner.post(f"/desk/acme/staff/{staff_id_of(superuser, actors.clerk)}/role", data={"role": "owner"})
    assert owner.post(f"/desk/acme/staff/{staff_id}/remove").status_code == 303
    assert owner.get("/desk/acme/").status_code == 302


def test_staff_pages_permissions(actors: Actors, superuser: Engine) -> None:
    staff_id = staff_id_of(superuser, actors.clerk)
    rival, warehouse, clerk = actors.rival_owner.client(), actors.warehouse.client(), actors.clerk.client()
    assert rival.get("/desk/acme/staff/").status_code == 404
    assert rival.post(f"/desk/rival/staff/{staff_id}/remove").status_code == 404, "staff of other merchants are not found"
    assert rival.post(f"/desk/rival/staff/{staff_id}/role", data={"role": "owner"}).status_code == 404
    assert warehouse.get("/desk/acme/staff/").status_code == 403
    assert clerk.get("/desk/acme/staff/").status_code == 200
    for path in ("invite", f"{staff_id}/role", f"{staff_id}/remove"):
        assert clerk.post(f"/desk/acme/staff/{path}", data={"role": "owner", "email": "x@example.com"}).status_code == 403


def test_row_security_hides_invitations_of_other_merchants(ctx: Flask, owner: FlaskClient, actors: Actors, app: Flask) -> None:
    invite(owner, app)
    with unit_of_work(), as_merchant(actors.rival_id):
        assert db.session.execute(text("select count(*) from staff_invitations")).scalar() == 0


def test_role_table_matches_role_permissions(owner: FlaskClient) -> None:
    page = owner.get("/desk/acme/staff/roles").text
    assert len(Permission) == 27
    assert len(StaffRole) == 6
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    assert len(rows) == 27
    for permission, (_label, cells) in zip(Permission, rows, strict=True):
        granted = ["是" in cell for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells, re.DOTALL)]
        assert granted == [permission in ROLE_PERMISSIONS[role] for role in StaffRole]


def test_profile_change_updates_staff_name(owner: FlaskClient, actors: Actors) -> None:
    actors.clerk.client(Realm.SHOP).post("/account/", data={"name": "王小丽", "phone": "", "locale": "zh_Hans"})
    assert "王小丽" in owner.get("/desk/acme/staff/").text


def test_staff_list_query_count_is_constant(
    owner: FlaskClient, app: Flask, actors: Actors, record_statements: Callable[[], Any]
) -> None:
    from tenants.merchants.queries import get_merchant
    from tests.factories import tenant_factory

    def count_statements() -> int:
        with record_statements() as recorded:
            assert owner.get("/desk/acme/staff/").status_code == 200
        return len(recorded)

    count_statements()
    expected = count_statements()
    with app.app_context(), unit_of_work():
        for _ in range(12):
            tenant_factory.create_staff(
                merchant=get_merchant(actors.acme_id), account=tenant_factory.create_account(), role=StaffRole.SERVICE
            )
    assert count_statements() == expected
