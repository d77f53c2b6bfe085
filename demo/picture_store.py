"""The pictures of the demo: drawn by all processors, kept in storage, and never drawn twice."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from functools import cache, cached_property
from multiprocessing import get_context
from pathlib import Path

from demo import drawing, site_pictures
from demo.categories import CATEGORIES
from demo.draw_worker import Job, draw_batch
from demo.merchants import TRADING
from demo.products import SIZES, generate_products
from marketplace.kernel import subprocesses
from marketplace.kernel.ports import Storage
from marketplace.media import image_worker
from marketplace.media.uploads import WIDTHS, Picture, store_encoded_image

KEY_PREFIX = "demo"
PICTURE_SIZES = {"small": 320, "demo": 640, "large": 640}  # pixels; the small demo is for tests, which need no detail
MAX_BANNER_WIDTH = 1600


class PictureStore(Mapping[str, Picture]):
    """Every picture of a demo of one size by name, drawn and stored when the first is requested.

    An index file records what was drawn, by the parameters of the picture and the hash of the picture generator. A demo of size
    "large" shares the pictures of size "demo" among products of the same category.
    """

    def __init__(self, size: str, *, storage: Storage, index_path: Path, log: Callable[[str], None]) -> None:
        self._size, self._storage, self._index_path, self._log = size, storage, index_path, log

    def __getitem__(self, name: str) -> Picture:
        return self._pictures[self._aliases.get(name, name)]

    def __iter__(self) -> Iterator[str]:
        return iter((self._pictures | self._aliases).keys())

    def __len__(self) -> int:
        return len(self._pictures | self._aliases)

    @cached_property
    def _pictures(self) -> dict[str, Picture]:
        requested = requested_pictures(self._size)
        fingerprints = {name: _fingerprint(picture, edge) for name, (picture, edge) in requested.items()}
        stored = self._load_index()
        missing = {
            fingerprints[name]: (picture, edge)
            for name, (picture, edge) in requested.items()
            if fingerprints[name] not in stored
        }
        if missing:
            stored |= self._draw_missing(
                [(fingerprint, picture, edge) for fingerprint, (picture, edge) in missing.items()], stored
            )
        return {name: stored[fingerprint] for name, fingerprint in fingerprints.items()}

    @cached_property
    def _aliases(self) -> dict[str, str]:
        return _aliases_for_large() if self._size == "large" else {}

    def _load_index(self) -> dict[str, Picture]:
        """Return the pictures that were drawn before and are still in storage."""
        if not self._index_path.exists():
            return {}
        entries = {
            fingerprint: Picture.from_json(data) for fingerprint, data in json.loads(self._index_path.read_text()).items()
        }
        return {
            fingerprint: picture
            for fingerprint, picture in entries.items()
            if self._storage.get(f"{picture.key}-{WIDTHS[0]}.webp") is not None
        }

    def _save_index(self, stored: Mapping[str, Picture]) -> None:
        self._index_path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._index_path.with_suffix(".part")
        unfinished.write_text(json.dumps({fingerprint: picture.to_json() for fingerprint, picture in stored.items()}))
        unfinished.replace(self._index_path)

    def _draw_missing(self, jobs: list[Job], stored: Mapping[str, Picture]) -> dict[str, Picture]:
        """Draw with all processors, in batches that share their scenes; an interrupted run resumes."""
        self._log(f"  绘制 {len(jobs)} 幅图片 · drawing {len(jobs)} pictures")
        jobs.sort(key=_scene_key)
        workers = len(os.sched_getaffinity(0))
        batch_size = max(1, min(24, -(-len(jobs) // (workers * 6))))
        drawn: dict[str, Picture] = {}
        last_reported = 0
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=subprocesses.die_with_parent) as pool:
            batches = [
                pool.submit(draw_batch, jobs[start : start + batch_size], WIDTHS) for start in range(0, len(jobs), batch_size)
            ]
            for batch in as_completed(batches):
                drawn |= _store_batch(batch)
                if len(drawn) * 5 // len(jobs) > last_reported:
                    last_reported = len(drawn) * 5 // len(jobs)
                    self._log(f"    {len(drawn)} / {len(jobs)}")
                    self._save_index({**stored, **drawn})
        self._save_index({**stored, **drawn})
        return drawn


def requested_pictures(size: str) -> dict[str, tuple[drawing.Picture, int]]:
    """Return the pictures of a demo of this size, and their widths, by name."""
    edge = PICTURE_SIZES[size]
    shots = generate_products(SIZES["demo" if size == "large" else size])
    requested = {
        f"product/{product.reference}/{shot.name}": (shot.picture, edge) for product in shots for shot in product.shots
    }
    requested |= {f"category/{category.slug}": (site_pictures.category_tile(category.slug), edge) for category in CATEGORIES}
    requested |= {f"logo/{merchant.slug}": (site_pictures.logo_picture(merchant), min(edge, 400)) for merchant in TRADING}
    wide = min(MAX_BANNER_WIDTH, edge * 2)
    return requested | {f"banner/{merchant.slug}": (site_pictures.banner_picture(merchant), wide) for merchant in TRADING}


def _store_batch(batch: Future[list[tuple[str, image_worker.EncodedImage]]]) -> dict[str, Picture]:
    return {fingerprint: store_encoded_image(encoded, key_prefix=KEY_PREFIX) for fingerprint, encoded in batch.result()}


def _aliases_for_large() -> dict[str, str]:
    """Return for every shot of the large demo a shot of the ordinary one: same category, in turn."""
    by_category: dict[str, list[str]] = {}
    for product in generate_products(SIZES["demo"]):
        by_category.setdefault(product.category, []).append(product.reference)
    shot_counts = {product.reference: len(product.shots) for product in generate_products(SIZES["demo"])}
    names: dict[str, str] = {}
    for number, product in enumerate(generate_products(SIZES["large"])):
        candidates = by_category[product.category]
        lender = product.reference if product.reference in shot_counts else candidates[number // 61 % len(candidates)]
        for shot in product.shots:
            shot_number = min(int(shot.name), shot_counts[lender])
            names[f"product/{product.reference}/{shot.name}"] = f"product/{lender}/{shot_number}"
    return names


def _scene_key(job: Job) -> tuple[str, str, str, int, str]:
    """Return a sort key that groups pictures of the same scene, so that the scene is composed once."""
    picture = job[1]
    return picture.kind, picture.shape, picture.view, picture.seed % 12, picture.cloth.binding


def _fingerprint(picture: drawing.Picture, edge: int) -> str:
    return hashlib.sha256(f"{picture!r} {edge} {WIDTHS} {drawing_program_hash()}".encode()).hexdigest()[:32]


@cache
def drawing_program_hash() -> str:
    """Return the hash of the picture generator; after a change the pictures are drawn again."""
    digest = hashlib.sha256()
    for path in sorted(Path(drawing.__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
