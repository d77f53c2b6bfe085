"""Tests of a shop's video: upload at the desk, display in the shop, and deletion of its files (SF3)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.kernel.db import db, unit_of_work
from tenants.accounts.models import Realm
from tenants.isolation import as_merchant
from tenants.merchant_shops import queries, services
from tests.actors import Actors
from tests.factories.video_factory import make_video
from tests.tenants.merchant_shops.test_merchant_shops import submit_shop_form


@pytest.fixture
def desk(actors: Actors) -> FlaskClient:
    return actors.owner.client(Realm.DESK)


def video_upload(data: bytes) -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), "works.mp4"


def video_url(page: str) -> str | None:
    match = re.search(r'<source src="(/media/[^"]+)"', page)
    return match[1] if match else None


def test_shop_video_replace_and_remove_deletes_files(
    desk: FlaskClient, client: FlaskClient, drain_outbox: Callable[[], int]
) -> None:
    assert submit_shop_form(desk, video=video_upload(make_video(audio_codec="aac"))).status_code == 303
    url = video_url(client.get("/s/acme/").text)
    assert url is not None
    assert video_url(client.get("/s/acme/about").text) == url
    assert video_url(desk.get("/desk/acme/shop/").text) == url
    assert "专做印花十八年" in client.get("/s/acme/").text
    assert client.get(url, base_url="http://acme.localhost", headers={"Range": "bytes=0-9"}).status_code == 206

    assert submit_shop_form(desk).status_code == 303  # a form without a file does not change it
    assert video_url(client.get("/s/acme/").text) == url
    assert submit_shop_form(desk, video=video_upload(make_video("webm", "libvpx"))).status_code == 303
    new_url = video_url(client.get("/s/acme/").text)
    assert new_url is not None
    assert new_url.endswith(".webm")
    drain_outbox()
    assert [client.get(media_url).status_code for media_url in (url, new_url)] == [404, 200]
    assert submit_shop_form(desk, remove_video="1").status_code == 303
    drain_outbox()
    assert video_url(client.get("/s/acme/").text) is None
    assert client.get(new_url).status_code == 404


def test_rejected_video_shows_field_error_and_preserves_input(desk: FlaskClient, client: FlaskClient) -> None:
    response = submit_shop_form(desk, video=video_upload(make_video(codec="libx265")), wechat="just-typed")
    assert response.status_code == 422
    (message,) = re.findall(r'id="f-video-error"[^>]*>(.*?)</p>', response.text, re.DOTALL)
    assert "HEVC, H.265" in message
    assert "just-typed" in response.text
    assert video_url(client.get("/s/acme/").text) is None


def test_shop_video_adds_no_statement(desk: FlaskClient, client: FlaskClient, record_statements: Any) -> None:
    counts = []
    for entries in ({}, {"video": video_upload(make_video())}):
        assert submit_shop_form(desk, **entries).status_code == 303
        client.get("/s/acme/")
        with record_statements() as recorded:
            client.get("/s/acme/")
        counts.append(len(recorded))
    assert counts[0] == counts[1]


def test_shop_video_requires_permission(actors: Actors, client: FlaskClient) -> None:
    data = {"accent": "#1f4e8c"}
    clerk, rival = actors.clerk.client(Realm.DESK), actors.rival_owner.client(Realm.DESK)
    assert clerk.post("/desk/acme/shop/", data=data | {"video": video_upload(make_video())}).status_code == 403
    assert rival.post("/desk/acme/shop/", data=data | {"video": video_upload(make_video())}).status_code == 404
    assert video_url(client.get("/s/acme/").text) is None


def test_delete_video_files_ignores_files_of_other_merchants(desk: FlaskClient, actors: Actors, client: FlaskClient) -> None:
    submit_shop_form(desk, video=video_upload(make_video()))
    url = video_url(client.get("/s/acme/").text)
    assert url is not None
    key = url.removeprefix("/media/").removesuffix(".mp4")
    with desk.application.app_context():
        with unit_of_work(), as_merchant(actors.rival_id):
            assert not services.delete_video_files(merchant_id=actors.rival_id, key=key, extension="mp4")
        with unit_of_work(), as_merchant(actors.acme_id):
            assert queries.get_video_key(actors.acme_id) == key
            assert not services.delete_video_files(merchant_id=actors.acme_id, key=key, extension="mp4")
        db.session.remove()
    assert client.get(url).status_code == 200
