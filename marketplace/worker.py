"""What `celery -A marketplace.worker` loads: the whole market, so that every task and every timer is known."""

from typing import Any

from celery import signals

from marketplace.app import create_app
from marketplace.kernel import processes
from marketplace.kernel.background import celery
from marketplace.kernel.settings import Settings

app = create_app(Settings.from_env())


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def _follow_the_worker(**_: Any) -> None:
    """Celery's own processes stay, waiting for ever, when the worker is killed; ours do not."""
    processes.die_with_parent()


__all__ = ["app", "celery"]
