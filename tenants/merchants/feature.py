"""Feature declaration of merchants: the directory for buyers, the profile at the desk, supervision at the console."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature, MenuItem
from marketplace.kernel.urls import cached_url
from tenants.access.permissions import Permission, PlatformPermission
from tenants.merchants import models
from tenants.merchants.views.console import console
from tenants.merchants.views.desk import desk
from tenants.merchants.views.shop import shop

FEATURE = Feature(
    name="merchants",
    models=models,
    shop=shop,
    desk=desk,
    console=console,
    page_context={"merchants_url": cached_url("shop.merchants.index")},
    desk_menu=(
        MenuItem(
            label=_l("Company record"),
            endpoint="desk.record.index",
            icon="document",
            section=_l("Shop"),
            order=85,
            permission=Permission.PROFILE_EDIT,
        ),
    ),
    console_menu=(
        MenuItem(
            label=_l("Merchants"),
            endpoint="console.merchants.index",
            icon="shop",
            section=_l("Merchants"),
            order=12,
            permission=PlatformPermission.CONSOLE_SEE,
        ),
    ),
)
