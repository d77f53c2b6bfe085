"""The market supervises its merchants: separate facts, reasons, categories (MA3, MA5, behaviour 3)."""

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
from tenants.merchants import queries, services
from tenants.merchants.events import MerchantReinstated, MerchantScopeChanged, MerchantSuspended
from tenants.merchants.models import MerchantKind, MerchantState
from tenants.scope import acting_for
from tests.cast import Cast
from tests.factories import tenants as make

pytestmark = pytest.mark.usefixtures("categories")


@pytest.fixture
def admin(cast: Cast) -> FlaskClient:
    return cast.admin.browser()


def may_sell(app: Flask, cast: Cast) -> tuple[bool, MerchantState]:
    with app.app_context(), unit_of_work():
        merchant = queries.get(cast.acme_id)
        selling = {one.id for one in db.session.scalars(queries.on_the_market()) if one.may_sell}
        assert (cast.acme_id in selling, cast.rival_id in selling) == (merchant.may_sell, True)
        return merchant.may_sell, merchant.state


def test_a_suspension_stops_the_selling_and_nothing_else(
    app: Flask, admin: FlaskClient, cast: Cast, announced: list[Event], superuser: Engine
) -> None:
    page = f"/console/merchants/{cast.acme_id}"
    assert admin.post(f"{page}/suspend", data={"reason": "x"}).status_code == 422
    assert admin.post(f"{page}/suspend", data={"reason": "多次售假"}).status_code == 303
    assert may_sell(app, cast) == (False, MerchantState.SUSPENDED)
    assert "已暂停：多次售假" in admin.get(page).text
    assert cast.owner.browser().get("/desk/acme/").status_code == 200, "the merchant still works at its desk"
    assert admin.post(f"{page}/suspend", data={"reason": "再来一次"}).status_code == 409
    assert admin.post(f"{page}/reinstate", data={"reason": "已整改"}).status_code == 303
    assert may_sell(app, cast) == (True, MerchantState.TRADING)
    kinds = [type(fact) for fact in announced if isinstance(fact, MerchantSuspended | MerchantReinstated)]
    assert kinds == [MerchantSuspended, MerchantReinstated]
    with superuser.connect() as connection:
        rows = connection.execute(text("select action, reason, account_id from audit_events order by at, id")).all()
    assert [(row.action, row.reason) for row in rows] == [("merchant.suspended", "多次售假"), ("merchant.reinstated", "已整改")]
    assert {row.account_id for row in rows} == {cast.admin.account_id}


def test_closing_outlasts_a_suspension_and_can_be_undone(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    page = f"/console/merchants/{cast.acme_id}"
    for deed in ("suspend", "close"):
        admin.post(f"{page}/{deed}", data={"reason": "停业整顿"})
    assert may_sell(app, cast) == (False, MerchantState.CLOSED)
    assert admin.post(f"{page}/reinstate", data={"reason": "停业整顿"}).status_code == 409
    admin.post(f"{page}/reopen", data={"reason": "重新开业"})
    assert may_sell(app, cast) == (False, MerchantState.SUSPENDED)


def test_being_away_is_a_span_of_time(app: Flask, cast: Cast) -> None:
    start = clock.now() + timedelta(days=1)
    with app.app_context(), unit_of_work(), acting_for(cast.acme_id):
        services.set_absence(merchant_id=cast.acme_id, start=start, end=start + timedelta(days=7))
    assert may_sell(app, cast) == (True, MerchantState.TRADING)
    with app.app_context(), unit_of_work():
        merchant = queries.get(cast.acme_id)
        with clock.shifted(timedelta(days=2)):
            assert merchant.state is MerchantState.AWAY
        with clock.shifted(timedelta(days=9)):
            assert merchant.state is MerchantState.TRADING


def test_the_contract_names_the_categories(app: Flask, admin: FlaskClient, cast: Cast, announced: list[Event]) -> None:
    page = f"/console/merchants/{cast.acme_id}/scopes"
    assert admin.post(page, data={"scopes": ["cotton", "gold"], "scope_reason": "首批类目"}).status_code == 303
    assert admin.post(page, data={"scopes": ["silk", "cotton"], "scope_reason": "增加丝绸"}).status_code == 303
    assert admin.post(page, data={"scopes": [], "scope_reason": "全部取消"}).status_code == 422
    with app.app_context(), unit_of_work():
        assert queries.scope_codes(cast.acme_id) == {"cotton", "silk"}
        assert queries.scopes_of([cast.acme_id, cast.rival_id]) == {cast.acme_id: ["cotton", "silk"], cast.rival_id: []}
    changed = [(fact.added, fact.removed) for fact in announced if isinstance(fact, MerchantScopeChanged)]
    assert changed == [(["cotton"], []), (["silk"], [])]
    assert "+丝绸" in admin.get(f"/console/merchants/{cast.acme_id}").text


def test_a_merchant_cannot_widen_its_own_contract(ctx: Flask, cast: Cast) -> None:
    with pytest.raises(Exception, match="row-level security"), unit_of_work(), acting_for(cast.acme_id):
        db.session.execute(
            text("insert into merchant_scopes (merchant_id, code, since) values (:me, 'gold', now())"), {"me": cast.acme_id}
        )


def test_strangers_and_colleagues_without_the_right(app: Flask, cast: Cast) -> None:
    from tenants.access.permissions import MarketRole
    from tenants.accounts.queries import account_by_id

    with app.app_context(), unit_of_work():
        make.market_staff(account=account_by_id(cast.other_buyer.account_id), role=MarketRole.SUPPORT)
    support, stranger = cast.other_buyer.browser(), cast.owner.browser()
    assert support.get(f"/console/merchants/{cast.acme_id}").status_code == 200
    assert support.post(f"/console/merchants/{cast.acme_id}/suspend", data={"reason": "为什么"}).status_code == 403
    assert stranger.get("/console/merchants/").status_code == 404
    assert stranger.post(f"/console/merchants/{cast.acme_id}/suspend", data={"reason": "为什么"}).status_code == 404


def test_the_list_is_narrowed_and_asks_the_same_for_many(
    app: Flask, admin: FlaskClient, cast: Cast, statements: Callable[[], Any]
) -> None:
    def asked() -> int:
        with statements() as said:
            assert admin.get("/console/merchants/").status_code == 200
        return len(said)

    short = asked()
    with app.app_context(), unit_of_work():
        for n in range(5):
            make.merchant(owner=make.account(), slug=f"more-{n}", name=f"更多布行{n}")
    assert asked() == short
    assert "南通百织" not in admin.get("/console/merchants/?q=兴隆").text
    assert "兴隆布行" in admin.get("/console/merchants/?q=兴隆").text
    assert "兴隆布行" not in admin.get("/console/merchants/?state=suspended").text
    assert "兴隆布行" not in admin.get("/console/merchants/?kind=trader").text


def test_the_market_sees_how_many_merchants_are_of_each_kind(app: Flask, cast: Cast) -> None:
    with app.app_context(), unit_of_work():
        make.merchant(owner=make.account(), slug="one-man", name="独行", kind=MerchantKind.TRADER)
    page = cast.admin.browser().get("/console/merchants/").text
    assert "生产厂家、代理商、经销商占 66.7%" in page
    assert ">个体商户 1</option>" in page
    assert ">生产厂家 2</option>" in page
