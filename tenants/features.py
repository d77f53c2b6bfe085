"""The features of this package, from the ground up."""

from __future__ import annotations

from marketplace.kernel.feature import Feature
from tenants.accounts.feature import FEATURE as accounts
from tenants.accounts.feature import OWN_PAGES as own_pages
from tenants.feature import FEATURE as ground

FEATURES: tuple[Feature, ...] = (
    ground,
    accounts,
    own_pages,
)
