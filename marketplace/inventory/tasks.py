"""What the stock-keeper does by the clock."""

from marketplace.inventory import services
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.tasks import task
from tenants.scope import Purpose, working_on


@task(name="inventory.release_overdue")
def release_overdue() -> None:
    """Give back what nobody claimed in time, batch by batch."""
    done = 1
    while done:
        with unit_of_work(), working_on(Purpose.SWEEP):
            done = services.release_overdue()
