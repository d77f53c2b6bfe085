"""The merchant's products at its desk: list, editor, bulk, export."""

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
from marketplace.catalogue.views import shots
from marketplace.kernel.db import db, unit_of_work
from tenants.access.permissions import GRANTS, Permission, StaffRole
from tenants.scope import acting_for
from tests.cast import Cast
from tests.factories import goods

HOME = "/desk/acme/products"


def filled(product: Product | None = None, **values: Any) -> MultiDict[str, Any]:
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
def draft(ctx: Flask, cast: Cast) -> Product:
    with unit_of_work():
        made = goods.draft(cast.acme_id, goods.category(attributes=True).id)
    db.session.remove()
    return made


def reread(product: Product, cast: Cast) -> Product:
    db.session.remove()
    with unit_of_work(), acting_for(cast.acme_id):
        return queries.get(product.id)


def test_what_is_wrong_with_many_variants_alike_is_said_once(draft: Product, cast: Cast) -> None:
    rows = {
        f"variants-{n}-{name}": value
        for n in range(63)
        for name, value in {"sku": "", "options": f'{{"colour": "c{n}"}}', "min": "2", "step": "0.5", "weight": "1"}.items()
    }
    axes = {"axes-0-zh_Hans": "颜色", "axes-0-en": "", "axes-0-values": "\n".join(f"c{n}" for n in range(63))}
    page = cast.owner.browser().post(f"{HOME}/new", data=filled(**axes, **rows, category=str(draft.category_id)))
    assert page.status_code == 422
    summary = page.text.partition('class="errors"')[2].partition("</ul>")[0]
    assert summary.count("请填写货号。") == 1
    assert "货号 · 63 个规格" in summary
    assert page.text.count("请填写货号。") == 64  # and at each field
    one = cast.owner.browser().post(f"{HOME}/new", data=filled(**{"variants-0-sku": "布 料"}, category=str(draft.category_id)))
    assert "只能使用字母、数字" in one.text


def test_the_list_is_as_many_statements_for_one_as_for_many(ctx: Flask, cast: Cast, statements: Any) -> None:
    browser = cast.owner.browser()
    with unit_of_work():
        kind = goods.category(attributes=True)
        goods.draft(cast.acme_id, kind.id)
    counts = []
    for more in (0, 30):
        with unit_of_work():
            for _ in range(more):
                goods.draft(cast.acme_id, kind.id)
        with statements() as said:
            page = browser.get(f"{HOME}/")
        assert page.status_code == 200
        counts.append(len(said))
    assert page.get_data(as_text=True).count('name="pick"') == 31
    assert counts[0] == counts[1]


def test_a_new_product_with_a_picture(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True)
    browser = cast.owner.browser()
    assert browser.get(f"{HOME}/new").status_code == 200
    picture = io.BytesIO()
    Image.new("RGB", (900, 900), "#2a4a8a").save(picture, "JPEG")
    picture.seek(0)
    form = filled(category=str(kind.id), pictures=FileStorage(picture, filename="cloth.jpg"))
    form.setlist("attr-fibre", ["cotton", "silk"])
    answer = browser.post(f"{HOME}/new", data=form)
    assert answer.status_code == 303
    page = browser.get(answer.location).get_data(as_text=True)
    assert "靛蓝全棉府绸" in page
    assert "市场要求的内容已齐全" in page
    with unit_of_work(), acting_for(cast.acme_id):
        saved = queries.get(re.search(r"products/([0-9a-f-]{36})", answer.location)[1])  # type: ignore[index,arg-type]
        assert (saved.price_low, saved.price_high, str(saved.from_quantity)) == (1650, 1850, "2.000")
        assert saved.attributes == {"fibre": ["cotton", "silk"], "stretch": False}
        assert [(p.width, p.position) for p in saved.pictures] == [(900, 0)]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
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
def test_what_cannot_be_kept_is_said_and_what_was_typed_stays(
    draft: Product, cast: Cast, wrong: dict[str, str], sentence: str
) -> None:
    answer = cast.owner.browser().post(f"{HOME}/{draft.id}", data=filled(draft, **wrong))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert 'value="16.50"' in page or "tiers-1-price" in wrong
    assert reread(draft, cast).title == draft.title


