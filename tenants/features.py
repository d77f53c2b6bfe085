"""The features of this package in dependency order."""

from __future__ import annotations

from marketplace.kernel.feature import Feature
from tenants.accounts.feature import FEATURE as accounts
from tenants.accounts.feature import PROFILE_FEATURE as profile
from tenants.addresses.feature import FEATURE as addresses
from tenants.feature import FEATURE as base
from tenants.merchant_applications.feature import FEATURE as merchant_applications
from tenants.merchant_shops.feature import FEATURE as merchant_shops
from tenants.merchants.feature import FEATURE as merchants
from tenants.platform_admin.feature import FEATURE as platform_admin
from tenants.regions.feature import FEATURE as regions
from tenants.staff.feature import FEATURE as staff

FEATURES: tuple[Feature, ...] = (
    base,
    accounts,
    profile,
    regions,
    addresses,
    staff,
    merchant_shops,
    merchants,
    merchant_applications,
    platform_admin,
)
