"""Tasks as features declare them. What runs and sends them is in `background`, loaded by workers and by the first sender.

Redis is only the wake-up call. What must not be lost waits in the database (outbox, jobs) and is woken again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask

QUEUES = ("default", "bulk")


@dataclass(kw_only=True)
class Task:
    """A function that a worker runs. Its body is a door: ids in, one service call."""

    name: str
    queue: str
    run: Callable[..., object]

    def delay(self, *args: Any) -> None:
        """Have it run soon by a worker, under the scope of this moment. Raises what the broker's client raises."""
        from marketplace.kernel.background import celery

        celery.tasks[self.name].delay(*args)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the queue is, for which application, and what comes round: name to (seconds, task)."""

    app: Flask
    broker_url: str
    every: Mapping[str, tuple[float, str]]


declared: dict[str, Task] = {}
place: Place | None = None
_told: list[Callable[[Place], None]] = []


def task(*, name: str, queue: str = "default") -> Callable[[Callable[..., object]], Task]:
    """Declare a task: `@task(name="catalogue.import", queue="bulk")`. Raises ValueError for a queue that nobody works on."""
    if queue not in QUEUES:
        raise ValueError(f"no worker listens to {queue}")

    def declare(run: Callable[..., object]) -> Task:
        declared[name] = Task(name=name, queue=queue, run=run)
        return declared[name]

    return declare


def configure(app: Flask, *, broker_url: str, every: Mapping[str, tuple[float, str]]) -> None:
    """Say which application the tasks are of. `every` maps a name to (seconds, task)."""
    global place
    place = Place(app=app, broker_url=broker_url, every=every)
    for tell in _told:
        tell(place)


def follow(tell: Callable[[Place], None]) -> None:
    """Be told of the place now, if there is one, and whenever it changes."""
    _told.append(tell)
    if place is not None:
        tell(place)
