"""What accounts do when they hear of something."""

from __future__ import annotations

from marketplace.kernel.events import durably
from tenants.accounts import services
from tenants.accounts.events import ResetAsked


@durably(ResetAsked)
def send_reset_letter(fact: ResetAsked) -> None:
    """Look up whether there is such an account only now: the visitor's answer took the same time either way."""
    services.send_reset(name=fact.name)
