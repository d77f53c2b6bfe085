"""The Celery application: every message carries the scope it must run under.

Its library is an eighth of the time and memory that a web process needs to start, and pages seldom send anything: whatever
they announce goes through the outbox. So only workers, timers and the first sender load this.
"""

from __future__ import annotations

from typing import Any

from celery import Celery, signals
from celery import Task as CeleryTask
from flask import Flask

from marketplace.kernel import rows, tasks
from marketplace.kernel.db import db


class ScopeMissing(RuntimeError):
    """A message came without the scope it must run under."""


class ScopedTask(CeleryTask):  # type: ignore[misc]
    """Runs inside an application context and the scope of its message; refuses to run without one."""

    abstract = True
    flask_app: Flask

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Send the task with the scope of the sender in its headers."""
        headers = dict(kwargs.pop("headers", None) or {})
        headers.setdefault("scope", rows.current().to_json())
        return super().apply_async(*args, headers=headers, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Open the context and the scope, run, and leave nothing behind for the next task."""
        carried = getattr(self.request, "scope", None)
        if carried is None and not self.request.called_directly:
            carried = (self.request.headers or {}).get("scope")
        if carried is None:
            raise ScopeMissing(self.name)
        scope = rows.RowScope.from_json(carried)
        with self.flask_app.app_context():
            try:
                with rows.entering(merchant=scope.merchant, buyer=scope.buyer, account=scope.account, purpose=scope.purpose):
                    return self.run(*args, **kwargs)
            finally:
                db.session.remove()


celery = Celery("marketplace", task_cls=ScopedTask)


def _connect(place: tasks.Place) -> None:
    ScopedTask.flask_app = place.app
    for task in tasks.declared.values():
        celery.task(name=task.name)(task.run)
    celery.conf.update(
        broker_url=place.broker_url,
        result_backend=None,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_default_queue="default",
        task_routes={task.name: {"queue": task.queue} for task in tasks.declared.values()},
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
            title: {"task": name, "schedule": seconds, "options": {"headers": {"scope": {}}, "expires": max(seconds, 30)}}
            for title, (seconds, name) in place.every.items()
        },
    )


tasks.follow(_connect)


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def _fresh_connections(**_: Any) -> None:
    """A forked worker must not share its parent's connections."""
    with ScopedTask.flask_app.app_context():
        db.engine.dispose(close=False)
