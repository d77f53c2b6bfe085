"""Tests of the supervision of merchants: suspension, closure, absence, reasons, categories (MA3, MA5)."""

from __future__ import annotations

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
from tenants.isolation import as_merchant
from tenants.merchants import queries, services
from tenants.merchants.events import MerchantReinstated, MerchantScopeChanged, MerchantSuspended
from tenants.merchants.models import MerchantKind, MerchantState
from tests.actors import Actors
from tests.factories import tenant_factory

pytestmark = pytest.mark.usefixtures("categories")


@pytest.fixture
def admin(actors: Actors) -> FlaskClient:
    return actors.admin.client()


def selling_state(app: Flask, cast: Actors) -> tuple[bool, MerchantState]:
    with app.app_context(), unit_of_work():
        merchant = queries.get_merchant(cast.acme_id)
        selling = {candidate.id for candidate in db.session.scalars(queries.select_visible_merchants()) if candidate.may_sell}
        assert (cast.acme_id in selling, cast.rival_id in selling) == (merchant.may_sell, True)
        return merchant.may_sell, merchant.state


def test_suspend_and_reinstate_merchant(
    app: Flask, admin: FlaskClient, actors: Actors, published_events: list[Event], superuser: Engine
) -> None:
    page = f"/console/merchants/{actors.acme_id}"
    assert admin.post(f"{page}/suspend", data={"reason": "x"}).status_code == 422
    assert admin.post(f"{page}/suspend", data={"reason": "多次售假"}).status_code == 303
    assert selling_state(app, actors) == (False, MerchantState.SUSPENDED)
    assert "已暂停：多次售假" in admin.get(page).text
    assert actors.owner.client().get("/desk/acme/").status_code == 200, "the desk stays accessible"
    assert admin.post(f"{page}/suspend", data={"reason": "再来一次"}).status_code == 409
    assert admin.post(f"{page}/reinstate", data={"reason": "已整改"}).status_code == 303
    assert selling_state(app, actors) == (True, MerchantState.TRADING)
    kinds = [type(event) for event in published_events if isinstance(event, MerchantSuspended | MerchantReinstated)]
    assert kinds == [MerchantSuspended, MerchantReinstated]
    with superuser.connect() as connection:
        rows = connection.execute(text("select action, reason, account_id from audit_events order by at, id")).all()
    assert [(row.action, row.reason) for row in rows] == [("merchant.suspended", "多次售假"), ("merchant.reinstated", "已整改")]
    assert {row.account_id for row in rows} == {actors.admin.account_id}


def test_close_takes_precedence_over_suspension_and_reopen_restores_it(app: Flask, admin: FlaskClient, actors: Actors) -> None:
    page = f"/console/merchants/{actors.acme_id}"
    for action in ("suspend", "close"):
        admin.post(f"{page}/{action}", data={"reason": "停业整顿"})
    assert selling_state(app, actors) == (False, MerchantState.CLOSED)
    assert admin.post(f"{page}/reinstate", data={"reason": "停业整顿"}).status_code == 409
    admin.post(f"{page}/reopen", data={"reason": "重新开业"})
    assert selling_state(app, actors) == (False, MerchantState.SUSPENDED)


def test_set_absence_limits_state_to_period(app: Flask, actors: Actors) -> None:
    start = clock.now() + timedelta(days=1)
    with app.app_context(), unit_of_work(), as_merchant(actors.acme_id):
        services.set_absence(merchant_id=actors.acme_id, start=start, end=start + timedelta(days=7))
    assert selling_state(app, actors) == (True, MerchantState.TRADING)
    with app.app_context(), unit_of_work():
        merchant = queries.get_merchant(actors.acme_id)
        with clock.shift_time(timedelta(days=2)):
            assert merchant.state is MerchantState.AWAY
        with clock.shift_time(timedelta(days=9)):
            assert merchant.state is MerchantState.TRADING


def test_change_scopes(app: Flask, admin: FlaskClient, actors: Actors, published_events: list[Event]) -> None:
    page = f"/console/merchants/{actors.acme_id}/scopes"
    assert admin.post(page, data={"scopes": ["cotton", "gold"], "scope_reason": "首批类目"}).status_code == 303
    assert admin.post(page, data={"scopes": ["silk", "cotton"], "scope_reason": "增加丝绸"}).status_code == 303
    assert admin.post(page, data={"scopes": [], "scope_reason": "全部取消"}).status_code == 422
    with app.app_context(), unit_of_work():
        assert queries.get_scope_codes(actors.acme_id) == {"cotton", "silk"}
        assert queries.get_scopes_by_merchant([actors.acme_id, actors.rival_id]) == {
            actors.acme_id: ["cotton", "silk"],
            actors.rival_id: [],
        }
    changed = [(event.added, event.removed) for event in published_events if isinstance(event, MerchantScopeChanged)]
    assert changed == [(["cotton"], []), (["silk"], [])]
    assert "+丝绸" in admin.get(f"/console/merchants/{actors.acme_id}").text


def test_row_security_prevents_merchant_adding_scopes(ctx: Flask, actors: Actors) -> None:
    with pytest.raises(Exception, match="row-level security"), unit_of_work(), as_merchant(actors.acme_id):
        db.session.execute(
            text("insert into merchant_scopes (merchant_id, code, since) values (:me, 'gold', now())"), {"me": actors.acme_id}
        )


def test_merchant_admin_permissions(app: Flask, actors: Actors) -> None:
    from tenants.access.permissions import PlatformRole
    from tenants.accounts.queries import get_account

    with app.app_context(), unit_of_work():
        tenant_factory.create_platform_staff(account=get_account(actors.other_buyer.account_id), role=PlatformRole.SUPPORT)
    support, stranger = actors.other_buyer.client(), actors.owner.client()
    assert support.get(f"/console/merchants/{actors.acme_id}").status_code == 200
    assert support.post(f"/console/merchants/{actors.acme_id}/suspend", data={"reason": "为什么"}).status_code == 403
    assert stranger.get("/console/merchants/").status_code == 404
    assert stranger.post(f"/console/merchants/{actors.acme_id}/suspend", data={"reason": "为什么"}).status_code == 404


def test_merchant_list_filters_and_constant_query_count(
    app: Flask, admin: FlaskClient, actors: Actors, record_statements: Callable[[], Any]
) -> None:
    def count_statements() -> int:
        with record_statements() as recorded:
            assert admin.get("/console/merchants/").status_code == 200
        return len(recorded)

    expected = count_statements()
    with app.app_context(), unit_of_work():
        for n in range(5):
            tenant_factory.create_merchant(owner=tenant_factory.create_account(), slug=f"more-{n}", name=f"更多布行{n}")
    assert count_statements() == expected
    assert "南通百织" not in admin.get("/console/merchants/?q=兴隆").text
    assert "兴隆布行" in admin.get("/console/merchants/?q=兴隆").text
    assert "兴隆布行" not in admin.get("/console/merchants/?state=suspended").text
    assert "兴隆布行" not in admin.get("/console/merchants/?kind=trader").text


def test_merchant_list_counts_by_kind(app: Flask, actors: Actors) -> None:
    with app.app_context(), unit_of_work():
        tenant_factory.create_merchant(
            owner=tenant_factory.create_account(), slug="one-man", name="独行", kind=MerchantKind.TRADER
        )
    page = actors.admin.client().get("/console/merchants/").text
    assert "生产厂家、代理商、经销商占 66.7%" in page
    assert ">个体商户 1</option>" in page
    assert ">生产厂家 2</option>" in page
