"""Declaration of Celery tasks. `celery_app` runs and sends them; only workers and the first sender import it.

Redis only transports messages that may be lost: work that must not be lost is in the database (outbox, jobs), and is
started again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask

QUEUES = ("default", "bulk")


@dataclass(kw_only=True)
class Task:
    """A function that a worker runs: it takes ids, and calls one service."""

    name: str
    queue: str
    run: Callable[..., object]

    def delay(self, *args: Any) -> None:
        """Send the task to a worker, with the current tenant context. Raises the errors of the broker's client."""
        from marketplace.kernel.celery_app import celery

        celery.tasks[self.name].delay(*args)


@dataclass(frozen=True, kw_only=True)
class CeleryConfig:
    """The application, the URL of the broker, and the schedule: name to (seconds, task)."""

    app: Flask
    broker_url: str
    schedule: Mapping[str, tuple[float, str]]


registry: dict[str, Task] = {}
config: CeleryConfig | None = None
_config_callbacks: list[Callable[[CeleryConfig], None]] = []


def task(*, name: str, queue: str = "default") -> Callable[[Callable[..., object]], Task]:
    """Declare a task: `@task(name="catalogue.import", queue="bulk")`. Raises ValueError for an unknown queue."""
    if queue not in QUEUES:
        raise ValueError(f"no worker consumes the queue {queue}")

    def decorator(function: Callable[..., object]) -> Task:
        registry[name] = Task(name=name, queue=queue, run=function)
        return registry[name]

    return decorator


def configure(app: Flask, *, broker_url: str, schedule: Mapping[str, tuple[float, str]]) -> None:
    """Set the application of the tasks. `schedule` maps a name to (seconds, task)."""
    global config
    config = CeleryConfig(app=app, broker_url=broker_url, schedule=schedule)
    for callback in _config_callbacks:
        callback(config)


def on_configured(callback: Callable[[CeleryConfig], None]) -> None:
    """Call `callback` with the configuration, now if it is set, and whenever it changes."""
    _config_callbacks.append(callback)
    if config is not None:
        callback(config)
