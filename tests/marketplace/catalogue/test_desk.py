"""Desk pages of the catalogue: product list, editor, bulk actions, export."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image
from werkzeug.datastructures import FileStorage, MultiDict

from marketplace.catalogue import queries, services
from marketplace.catalogue.models import Product, ProductState
from marketplace.catalogue.views import product_media
from marketplace.kernel.db import db, unit_of_work
from tenants.access.permissions import ROLE_PERMISSIONS, Permission, StaffRole
from tenants.isolation import as_merchant
from tests.actors import Actors
from tests.factories import product_factory

PRODUCTS_URL = "/desk/acme/products"


def form_data(product: Product | None = None, **values: Any) -> MultiDict[str, Any]:
    form: dict[str, Any] = {
        "title-zh_Hans": "靛蓝全棉府绸",
        "title-en": "Indigo cotton poplin",
        "description-zh_Hans": "精梳棉府绸，40支纱线，手感柔软，适合衬衫与连衣裙。",
        "unit": "metre",
        "lead_days": "3",
        "tiers-0-from": "1",
        "tiers-0-price": "18.50",
        "tiers-1-from": "100",
        "tiers-1-price": "16.50",
        "variants-0-sku": "YB-1",
        "variants-0-options": "{}",
        "variants-0-min": "2",
        "variants-0-step": "0.5",
        "variants-0-weight": "220",
    }
    if product is not None:
        form |= {"category": str(product.category_id), "version": str(product.version)}
        form |= {"variants-0-id": str(product.variants[0].id), "variants-0-sku": product.variants[0].sku}
    return MultiDict({**form, **values})


@pytest.fixture
def draft(ctx: Flask, actors: Actors) -> Product:
    with unit_of_work():
        product = product_factory.create_draft(actors.acme_id, product_factory.create_category(attributes=True).id)
    db.session.remove()
    return product


def reload_product(product: Product, actors: Actors) -> Product:
    db.session.remove()
    with unit_of_work(), as_merchant(actors.acme_id):
        return queries.get_product(product.id)


def test_error_summary_deduplicates_variant_errors(draft: Product, actors: Actors) -> None:
    rows = {
        f"variants-{n}-{name}": value
        for n in range(63)
        for name, value in {"sku": "", "options": f'{{"colour": "c{n}"}}', "min": "2", "step": "0.5", "weight": "1"}.items()
    }
    axes = {"axes-0-zh_Hans": "颜色", "axes-0-en": "", "axes-0-values": "\n".join(f"c{n}" for n in range(63))}
    page = actors.owner.client().post(f"{PRODUCTS_URL}/new", data=form_data(**axes, **rows, category=str(draft.category_id)))
    assert page.status_code == 422
    summary = page.text.partition('class="errors"')[2].partition("</ul>")[0]
    assert summary.count("请填写货号。") == 1
    assert "货号 · 63 个规格" in summary
    assert page.text.count("请填写货号。") == 64  # the summary and each field
    single_response = actors.owner.client().post(
        f"{PRODUCTS_URL}/new", data=form_data(**{"variants-0-sku": "布 料"}, category=str(draft.category_id))
    )
    assert "只能使用字母、数字" in single_response.text


def test_product_list_statement_count_is_constant(ctx: Flask, actors: Actors, record_statements: Any) -> None:
    browser = actors.owner.client()
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        product_factory.create_draft(actors.acme_id, category.id)
    counts = []
    for added in (0, 30):
        with unit_of_work():
            for _ in range(added):
                product_factory.create_draft(actors.acme_id, category.id)
        with record_statements() as executed:
            page = browser.get(f"{PRODUCTS_URL}/")
        assert page.status_code == 200
        counts.append(len(executed))
    assert page.get_data(as_text=True).count('name="pick"') == 31
    assert counts[0] == counts[1]


def test_create_product_with_picture(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
    browser = actors.owner.client()
    assert browser.get(f"{PRODUCTS_URL}/new").status_code == 200
    picture = io.BytesIO()
    Image.new("RGB", (900, 900), "#2a4a8a").save(picture, "JPEG")
    picture.seek(0)
    form = form_data(category=str(category.id), pictures=FileStorage(picture, filename="cloth.jpg"))
    form.setlist("attr-fibre", ["cotton", "silk"])
    response = browser.post(f"{PRODUCTS_URL}/new", data=form)
    assert response.status_code == 303
    page = browser.get(response.location).get_data(as_text=True)
    assert "靛蓝全棉府绸" in page
    assert "市场要求的内容已齐全" in page
    with unit_of_work(), as_merchant(actors.acme_id):
        saved = queries.get_product(re.search(r"products/([0-9a-f-]{36})", response.location)[1])  # type: ignore[index,arg-type]
        assert (saved.price_low, saved.price_high, str(saved.from_quantity)) == (1650, 1850, "2.000")
        assert saved.attributes == {"fibre": ["cotton", "silk"], "stretch": False}
        assert [(p.width, p.position) for p in saved.pictures] == [(900, 0)]


@pytest.mark.parametrize(
    ("invalid_fields", "message"),
    [
        ({"tiers-0-price": "abc"}, "请填写类似 18.50 的价格"),
        ({"variants-0-sku": "a b"}, "只能使用字母、数字"),
        ({"variants-0-min": "many"}, "请填写数字"),
        ({"lead_days": "soon"}, "请填写天数"),
        ({"title-zh_Hans": "", "title-en": ""}, "请填写商品名"),
        ({"attr-weight": "5"}, "不得小于 10 g/m²"),
        ({"tiers-1-price": "19.50"}, "数量越多，单价不应越高"),
        ({"category": ""}, "请选择类目"),
    ],
)
def test_save_with_invalid_field_shows_error_and_preserves_input(
    draft: Product, actors: Actors, invalid_fields: dict[str, str], message: str
) -> None:
    response = actors.owner.client().post(f"{PRODUCTS_URL}/{draft.id}", data=form_data(draft, **invalid_fields))
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert message in page
    assert 'value="16.50"' in page or "tiers-1-price" in invalid_fields
    assert reload_product(draft, actors).title == draft.title


def test_error_summary_lists_all_errors_in_page_order(draft: Product, actors: Actors) -> None:
    invalid_fields = {"title-zh_Hans": "长" * 201, "tiers-1-price": "", "variants-0-step": "-0.5", "attr-weight": "5"}
    page = (
        actors.owner.client().post(f"{PRODUCTS_URL}/{draft.id}", data=form_data(draft, **invalid_fields)).get_data(as_text=True)
    )
    summary = page.partition('class="errors"')[2].partition("</div>")[0]
    fields = re.findall(r'href="#([^"]+)"', summary)
    assert fields == ["f-title-zh_Hans", "f-attr-weight", "f-tiers-1-price", "f-variants.0.step"]
    assert "中文名称：最多 200 个字" in summary
    for field in fields:
        assert f'id="{field}"' in page, field
    expected_inputs = {'name="tiers-1-from" value="100"', 'name="variants-0-step" value="-0.5"', f'value="{"长" * 201}"'}
    assert {expected_input for expected_input in expected_inputs if expected_input not in page} == set()


def test_invalid_picture_shows_field_error(draft: Product, actors: Actors) -> None:
    form = form_data(draft, pictures=FileStorage(io.BytesIO(b"<svg/>"), filename="x.svg"))
    response = actors.owner.client().post(f"{PRODUCTS_URL}/{draft.id}", data=form)
    assert response.status_code == 422
    assert "请选择 JPEG、PNG 或 WebP 格式的图片" in response.get_data(as_text=True)


@pytest.mark.parametrize("failing_fields", [{"deed": "generate"}, {"variants-0-sku": "a b"}, {"tiers-0-price": "abc"}])
def test_uploaded_pictures_survive_form_errors(draft: Product, actors: Actors, failing_fields: dict[str, str]) -> None:
    """Browsers do not resubmit files: uploads are stored and shown, and attached when the product is saved."""
    browser, picture_count = actors.owner.client(), len(draft.pictures)
    page = browser.post(
        f"{PRODUCTS_URL}/{draft.id}",
        data=form_data(draft, pictures=[make_picture_upload("#2a4a8a"), make_picture_upload("#8a2a4a")], **failing_fields),
    ).text
    assert "已保留 2 张新图片" in page
    tokens = re.findall(r'name="fresh" value="([^"]+)"', page)
    assert len(tokens) == 2
    video_fields = {"video": FileStorage(io.BytesIO(b"x"), filename="a.mp4")}
    page = browser.post(
        f"{PRODUCTS_URL}/{draft.id}",
        data=form_data(draft, fresh=tokens, pictures=make_picture_upload("#4a8a2a"), **failing_fields, **video_fields),
    ).text
    assert "已保留 3 张新图片" in page
    assert re.search('id="f-video"[^>]+aria-invalid', page)
    assert ("视频没有保留，请重新选择。" in page) is (
        "variants-0-sku" not in failing_fields
    )  # in this case the video was checked and rejected
    tokens = re.findall(r'name="fresh" value="([^"]+)"', page)
    form = form_data(draft, fresh=[*tokens, "forged", tokens[0][:-2]], **{"fresh-2-gone": "1"})
    assert browser.post(f"{PRODUCTS_URL}/{draft.id}", data=form).status_code == 303
    assert len(reload_product(draft, actors).pictures) == picture_count + 2
    assert product_media.receive_pictures(MultiDict({"fresh": tokens}), [], actors.rival_id).pictures == ()


def make_picture_upload(colour: str) -> FileStorage:
    picture = io.BytesIO()
    Image.new("RGB", (900, 900), colour).save(picture, "JPEG")
    picture.seek(0)
    return FileStorage(picture, filename="cloth.jpg")


def test_concurrent_edit_shows_conflict_and_preserves_input(draft: Product, actors: Actors) -> None:
    browser = actors.owner.client()
    assert browser.post(f"{PRODUCTS_URL}/{draft.id}", data=form_data(draft)).status_code == 303
    response = browser.post(f"{PRODUCTS_URL}/{draft.id}", data=form_data(draft, **{"title-zh_Hans": "另一个名字"}))
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "已有人保存了该商品" in page
    assert "另一个名字" in page
    assert reload_product(draft, actors).title["zh_Hans"] == "靛蓝全棉府绸"


def test_generate_variants_from_axes(draft: Product, actors: Actors) -> None:
    axes = {"axes-0-zh_Hans": "颜色", "axes-0-en": "Colour", "axes-0-values": "藏青 / Navy\n米白 / Ecru"}
    width = {"axes-1-zh_Hans": "门幅", "axes-1-values": "150 厘米 / 150 cm\n280 厘米"}
    form = form_data(draft, deed="generate", reference="YB", **axes, **width)
    page = actors.owner.client().post(f"{PRODUCTS_URL}/{draft.id}", data=form).get_data(as_text=True)
    assert re.findall(r'name="variants-\d+-sku" value="([^"]+)"', page) == ["YB-01", "YB-02", "YB-03", "YB-04"]
    assert "藏青 · 150 厘米" in page
    assert len(reload_product(draft, actors).variants) == 1


def test_bulk_unpublish_and_undo(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        created = [product_factory.create_product(actors.acme_id, category.id) for _ in range(2)]
    browser = actors.owner.client()
    response = browser.post(
        f"{PRODUCTS_URL}/bulk", data={"deed": "off", "pick": [str(product.id) for product in created]}, follow_redirects=True
    )
    assert "撤销" in response.get_data(as_text=True)
    assert [reload_product(product, actors).state for product in created] == [ProductState.OFF_SALE] * 2
    browser.post(f"{PRODUCTS_URL}/bulk", data={"deed": "on", "pick": [str(product.id) for product in created]})
    assert [reload_product(product, actors).state for product in created] == [ProductState.ON_SALE] * 2
    assert "撤销" not in browser.get(f"{PRODUCTS_URL}/").get_data(as_text=True)


@pytest.mark.parametrize("action", ["submit", "on"])
def test_incomplete_product_stays_draft(ctx: Flask, actors: Actors, action: str) -> None:
    """A rejected submission, single or in bulk, does not enter the review queue (Online product review, CA3)."""
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        incomplete, complete = (
            product_factory.create_draft(actors.acme_id, category.id, attributes={}),
            product_factory.create_draft(actors.acme_id, category.id),
        )
    browser = actors.owner.client()
    browser.post(f"{PRODUCTS_URL}/bulk", data={"deed": action, "pick": [str(incomplete.id), str(complete.id)]})
    browser.post(f"{PRODUCTS_URL}/{incomplete.id}/submit")
    assert [reload_product(product, actors).state for product in (incomplete, complete)] == [
        ProductState.DRAFT,
        ProductState.IN_REVIEW,
    ]


def test_preview_submit_and_withdraw(ctx: Flask, draft: Product, actors: Actors) -> None:
    browser = actors.owner.client()
    assert browser.get(f"{PRODUCTS_URL}/{draft.id}/preview").status_code == 200
    browser.post(f"{PRODUCTS_URL}/{draft.id}/submit")
    assert reload_product(draft, actors).state is ProductState.IN_REVIEW
    browser.post(f"{PRODUCTS_URL}/{draft.id}/withdraw")
    assert reload_product(draft, actors).state is ProductState.DRAFT
    assert browser.post(f"{PRODUCTS_URL}/{draft.id}/discard").status_code == 409


def test_editor_without_price_permission_cannot_change_prices(
    draft: Product, actors: Actors, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {(tier.variant_id, tier.from_quantity): tier.price for tier in reload_product(draft, actors).tiers}
    manager = actors.owner.client()
    monkeypatch.setitem(ROLE_PERMISSIONS, StaffRole.OWNER, ROLE_PERMISSIONS[StaffRole.OWNER] - {Permission.PRICES_EDIT})
    page = manager.get(f"{PRODUCTS_URL}/{draft.id}").get_data(as_text=True)
    assert "修改价格请联系有改价权限的同事" in page
    assert re.search(r'name="tiers-0-price" value="[\d.]+"', page)
    form = form_data(draft, **{"title-zh_Hans": "换个名字的府绸", "tiers-0-price": "1.00", "variants-0-prices": "0.50"})
    assert manager.post(f"{PRODUCTS_URL}/{draft.id}", data=form).status_code == 303
    after = reload_product(draft, actors)
    assert after.title["zh_Hans"] == "换个名字的府绸"
    assert {(tier.variant_id, tier.from_quantity): tier.price for tier in after.tiers} == before
    response = manager.post(
        f"{PRODUCTS_URL}/new", data=form_data(**{"category": str(draft.category_id), "variants-0-sku": "NEW-9"})
    )
    assert response.status_code == 303
    with unit_of_work(), as_merchant(actors.acme_id):
        assert queries.find_by_skus(["NEW-9"], merchant_id=actors.acme_id)["NEW-9"].tiers == []


def test_delete_and_restore_product(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        product = product_factory.create_product(actors.acme_id, title={"zh_Hans": "旧款棉布"})
    browser, page = actors.owner.client(), f"{PRODUCTS_URL}/{product.id}"
    assert browser.post(f"{page}/delete").status_code == 409  # it is on sale
    assert "已删除" not in browser.get(f"{PRODUCTS_URL}/").get_data(as_text=True)
    browser.post(f"{page}/off")
    assert browser.post(f"{page}/delete").status_code == 303
    assert reload_product(product, actors).state is ProductState.DELETED
    assert browser.get(f"{PRODUCTS_URL}/").get_data(as_text=True).count("旧款棉布") == 0
    assert "旧款棉布" in browser.get(f"{PRODUCTS_URL}/?state=deleted").get_data(as_text=True)
    assert "旧款棉布" not in browser.get(f"{PRODUCTS_URL}/export.csv").get_data(as_text=True)
    assert "旧款棉布" not in browser.get("/desk/acme/stock/").get_data(as_text=True)
    assert actors.buyer.client().get(f"/p/{product.code}").status_code == 404
    assert browser.post(f"{page}/on").status_code == 409
    assert "恢复" in browser.get(page).get_data(as_text=True)
    assert browser.post(f"{page}/bring-back").status_code == 303
    assert reload_product(product, actors).state is ProductState.OFF_SALE
    browser.post(f"{PRODUCTS_URL}/bulk", data={"deed": "delete", "pick": str(product.id)})
    assert reload_product(product, actors).state is ProductState.DELETED
    with unit_of_work(), as_merchant(actors.acme_id):
        deleted = queries.get_product(product.id)
        data = services.editing.product_input_of(product=deleted)
        services.save_product(merchant_id=actors.acme_id, data=data, product_id=product.id)  # as an import with its SKU does
    assert reload_product(product, actors).state is ProductState.OFF_SALE


def test_deleted_product_with_stock_stays_in_stock_list(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        product = product_factory.create_product(actors.acme_id, title={"zh_Hans": "旧款棉布"}, on_hand=7)
        with as_merchant(actors.acme_id):
            services.unpublish_product(product_id=product.id)
            services.delete_product(product_id=product.id)
    assert "旧款棉布" in actors.owner.client().get("/desk/acme/stock/").get_data(as_text=True)


def test_export_escapes_formulas(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        product_factory.create_draft(actors.acme_id, category.id, title={"zh_Hans": "=1+1 棉布", "en": "@cotton"})
        product_factory.create_draft(actors.rival_id, category.id)
    browser = actors.owner.client()
    text = browser.get(f"{PRODUCTS_URL}/export.csv").get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert len(rows) == 2
    assert rows[1][2:4] == ["'=1+1 棉布", "'@cotton"]
    assert browser.get(f"{PRODUCTS_URL}/export.xlsx").data[:2] == b"PK"


def test_desk_pages_require_membership_and_permission(draft: Product, actors: Actors) -> None:
    form = form_data(draft)
    for path in ("", f"/{draft.id}", f"/{draft.id}/preview", "/export.csv"):
        assert actors.rival_owner.client().get(f"{PRODUCTS_URL}/{path.lstrip('/')}").status_code == 404
    assert actors.rival_owner.client().post(f"/desk/rival/products/{draft.id}", data=form).status_code == 404
    assert actors.clerk.client().get(f"{PRODUCTS_URL}/").status_code == 200
    assert actors.clerk.client().post(f"{PRODUCTS_URL}/{draft.id}", data=form).status_code == 403
    assert actors.clerk.client().post(f"{PRODUCTS_URL}/{draft.id}/submit").status_code == 403
    assert actors.clerk.client().post(f"{PRODUCTS_URL}/{draft.id}/delete").status_code == 403
    assert reload_product(draft, actors).version == 1


@pytest.mark.parametrize("long", [False, True])
def test_duplicate_adds_copy_suffix_per_language(draft: Product, actors: Actors, long: bool) -> None:
    titles = {"zh_Hans": "长" * 200, "en": "x" * 200} if long else {"zh_Hans": "细条纹府绸", "en": "Fine striped poplin"}
    with unit_of_work(), as_merchant(actors.acme_id):
        queries.get_product(draft.id).title = titles
    response = actors.owner.client().post(f"/desk/acme/products/{draft.id}/copy")
    assert response.status_code == 303
    with unit_of_work(), as_merchant(actors.acme_id):
        copy = queries.get_product(UUID(response.location.rpartition("/")[2].partition("?")[0].partition("#")[0]))
        assert copy.title["zh_Hans"].endswith("（副本）")
        assert copy.title["en"].endswith(" (copy)")
        assert copy.title["en"].startswith(titles["en"][:190])
