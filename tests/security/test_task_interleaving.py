"""Task isolation: every task runs twice in one worker process with alternating tenants, and leaves no state behind."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from marketplace.inventory.models import Location
from marketplace.kernel import tenancy
from marketplace.kernel.celery_app import MissingTenantContext, TenantTask, celery
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.tenancy import TenantContext
from marketplace.product_import import queries as import_queries
from marketplace.product_import import services
from marketplace.product_import.models import ImportFile
from tenants.isolation import as_merchant
from tests.security.change_recorder import ChangeRecorder
from tests.security.target import NIL, AttackTarget

SHARED_DATABASE = True
CONNECTION_SETTINGS = text("select current_setting('app.merchant', true), current_setting('app.purpose', true)")
# Arguments of the tasks of one tenant. Tasks without arguments work across tenants, with an access purpose of their own.
TASK_ARGUMENTS: dict[str, Callable[[AttackTarget, UUID], str]] = {
    "product_import.run": lambda attack_target, merchant_id: create_import_job(attack_target.app, merchant_id),
    "payments.execute_operation": lambda _attack_target, _merchant_id: str(NIL),
    "payments.process_webhook": lambda _attack_target, _merchant_id: "no-such-event",
}


def create_import_job(app: Flask, merchant_id: UUID) -> str:
    """Queue the first import of this merchant, a table without prices; return the job id."""
    with app.app_context():
        with unit_of_work(), as_merchant(merchant_id):
            file = db.session.scalars(select(ImportFile).order_by(ImportFile.id).limit(1)).one()
            mapping = {"SKU": "sku", "名称": "title_zh"}
            file.columns = ["SKU", "名称", "价格"]
            services.set_mapping(file_id=file.id, mapping=mapping | {"价格": "price"}, options={"category": "gingham"})
            job_id = import_queries.get_import(file.id).job_id
        db.session.remove()
    return str(job_id)


def product_tasks() -> list[Any]:
    """Return the tasks of the product, without those of Celery."""
    return [celery.tasks[name] for name in sorted(celery.tasks) if not name.startswith("celery.")]


def interleaved_calls(attack_target: AttackTarget) -> Iterator[tuple[Any, tuple[str, ...], dict[str, str]]]:
    """Yield each task with arguments and context, alternating between the merchants, with tenantless tasks in between."""
    merchants = (attack_target.actors.acme_id, attack_target.actors.rival_id)
    with_arguments = [task for task in product_tasks() if task.name in TASK_ARGUMENTS]
    argument_by_task = {
        (task.name, merchant_id): TASK_ARGUMENTS[task.name](attack_target, merchant_id)
        for task in with_arguments
        for merchant_id in merchants
    }
    tenantless_tasks = [task for task in product_tasks() if task.name not in TASK_ARGUMENTS]
    for _round in range(2):
        for task in with_arguments:
            for merchant_id in merchants:
                yield task, (argument_by_task[task.name, merchant_id],), {"merchant": str(merchant_id)}
                yield tenantless_tasks[0], (), {}
                tenantless_tasks = [*tenantless_tasks[1:], tenantless_tasks[0]]
        for task in tenantless_tasks:
            yield task, (), {}


def find_leftovers(app: Flask) -> list[Any]:
    """Return state that the next task on this worker would find: context, session, connection settings, visible rows."""
    leftovers: list[Any] = [tenancy.get_context()] if tenancy.get_context() != tenancy.ANONYMOUS else []
    with app.app_context():
        leftovers += ["a session"] if db.session.registry.has() else []
        leftovers += [setting for setting in db.session.execute(CONNECTION_SETTINGS).one() if setting]
        leftovers += db.session.scalars(select(Location.name)).all()
        db.session.remove()
    return leftovers


def run_interleaved(
    attack_target: AttackTarget, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Any], list[tuple[str, TenantContext]]]:
    """Run all calls in one context, as one worker process does; return the leftovers and the context of each call."""
    leftovers: list[Any] = []
    contexts: list[tuple[str, TenantContext]] = []
    for task in product_tasks():
        original = task.run

        def spy(*args: Any, name: str = task.name, run: Callable[..., Any] = original) -> Any:
            contexts.append((name, tenancy.get_context()))
            return run(*args)

        monkeypatch.setattr(task, "run", spy)

    def run_all() -> None:
        for task, arguments, context in interleaved_calls(attack_target):
            result = task.apply(args=arguments, headers={"context": context})
            assert result.successful(), (task.name, result.traceback)
            leftovers.extend((task.name, leftover) for leftover in find_leftovers(attack_target.app))

    contextvars.Context().run(run_all)
    return leftovers, contexts


def test_every_task_with_arguments_is_configured() -> None:
    missing = [task.name for task in product_tasks() if task.run.__code__.co_argcount and task.name not in TASK_ARGUMENTS]
    assert missing == [], "say in CALLED_WITH what a tenant's task is called with"


def test_interleaved_tenants_leave_no_state_on_worker(
    attack_target: AttackTarget, recorder: ChangeRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.clear()
    try:
        leftovers, contexts = run_interleaved(attack_target, monkeypatch)
        error_tables = [change.table for change in recorder.changes() if change.table == "import_errors"]
    finally:
        recorder.undo()
    assert leftovers == []
    for task in product_tasks():
        task_contexts = [context for name, context in contexts if name == task.name]
        if task.name in TASK_ARGUMENTS:
            own_context, rival_context = (
                TenantContext(merchant=attack_target.actors.acme_id),
                TenantContext(merchant=attack_target.actors.rival_id),
            )
            assert task_contexts == [own_context, rival_context, own_context, rival_context], task.name
        else:
            assert len(task_contexts) >= 2, task.name
            assert set(task_contexts) == {tenancy.ANONYMOUS}, task.name
    assert len(error_tables) == 2, "each import is checked once, by its own merchant, although its task runs twice"


def test_task_with_foreign_context_writes_nothing(attack_target: AttackTarget, recorder: ChangeRecorder) -> None:
    """Run a job in the context of the other tenant: the job is not found."""
    recorder.clear()
    try:
        job = create_import_job(attack_target.app, attack_target.actors.acme_id)
        before = len(recorder.changes())
        celery.tasks["product_import.run"].apply(
            args=[job], headers={"context": {"merchant": str(attack_target.actors.rival_id)}}
        )
        assert recorder.changes()[before:] == []
    finally:
        recorder.undo()


def test_task_without_tenant_context_fails(attack_target: AttackTarget) -> None:
    for task in product_tasks():
        result = task.apply(args=["x"] if task.name in TASK_ARGUMENTS else [])
        assert isinstance(result.result, MissingTenantContext), task.name


def test_control_worker_keeping_context_is_detected(
    attack_target: AttackTarget, recorder: ChangeRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaky_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        context = TenantContext.from_json(self.request.headers["context"])
        with self.flask_app.app_context():
            tenancy._current.set(context if context != tenancy.ANONYMOUS else tenancy.get_context())
            try:
                return self.run(*args, **kwargs)
            finally:
                db.session.remove()

    monkeypatch.setattr(TenantTask, "__call__", leaky_call)
    recorder.clear()
    try:
        leftovers, contexts = run_interleaved(attack_target, monkeypatch)
    finally:
        recorder.undo()
    assert leftovers != []
    assert {context for name, context in contexts if name not in TASK_ARGUMENTS} != {tenancy.ANONYMOUS}
