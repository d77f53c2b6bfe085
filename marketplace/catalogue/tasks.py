"""Scheduled tasks of the catalogue."""

from marketplace.catalogue import search_index
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.tasks import task


@task(name="catalogue.reconcile", queue="bulk")
def reconcile() -> None:
    """Repair the differences between the search index and the database."""
    with unit_of_work(read_only=True):
        search_index.reconcile()


@task(name="catalogue.replay_failed_writes")
def replay_failed_writes() -> None:
    """Repeat the writes that a search engine missed during an outage."""
    search_index.replay_failed_writes()
