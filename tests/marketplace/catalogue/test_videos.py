"""The video of a product at desk, storefront and console, and the lifetime of its files (Online exhibition hall, SF3)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.datastructures import FileStorage

from marketplace.catalogue import queries, search_index, services
from marketplace.catalogue.errors import ProductNotFound
from marketplace.catalogue.events import ProductChanged, ProductVideoRemoved
from marketplace.catalogue.models import Product
from marketplace.kernel import cache, events
from marketplace.kernel.db import db, unit_of_work
from marketplace.media import videos
from marketplace.media.videos import Video, load_video, process_upload
from tenants.isolation import as_merchant
from tests.actors import Actors
from tests.factories import product_factory
from tests.factories.video_factory import make_video
from tests.marketplace.catalogue.test_desk import PRODUCTS_URL, form_data


@pytest.fixture
def draft(ctx: Flask, actors: Actors) -> Product:
    with unit_of_work():
        product = product_factory.create_draft(actors.acme_id, product_factory.create_category(attributes=True).id)
    db.session.remove()
    return product


@pytest.fixture
def product_with_video(ctx: Flask, actors: Actors) -> Product:
    with unit_of_work():
        product = product_factory.create_product(actors.acme_id, on_hand=100)
    attach_video(product, actors, make_video(frames=50))
    cache.clear_all()
    return product


def attach_video(product: Product, actors: Actors, data: bytes) -> Video:
    with unit_of_work(), as_merchant(actors.acme_id), process_upload(io.BytesIO(data)) as processed:
        video = processed.store(key_prefix=services.video_key_prefix(merchant_id=actors.acme_id))
        services.set_video(product_id=product.id, video=video)
    db.session.remove()
    return video


def get_video(product: Product, actors: Actors) -> Video | None:
    db.session.remove()
    with unit_of_work(), as_merchant(actors.acme_id):
        return load_video(queries.get_product(product.id).video)


def make_video_upload(data: bytes, name: str = "film.mp4") -> FileStorage:
    return FileStorage(io.BytesIO(data), filename=name)


def test_merchant_adds_replaces_and_removes_video(
    draft: Product, actors: Actors, client: FlaskClient, drain_outbox: Callable[[], int]
) -> None:
    browser = actors.owner.client()
    assert "<video" not in browser.get(f"{PRODUCTS_URL}/{draft.id}").text
    assert (
        browser.post(f"{PRODUCTS_URL}/{draft.id}", data=form_data(draft, video=make_video_upload(make_video()))).status_code
        == 303
    )
    first = get_video(draft, actors)
    assert first is not None
    page = browser.get(f"{PRODUCTS_URL}/{draft.id}").text
    assert f'<source src="{first.url}" type="video/mp4">' in page
    assert client.get(first.url).status_code == 200

    second_form = form_data(
        draft, version=current_version(draft, actors), video=make_video_upload(make_video("webm", "libvpx"), "x.webm")
    )
    assert browser.post(f"{PRODUCTS_URL}/{draft.id}", data=second_form).status_code == 303
    second = get_video(draft, actors)
    assert second is not None
    assert second.url.endswith(".webm")
    drain_outbox()
    assert [client.get(video.url).status_code for video in (first, second)] == [404, 200]

    removal_form = form_data(draft, version=current_version(draft, actors), **{"video-gone": "1"})
    assert browser.post(f"{PRODUCTS_URL}/{draft.id}", data=removal_form).status_code == 303
    assert get_video(draft, actors) is None
    drain_outbox()
    assert second.poster is not None
    assert [client.get(url).status_code for url in (second.url, second.poster.url)] == [404, 404]


def current_version(product: Product, actors: Actors) -> str:
    db.session.remove()
    with unit_of_work(), as_merchant(actors.acme_id):
        return str(queries.get_product(product.id).version)


def test_create_product_with_video(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
    response = actors.owner.client().post(
        f"{PRODUCTS_URL}/new", data=form_data(category=str(category.id), video=make_video_upload(make_video()))
    )
    assert response.status_code == 303
    assert "<video" in actors.owner.client().get(response.location).text


def test_save_without_file_preserves_video(product_with_video: Product, actors: Actors) -> None:
    before = get_video(product_with_video, actors)
    form = form_data(product_with_video, version=current_version(product_with_video, actors))
    assert actors.owner.client().post(f"{PRODUCTS_URL}/{product_with_video.id}", data=form).status_code == 303
    assert get_video(product_with_video, actors) == before


@pytest.mark.parametrize(
    ("make_file", "message"),
    [
        (lambda: b"MZ nothing of ours", "请选择 MP4 或 WebM 格式的视频"),
        (lambda: make_video(codec="libx265"), "请另存为 H.264 编码的 MP4 文件"),
        (lambda: make_video(audio_codec="ac3"), "请将音频另存为 AAC 格式"),
        (lambda: make_video(frames=200, fps=1), "超过 3 分钟"),
        (lambda: make_video(codec=None, audio_codec="aac", frames=50), "只有声音，没有画面"),
        (lambda: make_video()[:400], "无法读取"),
        (lambda: b"x" * (videos.MAX_VIDEO_BYTES + 1), "50 MB"),
    ],
    ids=["kind", "codec", "sound", "long", "picture", "broken", "large"],
)
def test_invalid_video_shows_field_error(
    product_with_video: Product,
    actors: Actors,
    make_file: Callable[[], bytes],
    message: str,
    published_events: list[events.Event],
) -> None:
    before, browser = get_video(product_with_video, actors), actors.owner.client()
    published_events.clear()
    form = form_data(
        product_with_video,
        version=current_version(product_with_video, actors),
        video=make_video_upload(make_file()),
        **{"title-zh_Hans": "尚未保存的名字"},
    )
    response = browser.post(f"{PRODUCTS_URL}/{product_with_video.id}", data=form)
    assert response.status_code == 422
    (error_text,) = re.findall(r'id="f-video-error"[^>]*>(.*?)</p>', response.text, re.DOTALL)
    assert message in error_text
    assert 'href="#f-video"' in response.text
    assert "尚未保存的名字" in response.text
    assert get_video(product_with_video, actors) == before
    assert [event for event in published_events if isinstance(event, ProductChanged | ProductVideoRemoved)] == []


def test_invalid_form_stores_no_video_files(
    ctx: Flask, draft: Product, actors: Actors, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored_keys: list[str] = []
    storage = ctx.extensions["storage"]
    monkeypatch.setattr(type(storage), "put_file", lambda _self, key, _path: stored_keys.append(key))
    form = form_data(draft, video=make_video_upload(make_video()), **{"variants-0-sku": "a b"})
    assert actors.owner.client().post(f"{PRODUCTS_URL}/{draft.id}", data=form).status_code == 422
    stale_form = form_data(draft, version="77", video=make_video_upload(make_video()))
    assert actors.owner.client().post(f"{PRODUCTS_URL}/{draft.id}", data=stale_form).status_code == 422
    assert stored_keys == []
    assert get_video(draft, actors) is None


def test_video_form_size_limit(draft: Product, actors: Actors) -> None:
    browser = actors.owner.client()
    environ = {"CONTENT_LENGTH": str(videos.MAX_REQUEST_BYTES + 1)}
    response = browser.post(
        f"{PRODUCTS_URL}/{draft.id}", data=b"x", environ_overrides=environ, content_type="multipart/form-data; boundary=x"
    )
    assert response.status_code == 413
    assert "视频不超过 50 MB" in response.text


def test_set_video_of_other_merchant_is_denied(
    product_with_video: Product, actors: Actors, published_events: list[events.Event]
) -> None:
    before = get_video(product_with_video, actors)
    for actor, merchant_slug, status in (
        (actors.rival_owner, "rival", 404),
        (actors.rival_owner, "acme", 404),
        (actors.clerk, "acme", 403),
    ):
        form = form_data(product_with_video, video=make_video_upload(make_video(frames=10)))
        assert actor.client().post(f"/desk/{merchant_slug}/products/{product_with_video.id}", data=form).status_code == status
    with pytest.raises(ProductNotFound), unit_of_work(), as_merchant(actors.rival_id):
        services.set_video(product_id=product_with_video.id, video=None)
    assert get_video(product_with_video, actors) == before


def test_product_page_shows_video_changes_immediately(
    product_with_video: Product, actors: Actors, client: FlaskClient, record_statements: Any
) -> None:
    first = get_video(product_with_video, actors)
    assert first is not None
    page = client.get(f"/p/{product_with_video.code}")
    assert f'<source src="{first.url}" type="video/mp4">' in page.text
    (player,) = re.findall(r"<video[^>]*>", page.text)
    for attribute in ("controls", "playsinline", 'preload="none"', 'width="160"', 'height="120"', "aria-label=", "poster="):
        assert attribute in player
    assert "autoplay" not in player
    assert "media-src 'self'" in page.headers["Content-Security-Policy"]
    with record_statements() as executed:
        client.get(f"/p/{product_with_video.code}")

    second = attach_video(product_with_video, actors, make_video("webm", "libvpx"))
    page = client.get(f"/p/{product_with_video.code}")
    assert second.url in page.text
    assert first.url not in page.text
    with unit_of_work(), as_merchant(actors.acme_id):
        services.set_video(product_id=product_with_video.id, video=None)
    assert "<video" not in client.get(f"/p/{product_with_video.code}").text
    with record_statements() as executed_without_video:
        client.get(f"/p/{product_with_video.code}")
    assert len(executed) == len(executed_without_video) == 1


def test_product_card_shows_video_badge(
    product_with_video: Product, actors: Actors, client: FlaskClient, drain_outbox: Callable[[], int]
) -> None:
    drain_outbox()
    search_index.reindex()
    assert "has-video" in client.get("/search?q=").text
    with unit_of_work(), as_merchant(actors.acme_id):
        services.set_video(product_id=product_with_video.id, video=None)
    page = client.get("/search?q=").text
    assert f"/p/{product_with_video.code}" in page
    assert "has-video" not in page


def test_external_video_change_is_visible_immediately(
    product_with_video: Product, client: FlaskClient, superuser: Engine
) -> None:
    assert "<video" in client.get(f"/p/{product_with_video.code}").text
    with superuser.begin() as connection:
        connection.execute(text("update products set video = null"))
    assert "<video" not in client.get(f"/p/{product_with_video.code}").text


def test_reviewer_sees_and_comments_on_video(draft: Product, actors: Actors) -> None:
    video = attach_video(draft, actors, make_video())
    with unit_of_work(), as_merchant(actors.acme_id):
        services.submit_for_review(product_id=draft.id)
    browser = actors.admin.client()
    assert video.url in browser.get(f"/console/catalogue/products/{draft.id}").text
    form = {"note": "视频不符", "remark-video": "视频拍的不是这款布"}
    assert browser.post(f"/console/catalogue/products/{draft.id}/reject", data=form).status_code == 303
    assert "视频拍的不是这款布" in actors.owner.client().get(f"{PRODUCTS_URL}/{draft.id}").text


def test_preview_shows_video(draft: Product, actors: Actors) -> None:
    video = attach_video(draft, actors, make_video())
    assert video.url in actors.owner.client().get(f"{PRODUCTS_URL}/{draft.id}/preview").text


def test_duplicate_preserves_shared_video_files(
    product_with_video: Product, actors: Actors, client: FlaskClient, drain_outbox: Callable[[], int]
) -> None:
    video = get_video(product_with_video, actors)
    assert video is not None
    with unit_of_work(), as_merchant(actors.acme_id):
        copy = services.duplicate_product(product_id=product_with_video.id).id
    with unit_of_work(), as_merchant(actors.acme_id):
        services.set_video(product_id=product_with_video.id, video=None)
    drain_outbox()
    assert client.get(video.url).status_code == 200
    with unit_of_work(), as_merchant(actors.acme_id):
        assert load_video(queries.get_product(copy).video) == video
        services.discard_draft(product_id=copy)
    drain_outbox()
    assert client.get(video.url).status_code == 404


def test_delete_unused_video_ignores_foreign_files(product_with_video: Product, actors: Actors, client: FlaskClient) -> None:
    video = get_video(product_with_video, actors)
    assert video is not None
    with unit_of_work(), as_merchant(actors.rival_id):
        assert not services.delete_unused_video(merchant_id=actors.rival_id, key=video.key, extension=video.extension)
    assert client.get(video.url).status_code == 200


def test_set_same_video_publishes_nothing(
    product_with_video: Product, actors: Actors, published_events: list[events.Event]
) -> None:
    published_events.clear()
    attach_video(product_with_video, actors, make_video(frames=50))
    assert published_events == []
