"""Link of error pages back to the page of the rejected form."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.actors import Actors

BACK_LINK = '<a class="button is-main" href="{}"'
STAFF_URL = "http://localhost/desk/acme/staff/"


def conflict_page(actors: Actors, referrer: str) -> str:
    """Return the error page of removing the only owner."""
    client = actors.owner.client()
    fragments = client.get("/desk/acme/staff/").get_data(as_text=True).split("/desk/acme/staff/")
    path = next(part for part in fragments if part.partition('"')[0].endswith("/remove")).partition('"')[0]
    response = client.post(f"/desk/acme/staff/{path}", headers={"Referer": referrer} if referrer else {})
    assert response.status_code == 409
    page = response.get_data(as_text=True)
    assert "店铺至少保留一位店主" in page
    assert "抢先" not in page
    return page


def test_error_page_links_back_to_form(ctx: Flask, actors: Actors) -> None:
    assert BACK_LINK.format("/desk/acme/staff/?page=2") in conflict_page(actors, STAFF_URL + "?page=2")


@pytest.mark.parametrize(
    "referrer",
    ["", "http://elsewhere.example/desk/acme/staff/", "http://localhost//elsewhere.example/", STAFF_URL + "invite", "junk://["],
)
def test_error_page_ignores_unsafe_referrer(ctx: Flask, actors: Actors, referrer: str) -> None:
    page = conflict_page(actors, referrer)
    assert "elsewhere" not in page
    assert BACK_LINK.format("/") in page
