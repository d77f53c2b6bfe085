"""Services of accounts."""

from tenants.accounts.services.cleanup import delete_expired
from tenants.accounts.services.login import authenticate, complete_login, publish_login
from tenants.accounts.services.password_reset import request_password_reset, reset_password, send_reset_email
from tenants.accounts.services.profile import (
    change_password,
    change_profile,
    confirm_email_change,
    request_email_change,
    revoke_other_sessions,
    revoke_session,
)
from tenants.accounts.services.registration import (
    confirm_email,
    create_account,
    register,
    register_invited,
    resend_confirmation,
)

__all__ = [
    "authenticate",
    "change_password",
    "change_profile",
    "complete_login",
    "confirm_email",
    "confirm_email_change",
    "create_account",
    "delete_expired",
    "publish_login",
    "register",
    "register_invited",
    "request_email_change",
    "request_password_reset",
    "resend_confirmation",
    "reset_password",
    "revoke_other_sessions",
    "revoke_session",
    "send_reset_email",
]
