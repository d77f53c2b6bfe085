"""What a merchant's staff plugs in: colleagues at the desk, accepting an invitation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from tenants.access.permissions import Permission
from tenants.staff import listeners, models, seeds
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
    seed=seeds.seed,
    seed_order=12,
    sign_ins=seeds.sign_ins,
)
