"""Scheduled tasks of the inventory."""

from marketplace.inventory import services
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.tasks import task
from tenants.isolation import AccessPurpose, with_purpose


@task(name="inventory.release_expired")
def release_expired() -> None:
    """Release expired reservations, batch by batch."""
    released = 1
    while released:
        with unit_of_work(), with_purpose(AccessPurpose.SWEEP):
            released = services.release_expired()
