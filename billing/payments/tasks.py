"""Doors to the background: ids in, one call."""

from __future__ import annotations

from uuid import UUID

from billing.payments import services
from marketplace.kernel.errors import Unavailable
from marketplace.kernel.tasks import task


@task(name="payments.carry_out")
def carry_out(operation_id: str) -> None:
    """Ask the gateway; when it does not answer, the sweep asks again."""
    try:
        services.carry_out(operation_id=UUID(operation_id))
    except Unavailable:
        return


@task(name="payments.handle_letter")
def handle_letter(event_id: str) -> None:
    """Handle one letter; when the gateway does not answer, the sweep tries again."""
    try:
        services.handle_letter(event_id=event_id)
    except Unavailable:
        return


@task(name="payments.poll")
def poll() -> None:
    """Ask about payments that are still open."""
    services.poll()


@task(name="payments.sweep")
def sweep() -> None:
    """Finish what was left undone."""
    services.sweep()
