"""The video of a product: at the desk, in the hall, at the console, and what becomes of its files (SF3)."""

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

from marketplace.catalogue import queries, search, services
from marketplace.catalogue.errors import NoSuchProduct
from marketplace.catalogue.events import ProductChanged, ProductVideoLeft
from marketplace.catalogue.models import Product
from marketplace.kernel import events, memo, videos
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.videos import Video, taken_video, video_of
from tenants.scope import acting_for
from tests.cast import Cast
from tests.factories import goods
from tests.factories.films import film
from tests.marketplace.catalogue.test_desk import HOME, filled


@pytest.fixture
def draft(ctx: Flask, cast: Cast) -> Product:
    with unit_of_work():
        made = goods.draft(cast.acme_id, goods.category(attributes=True).id)
    db.session.remove()
    return made


@pytest.fixture
def shown(ctx: Flask, cast: Cast) -> Product:
    with unit_of_work():
        made = goods.product(cast.acme_id, on_hand=100)
    hang(made, cast, film(frames=50))
    memo.forget_all()
    return made


def hang(product: Product, cast: Cast, data: bytes) -> Video:
    with unit_of_work(), acting_for(cast.acme_id), taken_video(io.BytesIO(data)) as taken:
        video = taken.keep(owner=services.video_owner(merchant_id=cast.acme_id))
        services.hang_video(product_id=product.id, video=video)
    db.session.remove()
    return video


def video_at(product: Product, cast: Cast) -> Video | None:
    db.session.remove()
    with unit_of_work(), acting_for(cast.acme_id):
        return video_of(queries.get(product.id).video)


def given(data: bytes, name: str = "film.mp4") -> FileStorage:
    return FileStorage(io.BytesIO(data), filename=name)


def test_a_merchant_adds_replaces_and_removes_it(
    draft: Product, cast: Cast, client: FlaskClient, drain: Callable[[], int]
) -> None:
    browser = cast.owner.browser()
    assert "<video" not in browser.get(f"{HOME}/{draft.id}").text
    assert browser.post(f"{HOME}/{draft.id}", data=filled(draft, video=given(film()))).status_code == 303
    first = video_at(draft, cast)
    assert first is not None
    page = browser.get(f"{HOME}/{draft.id}").text
    assert f'<source src="{first.url}" type="video/mp4">' in page
    assert client.get(first.url).status_code == 200

    second_form = filled(draft, version=version(draft, cast), video=given(film("webm", "libvpx"), "x.webm"))
    assert browser.post(f"{HOME}/{draft.id}", data=second_form).status_code == 303
    second = video_at(draft, cast)
    assert second is not None
    assert second.url.endswith(".webm")
    drain()
    assert [client.get(one.url).status_code for one in (first, second)] == [404, 200]

    gone = filled(draft, version=version(draft, cast), **{"video-gone": "1"})
    assert browser.post(f"{HOME}/{draft.id}", data=gone).status_code == 303
    assert video_at(draft, cast) is None
    drain()
    assert second.poster is not None
    assert [client.get(url).status_code for url in (second.url, second.poster.url)] == [404, 404]


def version(product: Product, cast: Cast) -> str:
    db.session.remove()
    with unit_of_work(), acting_for(cast.acme_id):
        return str(queries.get(product.id).version)


def test_a_new_product_may_come_with_one(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True)
    answer = cast.owner.browser().post(f"{HOME}/new", data=filled(category=str(kind.id), video=given(film())))
    assert answer.status_code == 303
    assert "<video" in cast.owner.browser().get(answer.location).text


def test_saving_without_a_file_leaves_it_alone(shown: Product, cast: Cast) -> None:
    before = video_at(shown, cast)
    form = filled(shown, version=version(shown, cast))
    assert cast.owner.browser().post(f"{HOME}/{shown.id}", data=form).status_code == 303
    assert video_at(shown, cast) == before


