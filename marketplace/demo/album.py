"""The pictures of the demo market: drawn by all processors of the machine, kept in storage, never drawn twice."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from functools import cache, cached_property
from multiprocessing import get_context
from pathlib import Path

from marketplace.catalogue import drawing
from marketplace.demo import pictures
from marketplace.demo.categories import CATEGORIES
from marketplace.demo.easel import Job, draw_batch
from marketplace.demo.goods import SIZES, goods
from marketplace.demo.merchants import TRADING
from marketplace.kernel import press, processes
from marketplace.kernel.ports import Storage
from marketplace.kernel.uploads import WIDTHS, Picture, store_pressed

OWNER = "demo"
EDGES = {"small": 320, "demo": 640, "large": 640}  # pixels; a small market is for tests, which look at no threads
BANNER_EDGE = 1600


class Album(Mapping[str, Picture]):
    """Every picture of a market of one size by name, in storage as soon as the first of them is asked for.

    What was drawn is remembered in `known`, a file, by what was to be drawn and by the drawing program that drew it.
    A large market has the pictures of one of ordinary size, for goods of the same shelf.
    """

    def __init__(self, size: str, *, storage: Storage, known: Path, say: Callable[[str], None]) -> None:
        self._size, self._storage, self._known, self._say = size, storage, known, say

    def __getitem__(self, name: str) -> Picture:
        return self._kept[self._aliases.get(name, name)]

    def __iter__(self) -> Iterator[str]:
        return iter((self._kept | self._aliases).keys())

    def __len__(self) -> int:
        return len(self._kept | self._aliases)

    @cached_property
    def _kept(self) -> dict[str, Picture]:
        wanted = wanted_pictures(self._size)
        marks = {name: _mark(picture, edge) for name, (picture, edge) in wanted.items()}
        known = self._remembered()
        missing = {marks[name]: (picture, edge) for name, (picture, edge) in wanted.items() if marks[name] not in known}
        if missing:
            known |= self._draw([(mark, picture, edge) for mark, (picture, edge) in missing.items()], known)
        return {name: known[mark] for name, mark in marks.items()}

    @cached_property
    def _aliases(self) -> dict[str, str]:
        return _borrowed() if self._size == "large" else {}

    def _remembered(self) -> dict[str, Picture]:
        """What was drawn before and is still in storage."""
        if not self._known.exists():
            return {}
        told = {mark: Picture.from_json(data) for mark, data in json.loads(self._known.read_text()).items()}
        return {mark: one for mark, one in told.items() if self._storage.get(f"{one.key}-{WIDTHS[0]}.webp") is not None}

    def _remember(self, known: Mapping[str, Picture]) -> None:
        self._known.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._known.with_suffix(".part")
        unfinished.write_text(json.dumps({mark: one.to_json() for mark, one in known.items()}))
        unfinished.replace(self._known)

    def _draw(self, jobs: list[Job], known: Mapping[str, Picture]) -> dict[str, Picture]:
        """Draw with all processors, in batches that share their scenes; an interrupted run goes on where it was."""
        self._say(f"  绘制 {len(jobs)} 幅图片 · drawing {len(jobs)} pictures")
        jobs.sort(key=_scene)
        workers = len(os.sched_getaffinity(0))
        step = max(1, min(24, -(-len(jobs) // (workers * 6))))
        found: dict[str, Picture] = {}
        told = 0
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=processes.die_with_parent) as pool:
            batches = [pool.submit(draw_batch, jobs[at : at + step], WIDTHS) for at in range(0, len(jobs), step)]
            for batch in as_completed(batches):
                found |= _stored(batch)
                if len(found) * 5 // len(jobs) > told:
                    told = len(found) * 5 // len(jobs)
                    self._say(f"    {len(found)} / {len(jobs)}")
                    self._remember({**known, **found})
        self._remember({**known, **found})
        return found


def wanted_pictures(size: str) -> dict[str, tuple[drawing.Picture, int]]:
    """What is to be drawn for a market of this size, and how wide, by name."""
    edge = EDGES[size]
    shots = goods(SIZES["demo" if size == "large" else size])
    found = {f"product/{product.reference}/{shot.name}": (shot.picture, edge) for product in shots for shot in product.shots}
    found |= {f"category/{category.slug}": (pictures.shelf(category.slug), edge) for category in CATEGORIES}
    found |= {f"logo/{merchant.slug}": (pictures.logo(merchant), min(edge, 400)) for merchant in TRADING}
    wide = min(BANNER_EDGE, edge * 2)
    return found | {f"banner/{merchant.slug}": (pictures.banner(merchant), wide) for merchant in TRADING}


def _stored(batch: Future[list[tuple[str, press.Pressed]]]) -> dict[str, Picture]:
    return {mark: store_pressed(pressed, owner=OWNER) for mark, pressed in batch.result()}


def _borrowed() -> dict[str, str]:
    """For every shot of a large market, a shot of the ordinary one: same shelf, in turn."""
    by_shelf: dict[str, list[str]] = {}
    for product in goods(SIZES["demo"]):
        by_shelf.setdefault(product.category, []).append(product.reference)
    known = {product.reference: len(product.shots) for product in goods(SIZES["demo"])}
    names: dict[str, str] = {}
    for number, product in enumerate(goods(SIZES["large"])):
        shelf = by_shelf[product.category]
        lender = product.reference if product.reference in known else shelf[number // 61 % len(shelf)]
        for shot in product.shots:
            place = min(int(shot.name), known[lender])
            names[f"product/{product.reference}/{shot.name}"] = f"product/{lender}/{place}"
    return names


def _scene(job: Job) -> tuple[str, str, str, int, str]:
    """Pictures with the same scene stand together, so that it is set up once."""
    picture = job[1]
    return picture.kind, picture.shape, picture.view, picture.seed % 12, picture.cloth.binding


def _mark(picture: drawing.Picture, edge: int) -> str:
    return hashlib.sha256(f"{picture!r} {edge} {WIDTHS} {program()}".encode()).hexdigest()[:32]


@cache
def program() -> str:
    """The drawing program in short: another one draws anew."""
    digest = hashlib.sha256()
    for path in sorted(Path(drawing.__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
