"""What can be done with accounts."""

from tenants.accounts.services.entering import open_door, prove, tell_signed_in
from tenants.accounts.services.profile import (
    ask_new_address,
    change_password,
    change_profile,
    confirm_new_address,
    end_other_places,
    end_place,
)
from tenants.accounts.services.recovering import ask_reset, send_reset, set_password
from tenants.accounts.services.registering import (
    confirm_address,
    create_account,
    register,
    register_invited,
    resend_confirmation,
)
from tenants.accounts.services.tidying import tidy

__all__ = [
    "ask_new_address",
    "ask_reset",
    "change_password",
    "change_profile",
    "confirm_address",
    "confirm_new_address",
    "create_account",
    "end_other_places",
    "end_place",
    "open_door",
    "prove",
    "register",
    "register_invited",
    "resend_confirmation",
    "send_reset",
    "set_password",
    "tell_signed_in",
    "tidy",
]
