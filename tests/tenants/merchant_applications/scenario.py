"""Steps of an applicant for use in tests."""

from __future__ import annotations

import io
import re
from typing import Any

from flask.testing import FlaskClient
from PIL import Image

from tests.actors import Actors

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
PRODUCTS: dict[str, Any] = {"scopes": ["cotton", "silk"], "introduction": INTRODUCTION}


def licence_upload(name: str = "licence.png") -> tuple[io.BytesIO, str]:
    """Return an upload of a business licence."""
    buffer = io.BytesIO()
    Image.new("RGB", (400, 300), "#eee8d8").save(buffer, "PNG")
    buffer.seek(0)
    return buffer, name


def fill_in_application(client: FlaskClient, **overrides: Any) -> None:
    """Fill in every page of an application up to the last."""
    client.post("/apply/start")
    for page, entries in (("business", BUSINESS), ("identity", IDENTITY), ("contact", CONTACT), ("goods", PRODUCTS)):
        form = {name: overrides.get(name, value) for name, value in entries.items()}
        response = client.post(f"/apply/{page}", data=form)
        assert response.status_code == 303, re.findall(r'class="errors".*?</div>', response.text, re.DOTALL)
    documents = {"licence": licence_upload(), "agreement": "1"}
    assert client.post("/apply/papers", data=documents, content_type="multipart/form-data").location == "/apply/check"


def submit_application(client: FlaskClient, **overrides: Any) -> None:
    """Fill in and submit an application."""
    fill_in_application(client, **overrides)
    assert client.post("/apply/check").location == "/apply/"


def first_pending_id(cast: Actors) -> str:
    """Return the id of the application that waits longest for review."""
    page = cast.admin.client().get("/console/applications/").text
    match = re.search(r"/console/applications/([0-9a-f-]{36})", page)
    assert match
    return match[1]
