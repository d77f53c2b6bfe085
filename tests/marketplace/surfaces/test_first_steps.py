"""What a merchant is led through between admission and its first order (MA1): told until it is done, and never again."""

from __future__ import annotations

import io
import re

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from marketplace.kernel.db import db, unit_of_work
from tests.cast import Cast
from tests.factories import goods as make

FREIGHT = {
    "basis": "flat", "zone-0-name": "全国", "zone-0-first": "12", "zone-0-first_units": "1", "zone-0-more": "2",
    "zone-0-more_units": "1", "zone-0-free_above": "", "minimum": "",
}  # fmt: skip
ALL = ["装点门面", "设好运费", "录入商品", "登记库存", "提交商品审核"]


def open_steps(browser: FlaskClient) -> list[str]:
    page = browser.get("/desk/acme/").get_data(as_text=True)
    told = re.search(r"<h2>开店准备</h2>.*?</section>", page, re.S)
    return re.findall(r'class="what">([^<]*)<', told[0]) if told else []


def test_a_new_merchant_is_led_to_its_first_order(ctx: Flask, cast: Cast) -> None:
    owner = cast.owner.browser()
    assert open_steps(owner) == ALL
    assert "已完成 0/5" in owner.get("/desk/acme/").get_data(as_text=True)
    for way in re.findall(
        r'class="button is-small" href="(/desk/acme/[^"]*)"', owner.get("/desk/acme/").get_data(as_text=True)
    ):
        assert owner.get(way).status_code == 200, way

    logo = io.BytesIO()
    Image.new("RGB", (400, 400), "#a0453a").save(logo, "PNG")
    logo.seek(0)
    assert owner.post("/desk/acme/shop/", data={"accent": "#1f4e8c", "logo": (logo, "logo.png")}).status_code == 303
    assert open_steps(owner) == ALL[1:]
    assert owner.post("/desk/acme/freight/", data=FREIGHT).status_code == 303
    assert open_steps(owner) == ALL[2:]
    with unit_of_work():
        kind = make.category(attributes=True)
        make.draft(cast.acme_id, kind.id)
    assert open_steps(owner) == ALL[3:]
    with unit_of_work():
        make.product(cast.acme_id, kind.id, on_hand=5)
    db.session.remove()
    assert open_steps(owner) == []
    assert "开店准备" not in owner.get("/desk/acme/").get_data(as_text=True)


def test_a_colleague_is_told_what_is_theirs_to_do(ctx: Flask, cast: Cast) -> None:
    assert open_steps(cast.warehouse.browser()) == ["登记库存"]
    assert open_steps(cast.clerk.browser()) == []


def test_what_another_merchant_has_done_counts_for_nobody_else(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        make.product(cast.rival_id, on_hand=5)
    db.session.remove()
    assert open_steps(cast.owner.browser()) == ALL
