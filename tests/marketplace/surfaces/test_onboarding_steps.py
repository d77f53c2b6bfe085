"""Onboarding steps between the admission of a merchant and its first order: shown until they are done."""

from __future__ import annotations

import io
import re

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from marketplace.kernel.db import db, unit_of_work
from tests.actors import Actors
from tests.factories import product_factory

RATES_FORM = {
    "basis": "flat", "zone-0-name": "全国", "zone-0-first": "12", "zone-0-first_units": "1", "zone-0-more": "2",
    "zone-0-more_units": "1", "zone-0-free_above": "", "minimum": "",
}  # fmt: skip
ALL_STEPS = ["装点门面", "设好运费", "录入商品", "登记库存", "提交商品审核"]


def open_steps(client: FlaskClient) -> list[str]:
    page = client.get("/desk/acme/").get_data(as_text=True)
    section = re.search(r"<h2>开店准备</h2>.*?</section>", page, re.S)
    return re.findall(r'class="subject">([^<]*)<', section[0]) if section else []


def test_onboarding_steps_disappear_when_done(ctx: Flask, actors: Actors) -> None:
    owner = actors.owner.client()
    assert open_steps(owner) == ALL_STEPS
    assert "已完成 0/5" in owner.get("/desk/acme/").get_data(as_text=True)
    for url in re.findall(
        r'class="button is-small" href="(/desk/acme/[^"]*)"', owner.get("/desk/acme/").get_data(as_text=True)
    ):
        assert owner.get(url).status_code == 200, url

    logo = io.BytesIO()
    Image.new("RGB", (400, 400), "#a0453a").save(logo, "PNG")
    logo.seek(0)
    assert owner.post("/desk/acme/shop/", data={"accent": "#1f4e8c", "logo": (logo, "logo.png")}).status_code == 303
    assert open_steps(owner) == ALL_STEPS[1:]
    assert owner.post("/desk/acme/freight/", data=RATES_FORM).status_code == 303
    assert open_steps(owner) == ALL_STEPS[2:]
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        product_factory.create_draft(actors.acme_id, category.id)
    assert open_steps(owner) == ALL_STEPS[3:]
    with unit_of_work():
        product_factory.create_product(actors.acme_id, category.id, on_hand=5)
    db.session.remove()
    assert open_steps(owner) == []
    assert "开店准备" not in owner.get("/desk/acme/").get_data(as_text=True)


def test_onboarding_steps_filtered_by_permission(ctx: Flask, actors: Actors) -> None:
    assert open_steps(actors.warehouse.client()) == ["登记库存"]
    assert open_steps(actors.clerk.client()) == []


def test_onboarding_steps_are_per_merchant(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        product_factory.create_product(actors.rival_id, on_hand=5)
    db.session.remove()
    assert open_steps(actors.owner.client()) == ALL_STEPS
