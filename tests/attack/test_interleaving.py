"""Isolation (h): every task runs twice in one worker process, tenants taking turns; nothing of one is left for the next."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from marketplace.importing import queries as imports
from marketplace.importing import services
from marketplace.importing.models import ImportFile
from marketplace.inventory.models import Location
from marketplace.kernel import rows
from marketplace.kernel.background import ScopedTask, ScopeMissing, celery
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.rows import RowScope
from tenants.scope import acting_for
from tests.attack.watch import Watch
from tests.attack.world import NIL, World

ONE_WORLD = True
SAID = text("select current_setting('app.merchant', true), current_setting('app.purpose', true)")
# What a task of one tenant is called with. Those without arguments run for everybody, under a purpose of their own.
CALLED_WITH: dict[str, Callable[[World, UUID], str]] = {
    "importing.work": lambda world, merchant_id: checked_import(world.app, merchant_id),
    "payments.carry_out": lambda _world, _merchant_id: str(NIL),
    "payments.handle_letter": lambda _world, _merchant_id: "no-such-letter",
}


def checked_import(app: Flask, merchant_id: UUID) -> str:
    """The first import of this merchant, a table without prices, that waits for a worker."""
    with app.app_context():
        with unit_of_work(), acting_for(merchant_id):
            file = db.session.scalars(select(ImportFile).order_by(ImportFile.id).limit(1)).one()
            wanted = {"SKU": "sku", "名称": "title_zh"}
            file.columns = ["SKU", "名称", "价格"]
            services.match(file_id=file.id, mapping=wanted | {"价格": "price"}, options={"category": "gingham"})
            job_id = imports.get(file.id).job_id
        db.session.remove()
    return str(job_id)


def ours() -> list[Any]:
    """The product's own tasks."""
    return [celery.tasks[name] for name in sorted(celery.tasks) if not name.startswith("celery.")]


def turns(world: World) -> Iterator[tuple[Any, tuple[str, ...], dict[str, str]]]:
    """Each task with its arguments and its scope: ours, theirs, ours again, theirs again, the sweeps in between."""
    merchants = (world.cast.acme_id, world.cast.rival_id)
    with_arguments = [task for task in ours() if task.name in CALLED_WITH]
    said = {(task.name, one): CALLED_WITH[task.name](world, one) for task in with_arguments for one in merchants}
    sweeps = [task for task in ours() if task.name not in CALLED_WITH]
    for _round in range(2):
        for task in with_arguments:
            for one in merchants:
                yield task, (said[task.name, one],), {"merchant": str(one)}
                yield sweeps[0], (), {}
                sweeps = [*sweeps[1:], sweeps[0]]
        for task in sweeps:
            yield task, (), {}


def left_over(app: Flask) -> list[Any]:
    """What the next task on this worker would find: a scope, a session, settings of the connection, somebody's rows."""
    found: list[Any] = [rows.current()] if rows.current() != rows.NOBODY else []
    with app.app_context():
        found += ["a session"] if db.session.registry.has() else []
        found += [word for word in db.session.execute(SAID).one() if word]
        found += db.session.scalars(select(Location.name)).all()
        db.session.remove()
    return found


def work_through(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], list[tuple[str, RowScope]]]:
    """Run all turns in one context, as one worker process does; what was left behind, and who was who."""
    left: list[Any] = []
    seen: list[tuple[str, RowScope]] = []
    for task in ours():
        original = task.run

        def spy(*args: Any, name: str = task.name, run: Callable[..., Any] = original) -> Any:
            seen.append((name, rows.current()))
            return run(*args)

        monkeypatch.setattr(task, "run", spy)

    def shift() -> None:
        for task, arguments, scope in turns(world):
            done = task.apply(args=arguments, headers={"scope": scope})
            assert done.successful(), (task.name, done.traceback)
            left.extend((task.name, what) for what in left_over(world.app))

    contextvars.Context().run(shift)
    return left, seen


def test_every_task_with_arguments_is_taught() -> None:
    bare = [task.name for task in ours() if task.run.__code__.co_argcount and task.name not in CALLED_WITH]
    assert bare == [], "say in CALLED_WITH what a tenant's task is called with"


def test_tenants_take_turns_on_one_worker(world: World, watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.forget()
    try:
        left, seen = work_through(world, monkeypatch)
        counts = [change.table for change in watched.changes() if change.table == "import_faults"]
    finally:
        watched.undo()
    assert left == []
    for task in ours():
        mine = [scope for name, scope in seen if name == task.name]
        if task.name in CALLED_WITH:
            one, other = RowScope(merchant=world.cast.acme_id), RowScope(merchant=world.cast.rival_id)
            assert mine == [one, other, one, other], task.name
        else:
            assert len(mine) >= 2, task.name
            assert set(mine) == {rows.NOBODY}, task.name
    assert len(counts) == 2, "each import was checked once, by its own merchant, though its task came twice"


def test_a_task_touches_nothing_of_the_other(world: World, watched: Watch) -> None:
    """Our job under their scope: the worker finds no such job."""
    watched.forget()
    try:
        job = checked_import(world.app, world.cast.acme_id)
        before = len(watched.changes())
        celery.tasks["importing.work"].apply(args=[job], headers={"scope": {"merchant": str(world.cast.rival_id)}})
        assert watched.changes()[before:] == []
    finally:
        watched.undo()


def test_a_message_without_a_scope_is_refused(world: World) -> None:
    for task in ours():
        done = task.apply(args=["x"] if task.name in CALLED_WITH else [])
        assert isinstance(done.result, ScopeMissing), task.name


def test_control_a_worker_that_forgets_to_forget_is_found(
    world: World, watched: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(self: Any, *args: Any, **kwargs: Any) -> Any:
        scope = RowScope.from_json(self.request.headers["scope"])
        with self.flask_app.app_context():
            rows._current.set(scope if scope != rows.NOBODY else rows.current())
            try:
                return self.run(*args, **kwargs)
            finally:
                db.session.remove()

    monkeypatch.setattr(ScopedTask, "__call__", careless)
    watched.forget()
    try:
        left, seen = work_through(world, monkeypatch)
    finally:
        watched.undo()
    assert left != []
    assert {scope for name, scope in seen if name not in CALLED_WITH} != {rows.NOBODY}
