"""At the desk: who did what (RO2: the permission "See who did what")."""

from __future__ import annotations

from typing import Any

from flask import Flask

from marketplace.catalogue import services
from marketplace.kernel.db import unit_of_work
from tenants.merchants.services import suspend
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import goods

PAGE = "/desk/acme/deeds/"


def test_colleagues_and_the_market_are_told_apart_and_nobody_elses_deeds_are_shown(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        mine = goods.product(cast.acme_id, title={"zh_Hans": "靛蓝府绸"})
        goods.product(cast.rival_id, title={"zh_Hans": "别家的布"})
    owner = cast.owner.browser()
    assert owner.post(f"/desk/acme/products/{mine.id}/off").status_code == 303
    cast.admin.browser().post(f"/console/merchants/{cast.acme_id}/suspend", data={"reason": "资料待核实"})
    page = owner.get(PAGE).get_data(as_text=True)
    assert "商品下架" in page
    assert "靛蓝府绸" in page
    assert f"/desk/acme/products/{mine.id}" in page
    assert "资料待核实" in page
    assert "市场方" in page
    assert "别家的布" not in page
    assert "别家的布" in cast.rival_owner.browser().get("/desk/rival/deeds/").get_data(as_text=True)

    narrowed = owner.get(PAGE, query_string={"kind": "merchant"}).get_data(as_text=True)
    assert narrowed.count("资料待核实") == 2
    assert "靛蓝府绸" not in narrowed
    of_owner = owner.get(PAGE, query_string={"who": str(cast.owner.account_id)}).get_data(as_text=True)
    assert "商品下架" in of_owner
    assert (page.count("资料待核实"), of_owner.count("资料待核实")) == (2, 1)  # one in the bar above every page
    assert owner.get(PAGE, query_string={"kind": "ledger", "who": "x"}).status_code == 200


def test_roles_and_names_are_said_in_words(ctx: Flask, cast: Cast) -> None:
    owner = cast.owner.browser()
    owner.post("/desk/acme/staff/invite", data={"email": "new@example.com", "role": "warehouse"})
    page = owner.get(PAGE).get_data(as_text=True)
    assert "new@example.com · 仓库" in page


def test_only_those_with_the_permission_see_it(cast: Cast) -> None:
    assert cast.clerk.browser().get(PAGE).status_code == 403
    assert cast.rival_owner.browser().get(PAGE).status_code == 404
    assert "操作记录" not in cast.clerk.browser().get("/desk/acme/").get_data(as_text=True)
    assert "操作记录" in cast.owner.browser().get("/desk/acme/").get_data(as_text=True)


def test_a_page_of_deeds_costs_as_much_as_one_deed(ctx: Flask, cast: Cast, statements: Any) -> None:
    with unit_of_work():
        goods.product(cast.acme_id)
    owner = cast.owner.browser()
    owner.get(PAGE)
    with statements() as one:
        owner.get(PAGE)
    with unit_of_work():
        for _number in range(8):
            made = goods.product(cast.acme_id)
            with acting_for(cast.acme_id):
                services.take_off_sale(product_id=made.id)
        with working_on(Purpose.CONSOLE):
            suspend(merchant_id=cast.acme_id, reason="盘点")
    with statements() as many:
        owner.get(PAGE)
    assert len(many) == len(one)
