"""Console pages of the catalogue: Online product review (CA3), Category and brand management (CA2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.catalogue import queries, services
from marketplace.catalogue.events import ProductRemovedByPlatform, ProductUnpublished
from marketplace.catalogue.models import Attribute, Brand, Category, Product, ProductState
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.mail import Email
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tenants.merchants.services import change_scopes
from tests.actors import Actors
from tests.factories import product_factory

CATALOGUE_URL = "/console/catalogue"


@pytest.fixture
def submitted_product(ctx: Flask, actors: Actors) -> Product:
    with unit_of_work():
        product = product_factory.create_draft(actors.acme_id, product_factory.create_category(attributes=True).id)
        with as_merchant(actors.acme_id):
            services.submit_for_review(product_id=product.id)
    db.session.remove()
    return product


def reload_product(product: Product, actors: Actors) -> Product:
    db.session.remove()
    with unit_of_work(), as_merchant(actors.acme_id):
        return queries.get_product(product.id)


def test_approve_product_from_review_queue(submitted_product: Product, actors: Actors) -> None:
    browser = actors.admin.client()
    assert "1 件商品待审核" in browser.get("/console/").get_data(as_text=True)
    assert submitted_product.title["zh_Hans"] in browser.get(f"{CATALOGUE_URL}/products?state=in_review").get_data(as_text=True)
    assert browser.get(f"{CATALOGUE_URL}/products/{submitted_product.id}").status_code == 200
    assert browser.post(f"{CATALOGUE_URL}/products/{submitted_product.id}/approve").status_code == 303
    assert reload_product(submitted_product, actors).state is ProductState.ON_SALE
    assert browser.post(f"{CATALOGUE_URL}/products/{submitted_product.id}/approve").status_code == 409


def test_reject_product_shows_comments_to_merchant(submitted_product: Product, actors: Actors) -> None:
    browser = actors.admin.client()
    response = browser.post(
        f"{CATALOGUE_URL}/products/{submitted_product.id}/reject", data={"note": "", "remark-pictures": "请换实拍图"}
    )
    assert response.status_code == 422
    assert "请写明原因" in response.get_data(as_text=True)
    assert "请换实拍图" in response.get_data(as_text=True)
    form = {"note": "图文不符", "remark-pictures": "请换实拍图"}
    assert browser.post(f"{CATALOGUE_URL}/products/{submitted_product.id}/reject", data=form).status_code == 303
    assert reload_product(submitted_product, actors).state is ProductState.REJECTED
    desk = actors.owner.client()
    page = desk.get(f"/desk/acme/products/{submitted_product.id}").get_data(as_text=True)
    assert page.count("图文不符") == 2  # the notice and the review log
    assert "请换实拍图" in page
    assert "1 件商品被退回" in desk.get("/desk/acme/").get_data(as_text=True)


def test_bulk_review_decides_picked_products(submitted_product: Product, actors: Actors) -> None:
    browser = actors.admin.client()
    browser.post(f"{CATALOGUE_URL}/products/bulk", data={"deed": "reject", "pick": str(submitted_product.id)})
    assert reload_product(submitted_product, actors).state is ProductState.IN_REVIEW
    browser.post(f"{CATALOGUE_URL}/products/bulk", data={"deed": "approve", "pick": [str(submitted_product.id), "nonsense"]})
    assert reload_product(submitted_product, actors).state is ProductState.ON_SALE


def test_review_of_changed_product_returns_409(submitted_product: Product, actors: Actors) -> None:
    """A product that changed after the reviewer opened it can be neither approved nor rejected (Online product review, CA3)."""
    browser = actors.admin.client()
    page, queue = (
        browser.get(f"{CATALOGUE_URL}/products{suffix}").text for suffix in (f"/{submitted_product.id}", "?state=in_review")
    )
    versions_read = re.findall(rf'name="(seen(?:-{submitted_product.id})?)" value="([0-9]+)"', page + queue)
    assert {name for name, _value in versions_read} == {"seen", f"seen-{submitted_product.id}"}
    with unit_of_work(), as_merchant(actors.acme_id):
        queries.get_product(submitted_product.id).title = {"zh_Hans": "另一种布", "en": "Another cloth"}
    db.session.remove()
    for action, extra in (("approve", {}), ("reject", {"note": "图文不符"})):
        stale_response = browser.post(
            f"{CATALOGUE_URL}/products/{submitted_product.id}/{action}", data=dict(versions_read) | extra
        )
        assert (stale_response.status_code, "商家在您打开之后修改了" in stale_response.text) == (409, True)
        bulk = dict(versions_read) | extra | {"deed": action, "pick": str(submitted_product.id)}
        assert "商家在您打开之后修改了" in browser.post(f"{CATALOGUE_URL}/products/bulk", data=bulk, follow_redirects=True).text
    assert reload_product(submitted_product, actors).state is ProductState.IN_REVIEW
    current_version = dict(
        re.findall(r'name="(seen)" value="([0-9]+)"', browser.get(f"{CATALOGUE_URL}/products/{submitted_product.id}").text)
    )
    assert browser.post(f"{CATALOGUE_URL}/products/{submitted_product.id}/approve", data=current_version).status_code == 303


def test_failed_approval_writes_nothing(submitted_product: Product, actors: Actors, ctx: Flask) -> None:
    """Outside the business scope (MA5), neither single nor bulk approval succeeds, and no review step is logged."""
    with unit_of_work():
        other = product_factory.create_category()
        with with_purpose(AccessPurpose.CONSOLE):
            change_scopes(merchant_id=actors.acme_id, codes=[other.slug], reason="合同变更")
    browser, form = actors.admin.client(), {"deed": "approve", "pick": str(submitted_product.id)}
    page = browser.post(f"{CATALOGUE_URL}/products/bulk", data=form, follow_redirects=True).text
    assert "商家未获准经营" in page
    assert browser.post(f"{CATALOGUE_URL}/products/{submitted_product.id}/approve").status_code == 409
    reloaded = reload_product(submitted_product, actors)
    assert (reloaded.state, reloaded.approved_at, reloaded.reviewed_at) == (ProductState.IN_REVIEW, None, None)
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        assert len(queries.list_reviews(submitted_product.id)) == 1


def test_create_category_with_attribute(ctx: Flask, actors: Actors) -> None:
    browser = actors.admin.client()
    form = {"zh_Hans": "府绸", "en": "Poplin", "slug": "poplin"}
    assert browser.post(f"{CATALOGUE_URL}/categories", data=form).status_code == 303
    assert "该标识已被使用" in browser.post(f"{CATALOGUE_URL}/categories", data=form).get_data(as_text=True)
    assert browser.post(f"{CATALOGUE_URL}/categories", data={**form, "slug": "A B"}).status_code == 422
    with unit_of_work():
        row = db.session.scalars(select(Category)).one()
    attribute_form = {
        "zh_Hans": "成分",
        "en": "Fibre",
        "code": "fibre",
        "kind": "choices",
        "match_role": "hard",
        "required": "1",
    }
    page = browser.post(f"{CATALOGUE_URL}/categories/{row.id}/ask", data=attribute_form)
    assert (page.status_code, "请至少填写一个可选值" in page.get_data(as_text=True)) == (422, True)
    attribute_form["options"] = "cotton / 棉 / Cotton\n真丝 / Mulberry silk"
    assert browser.post(f"{CATALOGUE_URL}/categories/{row.id}/ask", data=attribute_form).status_code == 303
    assert browser.post(f"{CATALOGUE_URL}/categories/{row.id}/ask", data=attribute_form).status_code == 422
    with unit_of_work():
        attribute = db.session.scalars(select(Attribute)).one()
        assert [option["value"] for option in attribute.options] == ["cotton", "mulberry-silk"]
        assert [field.code for field in queries.get_schema(row.id)] == ["fibre"]
    assert (
        browser.post(f"{CATALOGUE_URL}/attributes/{attribute.id}", data={**attribute_form, "zh_Hans": "纤维"}).status_code
        == 303
    )
    assert "纤维" in browser.get(f"{CATALOGUE_URL}/categories/{row.id}").get_data(as_text=True)
    assert browser.post(f"{CATALOGUE_URL}/attributes/{attribute.id}/close").status_code == 303
    assert browser.post(f"{CATALOGUE_URL}/categories/{row.id}", data={"zh_Hans": "细布"}).status_code == 303
    assert browser.post(f"{CATALOGUE_URL}/categories/{row.id}/close").status_code == 303
    assert "已停用" in browser.get(f"{CATALOGUE_URL}/categories").get_data(as_text=True)


def test_close_category_with_products_returns_409(submitted_product: Product, actors: Actors) -> None:
    assert actors.admin.client().post(f"{CATALOGUE_URL}/categories/{submitted_product.category_id}/close").status_code == 409


def test_brands_are_created_renamed_and_closed(ctx: Flask, actors: Actors) -> None:
    browser = actors.admin.client()
    assert browser.post(f"{CATALOGUE_URL}/brands", data={"zh_Hans": "兴隆", "slug": "xinglong"}).status_code == 303
    assert browser.post(f"{CATALOGUE_URL}/brands", data={"zh_Hans": "", "slug": "x"}).status_code == 422
    with unit_of_work():
        row = db.session.scalars(select(Brand)).one()
    assert browser.post(f"{CATALOGUE_URL}/brands/{row.id}", data={"zh_Hans": "新兴隆"}).status_code == 303
    assert browser.post(f"{CATALOGUE_URL}/brands/{row.id}", data={"zh_Hans": ""}).status_code == 422
    assert browser.post(f"{CATALOGUE_URL}/brands/{row.id}/close").status_code == 303
    assert "新兴隆" in browser.get(f"{CATALOGUE_URL}/brands").get_data(as_text=True)


def test_product_list_statement_count_is_constant(submitted_product: Product, actors: Actors, record_statements: Any) -> None:
    browser = actors.admin.client()
    counts = []
    for added in (0, 30):
        with unit_of_work():
            for _ in range(added):
                product_factory.create_draft(actors.acme_id, submitted_product.category_id)
        with record_statements() as executed:
            assert browser.get(f"{CATALOGUE_URL}/products").status_code == 200
        counts.append(len(executed))
    assert counts[0] == counts[1]


def test_console_pages_require_platform_staff(submitted_product: Product, actors: Actors) -> None:
    for path in (
        "/products",
        f"/products/{submitted_product.id}",
        "/categories",
        "/brands",
        f"/categories/{submitted_product.category_id}",
    ):
        assert actors.owner.client().get(CATALOGUE_URL + path).status_code == 404
    assert actors.owner.client().post(f"{CATALOGUE_URL}/products/{submitted_product.id}/approve").status_code == 404
    assert reload_product(submitted_product, actors).state is ProductState.IN_REVIEW


def test_reject_product_on_sale_removes_it_and_emails_merchant(
    submitted_product: Product, actors: Actors, app: Flask, drain_outbox: Callable[[], int], published_events: list[Any]
) -> None:
    platform_client, page = actors.admin.client(), f"{CATALOGUE_URL}/products/{submitted_product.id}"
    platform_client.post(f"{page}/approve")
    product_code = submitted_product.code
    assert actors.buyer.client().get(f"/p/{product_code}").status_code == 200
    drain_outbox()

    assert platform_client.post(f"{page}/reject", data={"note": " "}).status_code == 422
    assert actors.buyer.client().get(f"/p/{product_code}").status_code == 200
    assert "强制下架" in platform_client.get(page).get_data(as_text=True)
    published_events.clear()
    response = platform_client.post(f"{page}/reject", data={"note": "疑似假冒", "remark-pictures": "商标模糊"})
    assert response.status_code == 303
    assert {ProductUnpublished, ProductRemovedByPlatform} <= {type(event) for event in published_events}
    assert reload_product(submitted_product, actors).state is ProductState.REJECTED
    assert actors.buyer.client().get(f"/p/{product_code}").status_code == 404
    desk = actors.owner.client().get(f"/desk/acme/products/{submitted_product.id}").get_data(as_text=True)
    assert "市场已将该商品下架：疑似假冒" in desk
    assert "商标模糊" in desk
    drain_outbox()
    with unit_of_work():
        emails = {mail.to: mail.text for mail in db.session.scalars(select(Email).where(Email.kind == "product_removed"))}
    assert "疑似假冒" in emails["owner@example.com"]
    assert "warehouse@example.com" not in emails

    actors.owner.client().post(f"/desk/acme/products/{submitted_product.id}/on")  # only another review brings it back
    assert reload_product(submitted_product, actors).state is ProductState.IN_REVIEW


def test_bulk_reject_removes_products_on_sale(submitted_product: Product, actors: Actors) -> None:
    platform_client = actors.admin.client()
    platform_client.post(f"{CATALOGUE_URL}/products/{submitted_product.id}/approve")
    form = {"deed": "reject", "state": "on_sale", "pick": str(submitted_product.id), "note": ""}
    assert platform_client.post(f"{CATALOGUE_URL}/products/bulk", data=form).headers["Location"].endswith("state=on_sale")
    assert reload_product(submitted_product, actors).state is ProductState.ON_SALE
    platform_client.post(f"{CATALOGUE_URL}/products/bulk", data=form | {"note": "货不对板"})
    assert reload_product(submitted_product, actors).state is ProductState.REJECTED


def test_closed_attribute_can_be_reopened(submitted_product: Product, actors: Actors) -> None:
    platform_client = actors.admin.client()
    with unit_of_work():
        attribute_id = queries.list_attributes(submitted_product.category_id)[0].id
    page, home = f"{CATALOGUE_URL}/attributes/{attribute_id}", f"{CATALOGUE_URL}/categories/{submitted_product.category_id}"
    assert "已停用的属性" not in platform_client.get(home).get_data(as_text=True)
    platform_client.post(f"{page}/close")
    assert f"/attributes/{attribute_id}" in platform_client.get(home).get_data(as_text=True).partition("已停用的属性")[2]
    assert "恢复使用" in platform_client.get(page).get_data(as_text=True)
    platform_client.post(f"{page}/close")
    with unit_of_work():
        assert attribute_id in {attribute.id for attribute in queries.list_attributes(submitted_product.category_id)}


def test_deleted_products_do_not_block_category_close(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        category = product_factory.create_category("velvet")
        product = product_factory.create_product(actors.acme_id, category.id, attributes={})
        with as_merchant(actors.acme_id):
            services.unpublish_product(product_id=product.id)
    platform_client = actors.admin.client()
    assert platform_client.post(f"{CATALOGUE_URL}/categories/{category.id}/close").status_code == 409
    with unit_of_work(), as_merchant(actors.acme_id):
        services.delete_product(product_id=product.id)
    assert platform_client.post(f"{CATALOGUE_URL}/categories/{category.id}/close").status_code == 303
    db.session.remove()
    with unit_of_work(), as_merchant(actors.acme_id):
        assert services.restore_product(product_id=product.id).state is ProductState.DRAFT


def test_count_products_by_category_includes_descendants(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        top = product_factory.create_category("woollens")
        tweed = product_factory.create_category("tweed", parent=top)
        product_factory.create_draft(actors.acme_id, tweed.id, attributes={})
        deleted = product_factory.create_product(actors.acme_id, tweed.id, attributes={})
        with as_merchant(actors.acme_id):
            services.unpublish_product(product_id=deleted.id)
            services.delete_product(product_id=deleted.id)
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        assert queries.count_products_by_category() == {"woollens": 1, "tweed": 1}
