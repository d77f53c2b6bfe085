"""Scheduled tasks of accounts."""

from __future__ import annotations

from marketplace.kernel.db import unit_of_work
from marketplace.kernel.tasks import task
from tenants.accounts import services


@task(name="accounts.delete_expired")
def delete_expired() -> None:
    """Delete expired sessions, tokens and attempts."""
    with unit_of_work():
        services.delete_expired()
