"""What accounts plug in: the ways in, a person's own pages, their frame."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from marketplace.kernel.later import later
from tenants.accounts import listeners, models, tasks
from tenants.accounts.frame import FRAME
from tenants.accounts.views.entry import console
from tenants.accounts.views.letters import entry
from tenants.accounts.views.me import me

FEATURE = Feature(
    name="accounts",
    models=models,
    listens=listeners,
    tasks=tasks,
    every={"accounts.tidy": (3600, "accounts.tidy")},
    account=entry,
    console=console,
    frame=FRAME,
    seed=later("tenants.accounts.seeds:seed"),
    seed_order=5,
    sign_ins=later("tenants.accounts.seeds:sign_ins"),
)

OWN_PAGES = Feature(
    name="me",
    account=me,
    account_menu=(
        MenuItem(label=_l("Profile"), endpoint="account.me.profile", icon="person", order=10),
        MenuItem(label=_l("Password"), endpoint="account.me.password", icon="key", order=60),
        MenuItem(label=_l("E-mail address"), endpoint="account.me.email", icon="mail", order=62),
        MenuItem(label=_l("Where I am signed in"), endpoint="account.me.places", icon="lock", order=64),
    ),
)
