"""An applicant's way through the pages."""

from __future__ import annotations

import io
import re
from typing import Any

from flask.testing import FlaskClient
from PIL import Image

from tests.cast import Cast

BUSINESS = {
    "kind": "manufacturer",
    "ownership": "private",
    "name_zh": "锦澜印花",
    "name_en": "Jinlan Prints",
    "slug": "jinlan",
    "founded_year": "2006",
    "staff_size": "201-500",
}
IDENTITY = {
    "company_name": "绍兴柯桥锦澜印染织造有限公司",
    "credit_code": "91330621MA2BCDEF3F",
    "legal_person": "陈文慧",
    "region_province": "33",
    "region_city": "3306",
    "region_district": "330603",
    "address": "轻纺城大道北联市场 2 区 318 号",
}
CONTACT = {"contact_name": "陈文慧", "contact_phone": "13800138000", "contact_email": "jinlan@example.com"}
INTRODUCTION = "专做人棉、雪纺和全棉印花十八年，自有圆网、平网与数码印花线。"
GOODS: dict[str, Any] = {"scopes": ["cotton", "silk"], "introduction": INTRODUCTION}


def licence(name: str = "licence.png") -> tuple[io.BytesIO, str]:
    """A picture of a business licence."""
    buffer = io.BytesIO()
    Image.new("RGB", (400, 300), "#eee8d8").save(buffer, "PNG")
    buffer.seek(0)
    return buffer, name


def fill_in(browser: FlaskClient, **other: Any) -> None:
    """Every page, as far as the last."""
    browser.post("/apply/start")
    for page, entries in (("business", BUSINESS), ("identity", IDENTITY), ("contact", CONTACT), ("goods", GOODS)):
        given = {name: other.get(name, value) for name, value in entries.items()}
        answer = browser.post(f"/apply/{page}", data=given)
        assert answer.status_code == 303, re.findall(r'class="errors".*?</div>', answer.text, re.DOTALL)
    papers = {"licence": licence(), "agreement": "1"}
    assert browser.post("/apply/papers", data=papers, content_type="multipart/form-data").location == "/apply/check"


def hand_in(browser: FlaskClient, **other: Any) -> None:
    """The whole application."""
    fill_in(browser, **other)
    assert browser.post("/apply/check").location == "/apply/"


def waiting_id(cast: Cast) -> str:
    """The application that waits longest at the console."""
    page = cast.admin.browser().get("/console/applications/").text
    found = re.search(r"/console/applications/([0-9a-f-]{36})", page)
    assert found
    return found[1]
