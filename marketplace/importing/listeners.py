"""What imports do when somebody announces something."""

from __future__ import annotations

from marketplace.importing import tasks
from marketplace.importing.events import ImportQueued
from marketplace.kernel.events import durably


@durably(ImportQueued)
def ask_for_a_worker(fact: ImportQueued) -> None:
    """Wake a worker; when the queue is away the letter waits and tries again."""
    tasks.work.delay(str(fact.job_id))
