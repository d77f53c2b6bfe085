"""Tests of the audit log at the desk (RO2: the permission "See who did what")."""

from __future__ import annotations

from typing import Any

from flask import Flask

from marketplace.catalogue import services
from marketplace.kernel.db import unit_of_work
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tenants.merchants.services import suspend_merchant
from tests.actors import Actors
from tests.factories import product_factory

PAGE = "/desk/acme/deeds/"


def test_desk_audit_log_shows_own_staff_and_platform_entries_only(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        product = product_factory.create_product(actors.acme_id, title={"zh_Hans": "靛蓝府绸"})
        product_factory.create_product(actors.rival_id, title={"zh_Hans": "别家的布"})
    owner = actors.owner.client()
    assert owner.post(f"/desk/acme/products/{product.id}/off").status_code == 303
    actors.admin.client().post(f"/console/merchants/{actors.acme_id}/suspend", data={"reason": "资料待核实"})
    page = owner.get(PAGE).get_data(as_text=True)
    assert "商品下架" in page
    assert "靛蓝府绸" in page
    assert f"/desk/acme/products/{product.id}" in page
    assert "资料待核实" in page
    assert "市场方" in page
    assert "别家的布" not in page
    assert "别家的布" in actors.rival_owner.client().get("/desk/rival/deeds/").get_data(as_text=True)

    filtered = owner.get(PAGE, query_string={"kind": "merchant"}).get_data(as_text=True)
    assert filtered.count("资料待核实") == 2
    assert "靛蓝府绸" not in filtered
    filtered_by_owner = owner.get(PAGE, query_string={"who": str(actors.owner.account_id)}).get_data(as_text=True)
    assert "商品下架" in filtered_by_owner
    assert (page.count("资料待核实"), filtered_by_owner.count("资料待核实")) == (2, 1)  # once in the bar of every page
    assert owner.get(PAGE, query_string={"kind": "ledger", "who": "x"}).status_code == 200


def test_desk_audit_log_describes_roles(ctx: Flask, actors: Actors) -> None:
    owner = actors.owner.client()
    owner.post("/desk/acme/staff/invite", data={"email": "new@example.com", "role": "warehouse"})
    page = owner.get(PAGE).get_data(as_text=True)
    assert "new@example.com · 仓库" in page


def test_desk_audit_log_requires_permission(actors: Actors) -> None:
    assert actors.clerk.client().get(PAGE).status_code == 403
    assert actors.rival_owner.client().get(PAGE).status_code == 404
    assert "操作记录" not in actors.clerk.client().get("/desk/acme/").get_data(as_text=True)
    assert "操作记录" in actors.owner.client().get("/desk/acme/").get_data(as_text=True)


def test_desk_audit_log_query_count_is_constant(ctx: Flask, actors: Actors, record_statements: Any) -> None:
    with unit_of_work():
        product_factory.create_product(actors.acme_id)
    owner = actors.owner.client()
    owner.get(PAGE)
    with record_statements() as expected:
        owner.get(PAGE)
    with unit_of_work():
        for _number in range(8):
            product = product_factory.create_product(actors.acme_id)
            with as_merchant(actors.acme_id):
                services.unpublish_product(product_id=product.id)
        with with_purpose(AccessPurpose.CONSOLE):
            suspend_merchant(merchant_id=actors.acme_id, reason="盘点")
    with record_statements() as recorded:
        owner.get(PAGE)
    assert len(recorded) == len(expected)
