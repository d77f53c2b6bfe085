"""The table of contents: every feature that is plugged in, from the ground up."""

from __future__ import annotations

from billing.commissions.feature import FEATURE as commissions
from billing.ledger.feature import FEATURE as ledger
from billing.payments.feature import FEATURE as payments
from marketplace.carts.feature import FEATURE as carts
from marketplace.catalogue.feature import FEATURE as catalogue
from marketplace.checkout.feature import FEATURE as checkout
from marketplace.importing.feature import FEATURE as importing
from marketplace.inventory.feature import FEATURE as inventory
from marketplace.kernel.feature import Feature
from marketplace.orders.feature import FEATURE as orders
from marketplace.orders.feature import WORKFLOW as workflow
from marketplace.shipping.feature import FEATURE as shipping
from marketplace.shipping.feature import FREIGHT as freight
from marketplace.showroom.feature import FEATURE as showroom
from marketplace.surfaces.feature import FEATURE as surfaces
from marketplace.surfaces.feature import STYLE as style
from tenants.features import FEATURES as tenants

FEATURES: tuple[Feature, ...] = (
    surfaces,
    *tenants,
    style,
    ledger,
    commissions,
    payments,
    catalogue,
    inventory,
    importing,
    showroom,
    carts,
    orders,
    workflow,
    shipping,
    freight,
    checkout,
)
