"""The page of a refusal leads back to where the refused form stood, and nowhere else."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.cast import Cast

BACK = '<a class="button is-main" href="{}"'
STAFF = "http://localhost/desk/acme/staff/"


def refused(cast: Cast, came_from: str) -> str:
    """The only owner lets nobody go: the page that says so."""
    browser = cast.owner.browser()
    own = browser.get("/desk/acme/staff/").get_data(as_text=True).split("/desk/acme/staff/")
    path = next(part for part in own if part.partition('"')[0].endswith("/remove")).partition('"')[0]
    answer = browser.post(f"/desk/acme/staff/{path}", headers={"Referer": came_from} if came_from else {})
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "店铺至少保留一位店主" in page
    assert "抢先" not in page
    return page


def test_a_refused_form_leads_back_to_its_page(ctx: Flask, cast: Cast) -> None:
    assert BACK.format("/desk/acme/staff/?page=2") in refused(cast, STAFF + "?page=2")


@pytest.mark.parametrize(
    "came_from",
    ["", "http://elsewhere.example/desk/acme/staff/", "http://localhost//elsewhere.example/", STAFF + "invite", "junk://["],
)
def test_nothing_else_is_led_to(ctx: Flask, cast: Cast, came_from: str) -> None:
    page = refused(cast, came_from)
    assert "elsewhere" not in page
    assert BACK.format("/") in page
