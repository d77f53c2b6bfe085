"""Entry point of Celery (`celery -A marketplace.worker:celery`); creating the application registers every task and schedule."""

from typing import Any

from celery import signals

from marketplace.app import create_app
from marketplace.kernel import subprocesses
from marketplace.kernel.celery_app import celery
from marketplace.kernel.settings import Settings

app = create_app(Settings.from_env())


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def _die_with_parent(**_: Any) -> None:
    """Let pool processes die with their worker; Celery leaves them waiting forever when the worker is killed."""
    subprocesses.die_with_parent()


__all__ = ["app", "celery"]
