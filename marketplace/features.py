"""Registry of the features, lower layers first."""

from __future__ import annotations

from billing.commissions.feature import FEATURE as commissions
from billing.ledger.feature import FEATURE as ledger
from billing.payments.feature import FEATURE as payments
from marketplace.carts.feature import FEATURE as carts
from marketplace.catalogue.feature import FEATURE as catalogue
from marketplace.checkout.feature import FEATURE as checkout
from marketplace.inventory.feature import FEATURE as inventory
from marketplace.kernel.feature import Feature
from marketplace.orders.feature import FEATURE as orders
from marketplace.orders.feature import WORKFLOW as workflow
from marketplace.product_import.feature import FEATURE as product_import
from marketplace.shipping.feature import FEATURE as shipping
from marketplace.shipping.feature import FREIGHT_FEATURE as freight
from marketplace.storefront.feature import FEATURE as storefront
from marketplace.surfaces.feature import FEATURE as surfaces
from marketplace.surfaces.feature import STYLEGUIDE as styleguide
from tenants.features import FEATURES as tenants

FEATURES: tuple[Feature, ...] = (
    surfaces,
    *tenants,
    styleguide,
    ledger,
    commissions,
    payments,
    catalogue,
    inventory,
    product_import,
    storefront,
    carts,
    orders,
    workflow,
    shipping,
    freight,
    checkout,
)