def test_everything_wrong_is_said_at_once_in_the_order_of_the_page(draft: Product, cast: Cast) -> None:
    wrong = {"title-zh_Hans": "长" * 201, "tiers-1-price": "", "variants-0-step": "-0.5", "attr-weight": "5"}
    page = cast.owner.browser().post(f"{HOME}/{draft.id}", data=filled(draft, **wrong)).get_data(as_text=True)
    summary = page.partition('class="errors"')[2].partition("</div>")[0]
    fields = re.findall(r'href="#([^"]+)"', summary)
    assert fields == ["f-title-zh_Hans", "f-attr-weight", "f-tiers-1-price", "f-variants.0.step"]
    assert "中文名称：最多 200 个字" in summary
    for field in fields:
        assert f'id="{field}"' in page, field
    kept = {'name="tiers-1-from" value="100"', 'name="variants-0-step" value="-0.5"', f'value="{"长" * 201}"'}
    assert {one for one in kept if one not in page} == set()


def test_a_picture_that_is_none_is_refused_at_its_field(draft: Product, cast: Cast) -> None:
    form = filled(draft, pictures=FileStorage(io.BytesIO(b"<svg/>"), filename="x.svg"))
    answer = cast.owner.browser().post(f"{HOME}/{draft.id}", data=form)
    assert answer.status_code == 422
    assert "请选择 JPEG、PNG 或 WebP 格式的图片" in answer.get_data(as_text=True)


@pytest.mark.parametrize("going", [{"deed": "generate"}, {"variants-0-sku": "a b"}, {"tiers-0-price": "abc"}])
def test_chosen_pictures_outlast_a_form_that_comes_back(draft: Product, cast: Cast, going: dict[str, str]) -> None:
    """No browser sends a file twice by itself: they are kept and shown, and hang on the product when it is saved."""
    browser, hung = cast.owner.browser(), len(draft.pictures)
    page = browser.post(f"{HOME}/{draft.id}", data=filled(draft, pictures=[photo("#2a4a8a"), photo("#8a2a4a")], **going)).text
    assert "已保留 2 张新图片" in page
    words = re.findall(r'name="fresh" value="([^"]+)"', page)
    assert len(words) == 2
    film = {"video": FileStorage(io.BytesIO(b"x"), filename="a.mp4")}
    page = browser.post(f"{HOME}/{draft.id}", data=filled(draft, fresh=words, pictures=photo("#4a8a2a"), **going, **film)).text
    assert "已保留 3 张新图片" in page
    assert re.search('id="f-video"[^>]+aria-invalid', page)
    assert ("视频没有保留，请重新选择。" in page) is ("variants-0-sku" not in going)  # there it was looked at, and is none
    words = re.findall(r'name="fresh" value="([^"]+)"', page)
    form = filled(draft, fresh=[*words, "forged", words[0][:-2]], **{"fresh-2-gone": "1"})
    assert browser.post(f"{HOME}/{draft.id}", data=form).status_code == 303
    assert len(reread(draft, cast).pictures) == hung + 2
    assert shots.brought(MultiDict({"fresh": words}), [], cast.rival_id).pictures == ()


def photo(colour: str) -> FileStorage:
    picture = io.BytesIO()
    Image.new("RGB", (900, 900), colour).save(picture, "JPEG")
    picture.seek(0)
    return FileStorage(picture, filename="cloth.jpg")


def test_who_was_slower_is_told_and_loses_nothing(draft: Product, cast: Cast) -> None:
    browser = cast.owner.browser()
    assert browser.post(f"{HOME}/{draft.id}", data=filled(draft)).status_code == 303
    answer = browser.post(f"{HOME}/{draft.id}", data=filled(draft, **{"title-zh_Hans": "另一个名字"}))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "已有人保存了该商品" in page
    assert "另一个名字" in page
    assert reread(draft, cast).title["zh_Hans"] == "靛蓝全棉府绸"


