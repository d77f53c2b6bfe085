"""Feature declaration of accounts: login, registration and the account pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from tenants.accounts import listeners, models, tasks
from tenants.accounts.context import TEMPLATE_CONTEXT
from tenants.accounts.views.login import console
from tenants.accounts.views.profile import me
from tenants.accounts.views.registration import auth

FEATURE = Feature(
    name="accounts",
    models=models,
    listeners=listeners,
    tasks=tasks,
    schedule={"accounts.delete_expired": (3600, "accounts.delete_expired")},
    account=auth,
    console=console,
    page_context=TEMPLATE_CONTEXT,
)

PROFILE_FEATURE = Feature(
    name="me",
    account=me,
    account_menu=(
        MenuItem(label=_l("Profile"), endpoint="account.me.profile", icon="person", order=10),
        MenuItem(label=_l("Password"), endpoint="account.me.password", icon="key", order=60),
        MenuItem(label=_l("E-mail address"), endpoint="account.me.email", icon="mail", order=62),
        MenuItem(label=_l("Where I am signed in"), endpoint="account.me.list_sessions", icon="lock", order=64),
    ),
)
