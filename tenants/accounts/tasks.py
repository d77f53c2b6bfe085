"""What accounts do by themselves."""

from __future__ import annotations

from marketplace.kernel.db import unit_of_work
from marketplace.kernel.tasks import task
from tenants.accounts import services


@task(name="accounts.tidy")
def tidy() -> None:
    """Drop what has run out."""
    with unit_of_work():
        services.tidy()
