"""What a staff does when it hears of something."""

from __future__ import annotations

from marketplace.kernel.events import together_with
from tenants.accounts.events import ProfileChanged
from tenants.staff import services


@together_with(ProfileChanged)
def keep_names(fact: ProfileChanged) -> None:
    """The desks show what a person is called now."""
    services.keep_names(account_id=fact.account_id, name=fact.name, email=fact.email)