def test_rows_are_made_from_options(draft: Product, cast: Cast) -> None:
    axes = {"axes-0-zh_Hans": "颜色", "axes-0-en": "Colour", "axes-0-values": "藏青 / Navy\n米白 / Ecru"}
    width = {"axes-1-zh_Hans": "门幅", "axes-1-values": "150 厘米 / 150 cm\n280 厘米"}
    form = filled(draft, deed="generate", reference="YB", **axes, **width)
    page = cast.owner.browser().post(f"{HOME}/{draft.id}", data=form).get_data(as_text=True)
    assert re.findall(r'name="variants-\d+-sku" value="([^"]+)"', page) == ["YB-01", "YB-02", "YB-03", "YB-04"]
    assert "藏青 · 150 厘米" in page
    assert len(reread(draft, cast).variants) == 1


def test_taken_off_in_bulk_and_undone(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True)
        made = [goods.product(cast.acme_id, kind.id) for _ in range(2)]
    browser = cast.owner.browser()
    answer = browser.post(f"{HOME}/bulk", data={"deed": "off", "pick": [str(one.id) for one in made]}, follow_redirects=True)
    assert "撤销" in answer.get_data(as_text=True)
    assert [reread(one, cast).state for one in made] == [ProductState.OFF_SALE] * 2
    browser.post(f"{HOME}/bulk", data={"deed": "on", "pick": [str(one.id) for one in made]})
    assert [reread(one, cast).state for one in made] == [ProductState.ON_SALE] * 2
    assert "撤销" not in browser.get(f"{HOME}/").get_data(as_text=True)


@pytest.mark.parametrize("deed", ["submit", "on"])
def test_what_is_unfinished_stays_a_draft(ctx: Flask, cast: Cast, deed: str) -> None:
    """CA3: refused alone or among others, it is in nobody's queue."""
    with unit_of_work():
        kind = goods.category(attributes=True)
        bare, whole = goods.draft(cast.acme_id, kind.id, attributes={}), goods.draft(cast.acme_id, kind.id)
    browser = cast.owner.browser()
    browser.post(f"{HOME}/bulk", data={"deed": deed, "pick": [str(bare.id), str(whole.id)]})
    browser.post(f"{HOME}/{bare.id}/submit")
    assert [reread(one, cast).state for one in (bare, whole)] == [ProductState.DRAFT, ProductState.IN_REVIEW]


def test_submitted_looked_at_and_taken_back(ctx: Flask, draft: Product, cast: Cast) -> None:
    browser = cast.owner.browser()
    assert browser.get(f"{HOME}/{draft.id}/preview").status_code == 200
    browser.post(f"{HOME}/{draft.id}/submit")
    assert reread(draft, cast).state is ProductState.IN_REVIEW
    browser.post(f"{HOME}/{draft.id}/withdraw")
    assert reread(draft, cast).state is ProductState.DRAFT
    assert browser.post(f"{HOME}/{draft.id}/discard").status_code == 409


