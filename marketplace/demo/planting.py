"""Planting the demo market into an empty one: pictures drawn, films shot, every feature's corner, search indexes built."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import current_app

from marketplace.demo.album import Album
from marketplace.demo.films import Films
from marketplace.kernel import seeding
from marketplace.kernel.feature import Feature
from marketplace.kernel.seeding import Plan


def plant_market(*, size: str, say: Callable[[str], None]) -> Plan:
    """Plant what is not there yet; a market that was begun in one size is completed in that size."""
    size = seeding.planted_size() or size
    settings = current_app.config["SETTINGS"]
    album = Album(size, storage=current_app.extensions["storage"], known=settings.var / "drawings.json", say=say)
    films = Films(size, storage=current_app.extensions["storage"], known=settings.var / "films.json", say=say)
    plan = Plan(size=size, say=say, pictures=album, films=films)
    features: Sequence[Feature] = current_app.extensions["features"]
    if seeding.plant_all(features, plan):
        _index(features, say)
    return plan


def _index(features: Sequence[Feature], say: Callable[[str], None]) -> None:
    for feature in features:
        for name, count in (feature.reindex() if feature.reindex is not None else {}).items():
            say(f"  search/{name}: {count}")
