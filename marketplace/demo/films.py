"""The films of the demo market: some of its goods, each of another merchant, filmed once and kept in storage (SF3)."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cached_property, partial
from multiprocessing import get_context
from pathlib import Path

from marketplace.catalogue import drawing
from marketplace.demo import camera
from marketplace.demo.album import OWNER, program
from marketplace.demo.goods import SIZES, goods
from marketplace.kernel import press, processes
from marketplace.kernel.ports import Storage
from marketplace.kernel.uploads import WIDTHS
from marketplace.kernel.videos import Video, store_film

COUNT = {"small": 2, "demo": 6, "large": 6}
SHOPS = 2  # whose goods' film introduces the merchant, too
MOVING = ("swirl", "wave", "drape", "roll")  # what a camera finds something in


class Films(Mapping[str, Video]):
    """Every film of a market of one size by name, in storage as soon as the first of them is asked for."""

    def __init__(self, size: str, *, storage: Storage, known: Path, say: Callable[[str], None]) -> None:
        self._size, self._storage, self._known, self._say = size, storage, known, say

    def __getitem__(self, name: str) -> Video:
        return self._kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    @cached_property
    def _kept(self) -> dict[str, Video]:
        wanted = {name: (_mark(pictures), pictures) for name, pictures in wanted_films(self._size).items()}
        known = self._remembered()
        missing = {mark: pictures for mark, pictures in wanted.values() if mark not in known}
        if missing:
            known |= self._shoot(list(missing.items()))
            self._known.parent.mkdir(parents=True, exist_ok=True)
            self._known.write_text(json.dumps({mark: video.to_json() for mark, video in known.items()}))
        return {name: known[mark] for name, (mark, _pictures) in wanted.items()}

    def _remembered(self) -> dict[str, Video]:
        """What was filmed before and is still in storage."""
        if not self._known.exists():
            return {}
        told = {mark: Video.from_json(data) for mark, data in json.loads(self._known.read_text()).items()}
        return {mark: one for mark, one in told.items() if self._storage.get(f"{one.key}-{WIDTHS[0]}.webp") is not None}

    def _shoot(self, jobs: list[camera.Job]) -> dict[str, Video]:
        self._say(f"  拍摄 {len(jobs)} 段视频 · filming {len(jobs)} videos")
        workers = min(len(jobs), len(os.sched_getaffinity(0)))
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=processes.die_with_parent) as pool:
            return {mark: _stored(*made) for mark, made in pool.map(partial(camera.shoot, widths=WIDTHS), jobs)}


def wanted_films(size: str) -> dict[str, tuple[drawing.Picture, ...]]:
    """What is to be filmed for a market of this size, by name: the first good one of every merchant, in turn."""
    found: dict[str, tuple[drawing.Picture, ...]] = {}
    seen: set[str] = set()
    for product in goods(SIZES["demo" if size == "large" else size]):
        pictures = tuple(shot.picture for shot in product.shots)
        good = product.state == "on_sale" and pictures[0].kind == drawing.Kind.CLOTH and pictures[0].view in MOVING
        if good and not {product.merchant, product.category} & seen and len(seen) < 2 * COUNT[size]:
            seen |= {product.merchant, product.category}
            found[f"product/{product.reference}"] = pictures
            if len(seen) <= 2 * SHOPS:
                found[f"shop/{product.merchant}"] = pictures
    return found


def _stored(data: bytes, poster: press.Pressed, seconds: float) -> Video:
    return store_film(data, poster=poster, edges=(camera.EDGE, camera.EDGE), seconds=seconds, owner=OWNER)


def _mark(pictures: tuple[drawing.Picture, ...]) -> str:
    source = Path(camera.__file__).read_text()
    return hashlib.sha256(f"{pictures!r} {WIDTHS} {source} {program()}".encode()).hexdigest()[:32]
