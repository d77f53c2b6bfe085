"""The market's own staff: product review, categories with their questions, brands (CA2, CA3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.catalogue import queries, services
from marketplace.catalogue.events import ProductRemoved, ProductTakenOff
from marketplace.catalogue.models import Attribute, Brand, Category, Product, ProductState
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.mail import Mail
from tenants.merchants.services import change_scopes
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import goods

HOME = "/console/catalogue"


@pytest.fixture
def waiting(ctx: Flask, cast: Cast) -> Product:
    with unit_of_work():
        made = goods.draft(cast.acme_id, goods.category(attributes=True).id)
        with acting_for(cast.acme_id):
            services.submit(product_id=made.id)
    db.session.remove()
    return made


def reread(product: Product, cast: Cast) -> Product:
    db.session.remove()
    with unit_of_work(), acting_for(cast.acme_id):
        return queries.get(product.id)


def test_approved_from_the_queue(waiting: Product, cast: Cast) -> None:
    browser = cast.admin.browser()
    assert "1 件商品待审核" in browser.get("/console/").get_data(as_text=True)
    assert waiting.title["zh_Hans"] in browser.get(f"{HOME}/products?state=in_review").get_data(as_text=True)
    assert browser.get(f"{HOME}/products/{waiting.id}").status_code == 200
    assert browser.post(f"{HOME}/products/{waiting.id}/approve").status_code == 303
    assert reread(waiting, cast).state is ProductState.ON_SALE
    assert browser.post(f"{HOME}/products/{waiting.id}/approve").status_code == 409


def test_sent_back_with_remarks_that_the_merchant_reads(waiting: Product, cast: Cast) -> None:
    browser = cast.admin.browser()
    answer = browser.post(f"{HOME}/products/{waiting.id}/reject", data={"note": "", "remark-pictures": "请换实拍图"})
    assert answer.status_code == 422
    assert "请写明原因" in answer.get_data(as_text=True)
    assert "请换实拍图" in answer.get_data(as_text=True)
    form = {"note": "图文不符", "remark-pictures": "请换实拍图"}
    assert browser.post(f"{HOME}/products/{waiting.id}/reject", data=form).status_code == 303
    assert reread(waiting, cast).state is ProductState.REJECTED
    desk = cast.owner.browser()
    page = desk.get(f"/desk/acme/products/{waiting.id}").get_data(as_text=True)
    assert "图文不符" in page
    assert "请换实拍图" in page
    assert "1 件商品被退回" in desk.get("/desk/acme/").get_data(as_text=True)


def test_decided_in_bulk(waiting: Product, cast: Cast) -> None:
    browser = cast.admin.browser()
    browser.post(f"{HOME}/products/bulk", data={"deed": "reject", "pick": str(waiting.id)})
    assert reread(waiting, cast).state is ProductState.IN_REVIEW
    browser.post(f"{HOME}/products/bulk", data={"deed": "approve", "pick": [str(waiting.id), "nonsense"]})
    assert reread(waiting, cast).state is ProductState.ON_SALE


def test_what_changed_since_it_was_read_is_not_decided(waiting: Product, cast: Cast) -> None:
    """CA3: nobody lets goods on the shelves, or sends them back, as they were not read."""
    browser = cast.admin.browser()
    page, queue = (browser.get(f"{HOME}/products{rest}").text for rest in (f"/{waiting.id}", "?state=in_review"))
    read = re.findall(rf'name="(seen(?:-{waiting.id})?)" value="([0-9]+)"', page + queue)
    assert {name for name, _value in read} == {"seen", f"seen-{waiting.id}"}
    with unit_of_work(), acting_for(cast.acme_id):
        queries.get(waiting.id).title = {"zh_Hans": "另一种布", "en": "Another cloth"}
    db.session.remove()
    for deed, more in (("approve", {}), ("reject", {"note": "图文不符"})):
        late = browser.post(f"{HOME}/products/{waiting.id}/{deed}", data=dict(read) | more)
        assert (late.status_code, "商家在您打开之后修改了" in late.text) == (409, True)
        bulk = dict(read) | more | {"deed": deed, "pick": str(waiting.id)}
        assert "商家在您打开之后修改了" in browser.post(f"{HOME}/products/bulk", data=bulk, follow_redirects=True).text
    assert reread(waiting, cast).state is ProductState.IN_REVIEW
    fresh = dict(re.findall(r'name="(seen)" value="([0-9]+)"', browser.get(f"{HOME}/products/{waiting.id}").text))
    assert browser.post(f"{HOME}/products/{waiting.id}/approve", data=fresh).status_code == 303


def test_a_refused_approval_leaves_nothing_behind(waiting: Product, cast: Cast, ctx: Flask) -> None:
    """MA5: outside the contract neither one by one nor in bulk, and not even as a line in the record of the review."""
    with unit_of_work():
        other = goods.category()
        with working_on(Purpose.CONSOLE):
            change_scopes(merchant_id=cast.acme_id, codes=[other.slug], reason="合同变更")
    browser, form = cast.admin.browser(), {"deed": "approve", "pick": str(waiting.id)}
    said = browser.post(f"{HOME}/products/bulk", data=form, follow_redirects=True).text
    assert "商家未获准经营" in said
    assert browser.post(f"{HOME}/products/{waiting.id}/approve").status_code == 409
    found = reread(waiting, cast)
    assert (found.state, found.approved_at, found.reviewed_at) == (ProductState.IN_REVIEW, None, None)
    with unit_of_work(), working_on(Purpose.CONSOLE):
        assert len(queries.reviews_of(waiting.id)) == 1


def test_a_category_with_a_question_of_its_own(ctx: Flask, cast: Cast) -> None:
    browser = cast.admin.browser()
    form = {"zh_Hans": "府绸", "en": "Poplin", "slug": "poplin"}
    assert browser.post(f"{HOME}/categories", data=form).status_code == 303
    assert "该标识已被使用" in browser.post(f"{HOME}/categories", data=form).get_data(as_text=True)
    assert browser.post(f"{HOME}/categories", data={**form, "slug": "A B"}).status_code == 422
    with unit_of_work():
        row = db.session.scalars(select(Category)).one()
    question = {"zh_Hans": "成分", "en": "Fibre", "code": "fibre", "kind": "choices", "match_role": "hard", "required": "1"}
    page = browser.post(f"{HOME}/categories/{row.id}/ask", data=question)
    assert (page.status_code, "请至少填写一个可选值" in page.get_data(as_text=True)) == (422, True)
    question["options"] = "cotton / 棉 / Cotton\n真丝 / Mulberry silk"
    assert browser.post(f"{HOME}/categories/{row.id}/ask", data=question).status_code == 303
    assert browser.post(f"{HOME}/categories/{row.id}/ask", data=question).status_code == 422
    with unit_of_work():
        asked = db.session.scalars(select(Attribute)).one()
        assert [option["value"] for option in asked.options] == ["cotton", "mulberry-silk"]
        assert [field.code for field in queries.schema_of(row.id)] == ["fibre"]
    assert browser.post(f"{HOME}/attributes/{asked.id}", data={**question, "zh_Hans": "纤维"}).status_code == 303
    assert "纤维" in browser.get(f"{HOME}/categories/{row.id}").get_data(as_text=True)
    assert browser.post(f"{HOME}/attributes/{asked.id}/close").status_code == 303
    assert browser.post(f"{HOME}/categories/{row.id}", data={"zh_Hans": "细布"}).status_code == 303
    assert browser.post(f"{HOME}/categories/{row.id}/close").status_code == 303
    assert "已停用" in browser.get(f"{HOME}/categories").get_data(as_text=True)


def test_a_category_with_goods_stays_open(waiting: Product, cast: Cast) -> None:
    assert cast.admin.browser().post(f"{HOME}/categories/{waiting.category_id}/close").status_code == 409


def test_brands(ctx: Flask, cast: Cast) -> None:
    browser = cast.admin.browser()
    assert browser.post(f"{HOME}/brands", data={"zh_Hans": "兴隆", "slug": "xinglong"}).status_code == 303
    assert browser.post(f"{HOME}/brands", data={"zh_Hans": "", "slug": "x"}).status_code == 422
    with unit_of_work():
        row = db.session.scalars(select(Brand)).one()
    assert browser.post(f"{HOME}/brands/{row.id}", data={"zh_Hans": "新兴隆"}).status_code == 303
    assert browser.post(f"{HOME}/brands/{row.id}", data={"zh_Hans": ""}).status_code == 422
    assert browser.post(f"{HOME}/brands/{row.id}/close").status_code == 303
    assert "新兴隆" in browser.get(f"{HOME}/brands").get_data(as_text=True)


def test_the_list_is_as_many_statements_for_one_as_for_many(waiting: Product, cast: Cast, statements: Any) -> None:
    browser = cast.admin.browser()
    counts = []
    for more in (0, 30):
        with unit_of_work():
            for _ in range(more):
                goods.draft(cast.acme_id, waiting.category_id)
        with statements() as said:
            assert browser.get(f"{HOME}/products").status_code == 200
        counts.append(len(said))
    assert counts[0] == counts[1]


def test_nobody_else_comes_in(waiting: Product, cast: Cast) -> None:
    for path in ("/products", f"/products/{waiting.id}", "/categories", "/brands", f"/categories/{waiting.category_id}"):
        assert cast.owner.browser().get(HOME + path).status_code == 404
    assert cast.owner.browser().post(f"{HOME}/products/{waiting.id}/approve").status_code == 404
    assert reread(waiting, cast).state is ProductState.IN_REVIEW


def test_the_market_takes_goods_off_the_shelves_with_a_reason(
    waiting: Product, cast: Cast, app: Flask, drain: Callable[[], int], announced: list[Any]
) -> None:
    market, page = cast.admin.browser(), f"{HOME}/products/{waiting.id}"
    market.post(f"{page}/approve")
    shop = waiting.code
    assert cast.buyer.browser().get(f"/p/{shop}").status_code == 200
    drain()

    assert market.post(f"{page}/reject", data={"note": " "}).status_code == 422
    assert cast.buyer.browser().get(f"/p/{shop}").status_code == 200
    assert "强制下架" in market.get(page).get_data(as_text=True)
    announced.clear()
    answer = market.post(f"{page}/reject", data={"note": "疑似假冒", "remark-pictures": "商标模糊"})
    assert answer.status_code == 303
    assert {ProductTakenOff, ProductRemoved} <= {type(fact) for fact in announced}
    assert reread(waiting, cast).state is ProductState.REJECTED
    assert cast.buyer.browser().get(f"/p/{shop}").status_code == 404
    desk = cast.owner.browser().get(f"/desk/acme/products/{waiting.id}").get_data(as_text=True)
    assert "市场已将该商品下架：疑似假冒" in desk
    assert "商标模糊" in desk
    drain()
    with unit_of_work():
        letters = {mail.to: mail.text for mail in db.session.scalars(select(Mail).where(Mail.kind == "product_removed"))}
    assert "疑似假冒" in letters["owner@example.com"]
    assert "warehouse@example.com" not in letters

    cast.owner.browser().post(f"/desk/acme/products/{waiting.id}/on")  # only another review brings it back
    assert reread(waiting, cast).state is ProductState.IN_REVIEW


def test_several_goods_are_taken_off_the_shelves_at_once(waiting: Product, cast: Cast) -> None:
    market = cast.admin.browser()
    market.post(f"{HOME}/products/{waiting.id}/approve")
    form = {"deed": "reject", "state": "on_sale", "pick": str(waiting.id), "note": ""}
    assert market.post(f"{HOME}/products/bulk", data=form).headers["Location"].endswith("state=on_sale")
    assert reread(waiting, cast).state is ProductState.ON_SALE
    market.post(f"{HOME}/products/bulk", data=form | {"note": "货不对板"})
    assert reread(waiting, cast).state is ProductState.REJECTED


def test_a_question_that_is_asked_no_longer_has_a_way_back(waiting: Product, cast: Cast) -> None:
    market = cast.admin.browser()
    with unit_of_work():
        asked = queries.attributes_of(waiting.category_id)[0].id
    page, home = f"{HOME}/attributes/{asked}", f"{HOME}/categories/{waiting.category_id}"
    assert "已停用的属性" not in market.get(home).get_data(as_text=True)
    market.post(f"{page}/close")
    assert f"/attributes/{asked}" in market.get(home).get_data(as_text=True).partition("已停用的属性")[2]
    assert "恢复使用" in market.get(page).get_data(as_text=True)
    market.post(f"{page}/close")
    with unit_of_work():
        assert asked in {one.id for one in queries.attributes_of(waiting.category_id)}


def test_deleted_goods_keep_no_category_open_and_come_back_as_drafts(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        kind = goods.category("velvet")
        made = goods.product(cast.acme_id, kind.id, attributes={})
        with acting_for(cast.acme_id):
            services.take_off_sale(product_id=made.id)
    market = cast.admin.browser()
    assert market.post(f"{HOME}/categories/{kind.id}/close").status_code == 409
    with unit_of_work(), acting_for(cast.acme_id):
        services.delete(product_id=made.id)
    assert market.post(f"{HOME}/categories/{kind.id}/close").status_code == 303
    db.session.remove()
    with unit_of_work(), acting_for(cast.acme_id):
        assert services.bring_back(product_id=made.id).state is ProductState.DRAFT


def test_a_category_counts_what_stands_below_it(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        top = goods.category("woollens")
        tweed = goods.category("tweed", parent=top)
        goods.draft(cast.acme_id, tweed.id, attributes={})
        gone = goods.product(cast.acme_id, tweed.id, attributes={})
        with acting_for(cast.acme_id):
            services.take_off_sale(product_id=gone.id)
            services.delete(product_id=gone.id)
    with unit_of_work(), working_on(Purpose.CONSOLE):
        assert queries.counts() == {"woollens": 1, "tweed": 1}
