"""The video by which a merchant introduces itself: at its desk, in its hall, and what becomes of its files (SF3)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.kernel.db import db, unit_of_work
from tenants.accounts.models import Audience
from tenants.scope import acting_for
from tenants.storefronts import queries, services
from tests.cast import Cast
from tests.factories.films import film
from tests.tenants.storefronts.test_storefronts import arrange


@pytest.fixture
def desk(cast: Cast) -> FlaskClient:
    return cast.owner.browser(Audience.DESK)


def given(data: bytes) -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), "works.mp4"


def shown(page: str) -> str | None:
    found = re.search(r'<source src="(/media/[^"]+)"', page)
    return found[1] if found else None


def test_it_opens_the_shop_and_goes_when_it_is_taken_down(
    desk: FlaskClient, client: FlaskClient, drain: Callable[[], int]
) -> None:
    assert arrange(desk, video=given(film(sound="aac"))).status_code == 303
    url = shown(client.get("/s/acme/").text)
    assert url is not None
    assert shown(client.get("/s/acme/about").text) == url
    assert shown(desk.get("/desk/acme/shop/").text) == url
    assert "专做印花十八年" in client.get("/s/acme/").text
    assert client.get(url, base_url="http://acme.localhost", headers={"Range": "bytes=0-9"}).status_code == 206

    assert arrange(desk).status_code == 303  # a form without a file leaves it alone
    assert shown(client.get("/s/acme/").text) == url
    assert arrange(desk, video=given(film("webm", "libvpx"))).status_code == 303
    fresh = shown(client.get("/s/acme/").text)
    assert fresh is not None
    assert fresh.endswith(".webm")
    drain()
    assert [client.get(one).status_code for one in (url, fresh)] == [404, 200]
    assert arrange(desk, remove_video="1").status_code == 303
    drain()
    assert shown(client.get("/s/acme/").text) is None
    assert client.get(fresh).status_code == 404


def test_what_is_refused_is_said_at_its_field_and_nothing_typed_is_lost(desk: FlaskClient, client: FlaskClient) -> None:
    answer = arrange(desk, video=given(film(codec="libx265")), wechat="just-typed")
    assert answer.status_code == 422
    (said,) = re.findall(r'id="f-video-error"[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    assert "HEVC, H.265" in said
    assert "just-typed" in answer.text
    assert shown(client.get("/s/acme/").text) is None


def test_it_costs_no_statement(desk: FlaskClient, client: FlaskClient, statements: Any) -> None:
    counts = []
    for entries in ({}, {"video": given(film())}):
        assert arrange(desk, **entries).status_code == 303
        client.get("/s/acme/")
        with statements() as said:
            client.get("/s/acme/")
        counts.append(len(said))
    assert counts[0] == counts[1]


def test_only_who_arranges_the_shop_hangs_one(cast: Cast, client: FlaskClient) -> None:
    data = {"accent": "#1f4e8c"}
    clerk, rival = cast.clerk.browser(Audience.DESK), cast.rival_owner.browser(Audience.DESK)
    assert clerk.post("/desk/acme/shop/", data=data | {"video": given(film())}).status_code == 403
    assert rival.post("/desk/acme/shop/", data=data | {"video": given(film())}).status_code == 404
    assert shown(client.get("/s/acme/").text) is None


def test_the_files_of_another_are_never_thrown_away(desk: FlaskClient, cast: Cast, client: FlaskClient) -> None:
    arrange(desk, video=given(film()))
    url = shown(client.get("/s/acme/").text)
    assert url is not None
    key = url.removeprefix("/media/").removesuffix(".mp4")
    with desk.application.app_context():
        with unit_of_work(), acting_for(cast.rival_id):
            assert not services.drop_video(merchant_id=cast.rival_id, key=key, ending="mp4")
        with unit_of_work(), acting_for(cast.acme_id):
            assert queries.shown_video(cast.acme_id) == key
            assert not services.drop_video(merchant_id=cast.acme_id, key=key, ending="mp4")
        db.session.remove()
    assert client.get(url).status_code == 200
