"""R22: with the application's own scoping switched off, row security alone still shows and changes nothing foreign."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from marketplace.kernel.db import Base, db
from marketplace.kernel.rows import DataClass
from tests.attack import test_rights as rights
from tests.attack.walls import without_row_security, without_scoping
from tests.attack.watch import Watch
from tests.attack.world import World

ONE_WORLD = True
WALKS: list[Callable[[World], None]] = [
    rights.test_foreign_things_look_like_things_that_do_not_exist,
    rights.test_other_buyers_things_do_not_exist,
]
PRIVATE = (DataClass.MERCHANT, DataClass.BUYER, DataClass.PARTIES)


@pytest.mark.parametrize("walk", WALKS, ids=["desk", "buyer"])
def test_row_security_alone_holds(world: World, watched: Watch, walk: Callable[[World], None]) -> None:
    with without_scoping():
        walk(world)
    watched.undo()


@pytest.mark.parametrize("walk", WALKS, ids=["desk", "buyer"])
def test_without_both_the_walk_finds_foreign_rows(world: World, watched: Watch, walk: Callable[[World], None]) -> None:
    """Control: nothing but these two stands between the sides, and the walk sees it when they are gone."""
    watched.forget()
    try:
        with without_scoping(), without_row_security(world.app, world.engine), pytest.raises(AssertionError):
            walk(world)
    finally:
        watched.undo()


def test_nobody_sees_no_private_row(world: World) -> None:
    """Isolation (d): the application's role, with nothing said about who it is, sees no row of any private table."""
    private = [mapper.class_.__tablename__ for mapper in Base.registry.mappers if mapper.class_.__data__ in PRIVATE]
    with world.app.app_context(), db.engine.connect() as connection:
        seen = {name: connection.execute(text(f'select count(*) from "{name}"')).scalar() for name in private}
    with world.engine.connect() as connection:
        there = {name: connection.execute(text(f'select count(*) from "{name}"')).scalar() for name in private}
    assert {name: count for name, count in seen.items() if count} == {}
    assert len([name for name, count in there.items() if count]) >= 15, "the market is too empty to prove anything"