@pytest.mark.parametrize(
    ("making", "sentence"),
    [
        (lambda: b"MZ nothing of ours", "请选择 MP4 或 WebM 格式的视频"),
        (lambda: film(codec="libx265"), "请另存为 H.264 编码的 MP4 文件"),
        (lambda: film(sound="ac3"), "请将音频另存为 AAC 格式"),
        (lambda: film(frames=200, fps=1), "超过 3 分钟"),
        (lambda: film(codec=None, sound="aac", frames=50), "只有声音，没有画面"),
        (lambda: film()[:400], "无法读取"),
        (lambda: b"x" * (videos.VIDEO_BYTES + 1), "50 MB"),
    ],
    ids=["kind", "codec", "sound", "long", "picture", "broken", "large"],
)
def test_what_is_no_honest_video_is_refused_at_its_field(
    shown: Product, cast: Cast, making: Callable[[], bytes], sentence: str, announced: list[events.Event]
) -> None:
    before, browser = video_at(shown, cast), cast.owner.browser()
    announced.clear()
    form = filled(shown, version=version(shown, cast), video=given(making()), **{"title-zh_Hans": "尚未保存的名字"})
    answer = browser.post(f"{HOME}/{shown.id}", data=form)
    assert answer.status_code == 422
    (said,) = re.findall(r'id="f-video-error"[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    assert sentence in said
    assert 'href="#f-video"' in answer.text
    assert "尚未保存的名字" in answer.text
    assert video_at(shown, cast) == before
    assert [one for one in announced if isinstance(one, ProductChanged | ProductVideoLeft)] == []


def test_nothing_is_kept_of_a_form_that_is_refused(
    ctx: Flask, draft: Product, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    storage = ctx.extensions["storage"]
    monkeypatch.setattr(type(storage), "put_file", lambda _self, key, _path: written.append(key))
    form = filled(draft, video=given(film()), **{"variants-0-sku": "a b"})
    assert cast.owner.browser().post(f"{HOME}/{draft.id}", data=form).status_code == 422
    stale = filled(draft, version="77", video=given(film()))
    assert cast.owner.browser().post(f"{HOME}/{draft.id}", data=stale).status_code == 422
    assert written == []
    assert video_at(draft, cast) is None


def test_a_form_with_a_video_may_be_larger_than_others_but_not_endless(draft: Product, cast: Cast) -> None:
    browser = cast.owner.browser()
    claimed = {"CONTENT_LENGTH": str(videos.REQUEST_BYTES + 1)}
    answer = browser.post(
        f"{HOME}/{draft.id}", data=b"x", environ_overrides=claimed, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 413
    assert "视频不超过 50 MB" in answer.text


def test_a_product_that_is_not_mine_takes_none(shown: Product, cast: Cast, announced: list[events.Event]) -> None:
    before = video_at(shown, cast)
    for who, desk, status in ((cast.rival_owner, "rival", 404), (cast.rival_owner, "acme", 404), (cast.clerk, "acme", 403)):
        form = filled(shown, video=given(film(frames=10)))
        assert who.browser().post(f"/desk/{desk}/products/{shown.id}", data=form).status_code == status
    with pytest.raises(NoSuchProduct), unit_of_work(), acting_for(cast.rival_id):
        services.hang_video(product_id=shown.id, video=None)
    assert video_at(shown, cast) == before


def test_the_hall_shows_it_and_a_change_at_once(shown: Product, cast: Cast, client: FlaskClient, statements: Any) -> None:
    first = video_at(shown, cast)
    assert first is not None
    page = client.get(f"/p/{shown.code}")
    assert f'<source src="{first.url}" type="video/mp4">' in page.text
    (player,) = re.findall(r"<video[^>]*>", page.text)
    for said in ("controls", "playsinline", 'preload="none"', 'width="160"', 'height="120"', "aria-label=", "poster="):
        assert said in player
    assert "autoplay" not in player
    assert "media-src 'self'" in page.headers["Content-Security-Policy"]
    with statements() as again:
        client.get(f"/p/{shown.code}")

    second = hang(shown, cast, film("webm", "libvpx"))
    page = client.get(f"/p/{shown.code}")
    assert second.url in page.text
    assert first.url not in page.text
    with unit_of_work(), acting_for(cast.acme_id):
        services.hang_video(product_id=shown.id, video=None)
    assert "<video" not in client.get(f"/p/{shown.code}").text
    with statements() as without:
        client.get(f"/p/{shown.code}")
    assert len(again) == len(without) == 1


def test_a_card_says_that_there_is_one(shown: Product, cast: Cast, client: FlaskClient, drain: Callable[[], int]) -> None:
    drain()
    search.reindex()
    assert "has-film" in client.get("/search?q=").text
    with unit_of_work(), acting_for(cast.acme_id):
        services.hang_video(product_id=shown.id, video=None)
    page = client.get("/search?q=").text
    assert f"/p/{shown.code}" in page
    assert "has-film" not in page


def test_a_change_from_elsewhere_shows_at_once_too(shown: Product, client: FlaskClient, superuser: Engine) -> None:
    assert "<video" in client.get(f"/p/{shown.code}").text
    with superuser.begin() as connection:
        connection.execute(text("update products set video = null"))
    assert "<video" not in client.get(f"/p/{shown.code}").text


def test_the_reviewer_sees_it_and_may_remark_on_it(draft: Product, cast: Cast) -> None:
    video = hang(draft, cast, film())
    with unit_of_work(), acting_for(cast.acme_id):
        services.submit(product_id=draft.id)
    browser = cast.admin.browser()
    assert video.url in browser.get(f"/console/catalogue/products/{draft.id}").text
    form = {"note": "视频不符", "remark-video": "视频拍的不是这款布"}
    assert browser.post(f"/console/catalogue/products/{draft.id}/reject", data=form).status_code == 303
    assert "视频拍的不是这款布" in cast.owner.browser().get(f"{HOME}/{draft.id}").text


def test_the_preview_shows_it(draft: Product, cast: Cast) -> None:
    video = hang(draft, cast, film())
    assert video.url in cast.owner.browser().get(f"{HOME}/{draft.id}/preview").text


def test_a_copy_shows_it_too_and_keeps_its_files(
    shown: Product, cast: Cast, client: FlaskClient, drain: Callable[[], int]
) -> None:
    video = video_at(shown, cast)
    assert video is not None
    with unit_of_work(), acting_for(cast.acme_id):
        copy = services.duplicate(product_id=shown.id).id
    with unit_of_work(), acting_for(cast.acme_id):
        services.hang_video(product_id=shown.id, video=None)
    drain()
    assert client.get(video.url).status_code == 200
    with unit_of_work(), acting_for(cast.acme_id):
        assert video_of(queries.get(copy).video) == video
        services.discard(product_id=copy)
    drain()
    assert client.get(video.url).status_code == 404


def test_what_others_own_is_never_thrown_away(shown: Product, cast: Cast, client: FlaskClient) -> None:
    video = video_at(shown, cast)
    assert video is not None
    with unit_of_work(), acting_for(cast.rival_id):
        assert not services.drop_video(merchant_id=cast.rival_id, key=video.key, ending=video.ending)
    assert client.get(video.url).status_code == 200


def test_the_same_video_again_changes_nothing(shown: Product, cast: Cast, announced: list[events.Event]) -> None:
    announced.clear()
    hang(shown, cast, film(frames=50))
    assert announced == []
