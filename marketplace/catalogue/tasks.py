"""What the catalogue does by the clock: keep the search indexes true."""

from marketplace.catalogue import search
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.tasks import task


@task(name="catalogue.reconcile", queue="bulk")
def reconcile() -> None:
    """Put right what an index has missed."""
    with unit_of_work(read_only=True):
        search.reconcile()


@task(name="catalogue.catch_up")
def catch_up() -> None:
    """Repeat what a search engine missed while it was away."""
    search.catch_up()
