"""Seeding the demo: pictures, videos, every seeder, search indexes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import current_app

from demo import seeding
from demo.picture_store import PictureStore
from demo.registry import SEEDERS
from demo.seeding import SeedContext
from demo.video_store import VideoStore
from marketplace.kernel.feature import Feature


def seed_marketplace(*, size: str, log: Callable[[str], None]) -> SeedContext:
    """Seed what is missing; a demo that was begun in one size is completed in that size."""
    size = seeding.seeded_size() or size
    settings = current_app.config["SETTINGS"]
    pictures = PictureStore(size, storage=current_app.extensions["storage"], index_path=settings.var / "pictures.json", log=log)
    videos = VideoStore(size, storage=current_app.extensions["storage"], index_path=settings.var / "videos.json", log=log)
    context = SeedContext(size=size, log=log, pictures=pictures, videos=videos)
    features: Sequence[Feature] = current_app.extensions["features"]
    if seeding.seed_all(SEEDERS, context):
        _rebuild_search_indexes(features, log)
    return context


def _rebuild_search_indexes(features: Sequence[Feature], log: Callable[[str], None]) -> None:
    for feature in features:
        for name, count in (feature.reindex() if feature.reindex is not None else {}).items():
            log(f"  search/{name}: {count}")
