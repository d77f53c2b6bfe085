"""The videos of the demo: one product each of some merchants, rendered once and stored (multimedia exhibition, SF3)."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cached_property, partial
from multiprocessing import get_context
from pathlib import Path

from demo import drawing, video_renderer
from demo.picture_store import KEY_PREFIX, drawing_program_hash
from demo.products import SIZES, generate_products
from marketplace.kernel import subprocesses
from marketplace.kernel.ports import Storage
from marketplace.media import image_worker
from marketplace.media.uploads import WIDTHS
from marketplace.media.videos import Video, store_generated_video

VIDEO_COUNT = {"small": 2, "demo": 6, "large": 6}
SHOP_VIDEO_COUNT = 2  # product videos that are also the video of the merchant's shop
FILMED_VIEWS = ("swirl", "wave", "drape", "roll")  # views with enough relief for a moving viewport


class VideoStore(Mapping[str, Video]):
    """Every video of a demo of one size by name, rendered and stored when the first is requested."""

    def __init__(self, size: str, *, storage: Storage, index_path: Path, log: Callable[[str], None]) -> None:
        self._size, self._storage, self._index_path, self._log = size, storage, index_path, log

    def __getitem__(self, name: str) -> Video:
        return self._videos[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._videos)

    def __len__(self) -> int:
        return len(self._videos)

    @cached_property
    def _videos(self) -> dict[str, Video]:
        requested = {name: (_fingerprint(pictures), pictures) for name, pictures in requested_videos(self._size).items()}
        stored = self._load_index()
        missing = {fingerprint: pictures for fingerprint, pictures in requested.values() if fingerprint not in stored}
        if missing:
            stored |= self._render_missing(list(missing.items()))
            self._index_path.parent.mkdir(parents=True, exist_ok=True)
            self._index_path.write_text(json.dumps({fingerprint: video.to_json() for fingerprint, video in stored.items()}))
        return {name: stored[fingerprint] for name, (fingerprint, _pictures) in requested.items()}

    def _load_index(self) -> dict[str, Video]:
        """Return the videos that were rendered before and are still in storage."""
        if not self._index_path.exists():
            return {}
        entries = {fingerprint: Video.from_json(data) for fingerprint, data in json.loads(self._index_path.read_text()).items()}
        return {
            fingerprint: video
            for fingerprint, video in entries.items()
            if self._storage.get(f"{video.key}-{WIDTHS[0]}.webp") is not None
        }

    def _render_missing(self, jobs: list[video_renderer.Job]) -> dict[str, Video]:
        self._log(f"  拍摄 {len(jobs)} 段视频 · filming {len(jobs)} videos")
        workers = min(len(jobs), len(os.sched_getaffinity(0)))
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=subprocesses.die_with_parent) as pool:
            return {
                fingerprint: _store_video(*rendered)
                for fingerprint, rendered in pool.map(partial(video_renderer.render_job, widths=WIDTHS), jobs)
            }


def requested_videos(size: str) -> dict[str, tuple[drawing.Picture, ...]]:
    """Return the pictures of each video for a demo of this size, by name: one product of each merchant, in turn."""
    requested: dict[str, tuple[drawing.Picture, ...]] = {}
    used: set[str] = set()
    for product in generate_products(SIZES["demo" if size == "large" else size]):
        pictures = tuple(shot.picture for shot in product.shots)
        is_suitable = (
            product.state == "on_sale" and pictures[0].kind == drawing.PictureKind.CLOTH and pictures[0].view in FILMED_VIEWS
        )
        if is_suitable and not {product.merchant, product.category} & used and len(used) < 2 * VIDEO_COUNT[size]:
            used |= {product.merchant, product.category}
            requested[f"product/{product.reference}"] = pictures
            if len(used) <= 2 * SHOP_VIDEO_COUNT:
                requested[f"shop/{product.merchant}"] = pictures
    return requested


def _store_video(data: bytes, poster: image_worker.EncodedImage, seconds: float) -> Video:
    return store_generated_video(
        data,
        poster=poster,
        dimensions=(video_renderer.FRAME_SIZE, video_renderer.FRAME_SIZE),
        seconds=seconds,
        key_prefix=KEY_PREFIX,
    )


def _fingerprint(pictures: tuple[drawing.Picture, ...]) -> str:
    source = Path(video_renderer.__file__).read_text()
    return hashlib.sha256(f"{pictures!r} {WIDTHS} {source} {drawing_program_hash()}".encode()).hexdigest()[:32]
