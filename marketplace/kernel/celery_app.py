"""The Celery application: every message carries the tenant context that its task runs in.

Importing Celery takes an eighth of the start-up time and memory of a web process, and requests seldom send a task, because
events go through the outbox. So only workers, the beat scheduler and the first sender import this module.
"""

from __future__ import annotations

from typing import Any

from celery import Celery, signals
from celery import Task as CeleryTask
from flask import Flask

from marketplace.kernel import tasks, tenancy
from marketplace.kernel.db import db


class MissingTenantContext(RuntimeError):
    """A message without the tenant context of its task."""


class TenantTask(CeleryTask):  # type: ignore[misc]
    """Task that runs in an application context and in the tenant context of its message, and never without one."""

    abstract = True
    flask_app: Flask

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Send the task with the sender's tenant context in its headers."""
        headers = dict(kwargs.pop("headers", None) or {})
        headers.setdefault("context", tenancy.get_context().to_json())
        return super().apply_async(*args, headers=headers, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task in its contexts, and remove the session afterwards. Raises MissingTenantContext."""
        context_header = getattr(self.request, "context", None)
        if context_header is None and not self.request.called_directly:
            context_header = (self.request.headers or {}).get("context")
        if context_header is None:
            raise MissingTenantContext(self.name)
        context = tenancy.TenantContext.from_json(context_header)
        with self.flask_app.app_context():
            try:
                with tenancy.use_context(
                    merchant=context.merchant, buyer=context.buyer, account=context.account, purpose=context.purpose
                ):
                    return self.run(*args, **kwargs)
            finally:
                db.session.remove()


celery = Celery("marketplace", task_cls=TenantTask)


def _configure_celery(config: tasks.CeleryConfig) -> None:
    TenantTask.flask_app = config.app
    for task in tasks.registry.values():
        celery.task(name=task.name)(task.run)
    celery.conf.update(
        broker_url=config.broker_url,
        result_backend=None,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_default_queue="default",
        task_routes={task.name: {"queue": task.queue} for task in tasks.registry.values()},
        task_time_limit=3600,
        task_soft_time_limit=3500,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": 7200,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "max_retries": 1,
            "interval_start": 0,
            "interval_max": 0.2,
        },
        worker_hijack_root_logger=False,
        timezone="UTC",
        beat_schedule={
            title: {"task": name, "schedule": seconds, "options": {"headers": {"context": {}}, "expires": max(seconds, 30)}}
            for title, (seconds, name) in config.schedule.items()
        },
    )


tasks.on_configured(_configure_celery)


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def _dispose_engine(**_: Any) -> None:
    """Dispose of the connections of the parent process: a forked worker must not share them."""
    with TenantTask.flask_app.app_context():
        db.engine.dispose(close=False)
