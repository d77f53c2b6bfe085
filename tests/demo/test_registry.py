"""The registry of seeders: every seeder is listed after those that it needs."""

from __future__ import annotations

import pytest

from demo.registry import SEEDERS
from demo.seeding import SeedContext, Seeder, seed_all


def test_seeders_are_listed_after_those_they_need() -> None:
    names = [seeder.name for seeder in SEEDERS]
    assert len(set(names)) == len(names)
    for position, seeder in enumerate(SEEDERS):
        assert set(seeder.needs) <= set(names[:position]), seeder.name


def test_seed_all_rejects_seeder_before_its_need() -> None:
    seeder = Seeder(name="stock", seed=lambda _context: None, needs=("products",))
    with pytest.raises(ValueError, match="products"):
        seed_all([seeder], SeedContext(size="small"))
