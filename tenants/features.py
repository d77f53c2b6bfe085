"""The features of this package, from the ground up."""

from __future__ import annotations

from marketplace.kernel.feature import Feature
from tenants.accounts.feature import FEATURE as accounts
from tenants.accounts.feature import OWN_PAGES as own_pages
from tenants.addresses.feature import FEATURE as addresses
from tenants.admission.feature import FEATURE as admission
from tenants.feature import FEATURE as ground
from tenants.market.feature import FEATURE as market
from tenants.merchants.feature import FEATURE as merchants
from tenants.regions.feature import FEATURE as regions
from tenants.staff.feature import FEATURE as staff
from tenants.storefronts.feature import FEATURE as storefronts

FEATURES: tuple[Feature, ...] = (
    ground,
    accounts,
    own_pages,
    regions,
    addresses,
    staff,
    storefronts,
    merchants,
    admission,
    market,
)
