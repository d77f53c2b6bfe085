"""What a merchant's staff plugs in: colleagues at the desk, accepting an invitation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from marketplace.kernel.later import later
from tenants.access.permissions import Permission
from tenants.staff import listeners, models
from tenants.staff.views.account import account
from tenants.staff.views.desk import desk

FEATURE = Feature(
    name="staff",
    models=models,
    listens=listeners,
    account=account,
    desk=desk,
    desk_menu=(
        MenuItem(
            label=_l("Colleagues"),
            endpoint="desk.staff.index",
            icon="people",
            section=_l("Shop"),
            order=80,
            permission=Permission.STAFF_SEE,
        ),
    ),
    seed=later("tenants.staff.seeds:seed"),
    seed_order=12,
    sign_ins=later("tenants.staff.seeds:sign_ins"),
)
