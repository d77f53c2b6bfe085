"""Feature declaration of the staff: the staff list at the desk, and invitations."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from tenants.access.permissions import Permission
from tenants.staff import listeners, models
from tenants.staff.views.account import account
from tenants.staff.views.desk import desk

FEATURE = Feature(
    name="staff",
    models=models,
    listeners=listeners,
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
)
