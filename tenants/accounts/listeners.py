"""Event listeners of accounts."""

from __future__ import annotations

from marketplace.kernel.events import on_event_async
from tenants.accounts import services
from tenants.accounts.events import PasswordResetRequested


@on_event_async(PasswordResetRequested)
def send_password_reset_email(event: PasswordResetRequested) -> None:
    """Send the reset e-mail; the account is looked up only here, so that the response takes the same time either way."""
    services.send_reset_email(login_or_email=event.login_or_email)