def test_who_may_edit_goods_but_not_prices_sees_them_and_changes_none(
    draft: Product, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {(tier.variant_id, tier.from_quantity): tier.price for tier in reread(draft, cast).tiers}
    manager = cast.owner.browser()
    monkeypatch.setitem(GRANTS, StaffRole.OWNER, GRANTS[StaffRole.OWNER] - {Permission.PRICES_EDIT})
    page = manager.get(f"{HOME}/{draft.id}").get_data(as_text=True)
    assert "修改价格请联系有改价权限的同事" in page
    assert re.search(r'name="tiers-0-price" value="[\d.]+"', page)
    form = filled(draft, **{"title-zh_Hans": "换个名字的府绸", "tiers-0-price": "1.00", "variants-0-prices": "0.50"})
    assert manager.post(f"{HOME}/{draft.id}", data=form).status_code == 303
    after = reread(draft, cast)
    assert after.title["zh_Hans"] == "换个名字的府绸"
    assert {(tier.variant_id, tier.from_quantity): tier.price for tier in after.tiers} == before
    answer = manager.post(f"{HOME}/new", data=filled(**{"category": str(draft.category_id), "variants-0-sku": "NEW-9"}))
    assert answer.status_code == 303
    with unit_of_work(), acting_for(cast.acme_id):
        assert queries.by_sku(["NEW-9"], merchant_id=cast.acme_id)["NEW-9"].tiers == []


def test_goods_are_deleted_and_brought_back(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        made = goods.product(cast.acme_id, title={"zh_Hans": "旧款棉布"})
    browser, page = cast.owner.browser(), f"{HOME}/{made.id}"
    assert browser.post(f"{page}/delete").status_code == 409  # it is on sale
    assert "已删除" not in browser.get(f"{HOME}/").get_data(as_text=True)
    browser.post(f"{page}/off")
    assert browser.post(f"{page}/delete").status_code == 303
    assert reread(made, cast).state is ProductState.DELETED
    assert browser.get(f"{HOME}/").get_data(as_text=True).count("旧款棉布") == 0
    assert "旧款棉布" in browser.get(f"{HOME}/?state=deleted").get_data(as_text=True)
    assert "旧款棉布" not in browser.get(f"{HOME}/export.csv").get_data(as_text=True)
    assert "旧款棉布" not in browser.get("/desk/acme/stock/").get_data(as_text=True)
    assert cast.buyer.browser().get(f"/p/{made.code}").status_code == 404
    assert browser.post(f"{page}/on").status_code == 409
    assert "恢复" in browser.get(page).get_data(as_text=True)
    assert browser.post(f"{page}/bring-back").status_code == 303
    assert reread(made, cast).state is ProductState.OFF_SALE
    browser.post(f"{HOME}/bulk", data={"deed": "delete", "pick": str(made.id)})
    assert reread(made, cast).state is ProductState.DELETED
    with unit_of_work(), acting_for(cast.acme_id):
        known = queries.get(made.id)
        sheet = services.saving.sheet_of(product=known)
        services.save_product(merchant_id=cast.acme_id, sheet=sheet, product_id=made.id)  # as a table with its SKU would
    assert reread(made, cast).state is ProductState.OFF_SALE


def test_a_deleted_product_that_still_lies_on_the_shelf_stays_in_the_stock_list(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        made = goods.product(cast.acme_id, title={"zh_Hans": "旧款棉布"}, on_hand=7)
        with acting_for(cast.acme_id):
            services.take_off_sale(product_id=made.id)
            services.delete(product_id=made.id)
    assert "旧款棉布" in cast.owner.browser().get("/desk/acme/stock/").get_data(as_text=True)


def test_exports_are_safe_to_open(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True)
        goods.draft(cast.acme_id, kind.id, title={"zh_Hans": "=1+1 棉布", "en": "@cotton"})
        goods.draft(cast.rival_id, kind.id)
    browser = cast.owner.browser()
    text = browser.get(f"{HOME}/export.csv").get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert len(rows) == 2
    assert rows[1][2:4] == ["'=1+1 棉布", "'@cotton"]
    assert browser.get(f"{HOME}/export.xlsx").data[:2] == b"PK"


def test_strangers_and_colleagues_without_the_right(draft: Product, cast: Cast) -> None:
    form = filled(draft)
    for path in ("", f"/{draft.id}", f"/{draft.id}/preview", "/export.csv"):
        assert cast.rival_owner.browser().get(f"{HOME}/{path.lstrip('/')}").status_code == 404
    assert cast.rival_owner.browser().post(f"/desk/rival/products/{draft.id}", data=form).status_code == 404
    assert cast.clerk.browser().get(f"{HOME}/").status_code == 200
    assert cast.clerk.browser().post(f"{HOME}/{draft.id}", data=form).status_code == 403
    assert cast.clerk.browser().post(f"{HOME}/{draft.id}/submit").status_code == 403
    assert cast.clerk.browser().post(f"{HOME}/{draft.id}/delete").status_code == 403
    assert reread(draft, cast).version == 1


@pytest.mark.parametrize("long", [False, True])
def test_a_copy_is_marked_in_the_language_of_each_title(draft: Product, cast: Cast, long: bool) -> None:
    titles = {"zh_Hans": "长" * 200, "en": "x" * 200} if long else {"zh_Hans": "细条纹府绸", "en": "Fine striped poplin"}
    with unit_of_work(), acting_for(cast.acme_id):
        queries.get(draft.id).title = titles
    answer = cast.owner.browser().post(f"/desk/acme/products/{draft.id}/copy")
    assert answer.status_code == 303
    with unit_of_work(), acting_for(cast.acme_id):
        copy = queries.get(UUID(answer.location.rpartition("/")[2].partition("?")[0].partition("#")[0]))
        assert copy.title["zh_Hans"].endswith("（副本）")
        assert copy.title["en"].endswith(" (copy)")
        assert copy.title["en"].startswith(titles["en"][:190])
