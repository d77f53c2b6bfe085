"""The videos of the demo: products of different merchants, small files, deterministic."""

import io
from pathlib import Path

import av
from flask import Flask

from demo import video_renderer
from demo.products import generate_products
from demo.video_store import SHOP_VIDEO_COUNT, VIDEO_COUNT, VideoStore, requested_videos
from marketplace.media.uploads import WIDTHS


def test_requested_videos_cover_different_merchants() -> None:
    on_sale = {f"product/{product.reference}": product for product in generate_products(420) if product.state == "on_sale"}
    requested = requested_videos("demo")
    filmed = [on_sale[name] for name in requested if name.startswith("product/")]
    assert len(filmed) == VIDEO_COUNT["demo"]
    assert len({product.merchant for product in filmed}) == len({product.category for product in filmed}) == len(filmed)
    assert [name for name in requested if name.startswith("shop/")] == [
        f"shop/{product.merchant}" for product in filmed[:SHOP_VIDEO_COUNT]
    ]
    assert requested_videos("demo") == requested


def test_render_video_is_deterministic_and_small() -> None:
    pictures, *_others = requested_videos("small").values()
    _fingerprint, (data, poster, seconds) = video_renderer.render_job(("one", pictures), widths=WIDTHS)
    assert video_renderer.render_video(pictures)[0] == data
    assert 3 < seconds < 6
    assert 20_000 < len(data) < 400_000
    assert data.index(b"moov") < data.index(b"mdat")
    assert poster.width == video_renderer.FRAME_SIZE
    with av.open(io.BytesIO(data)) as file:
        frames = [frame.to_image().resize((8, 8)).tobytes() for frame in file.decode(video=0)]
    assert len(frames) == round(seconds * video_renderer.FPS)
    assert len({frames[0], frames[len(frames) // 2], frames[-1]}) == 3  # it moves


def test_video_store_renders_only_missing_videos(ctx: Flask, tmp_path: Path) -> None:
    log_lines: list[str] = []

    def load_videos() -> dict[str, object]:
        return dict(
            VideoStore("small", storage=ctx.extensions["storage"], index_path=tmp_path / "videos.json", log=log_lines.append)
        )

    first = load_videos()
    assert len(first) == VIDEO_COUNT["small"] + SHOP_VIDEO_COUNT
    assert len(log_lines) == 1
    assert load_videos() == first
    assert len(log_lines) == 1
