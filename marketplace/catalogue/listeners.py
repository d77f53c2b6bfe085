"""What the catalogue does when goods or their kinds have changed: search learns of it."""

from typing import Any

from marketplace.catalogue import letters, search, services
from marketplace.catalogue.events import (
    CategoryChanged,
    ProductChanged,
    ProductFact,
    ProductPublished,
    ProductRemoved,
    ProductTakenOff,
    ProductVideoLeft,
)
from marketplace.kernel.events import durably
from tenants.merchants.events import (
    MerchantAdmitted,
    MerchantAwayChanged,
    MerchantChanged,
    MerchantClosed,
    MerchantReinstated,
    MerchantReopened,
    MerchantScopeChanged,
    MerchantSuspended,
)
from tenants.scope import acting_for


@durably(ProductPublished, ProductChanged, ProductTakenOff)
def index_product(event: ProductFact) -> None:
    """The product is found, or found no longer."""
    search.index_products([event.product_id])


@durably(ProductRemoved)
def tell_of_removal(event: ProductRemoved) -> None:
    """The desk reads what the market took off the shelves, and why."""
    letters.removed(product_id=event.product_id, merchant_id=event.merchant_id, reason=event.reason)


@durably(ProductVideoLeft)
def drop_video(event: ProductVideoLeft) -> None:
    """Its files are large: they do not stay for nothing."""
    with acting_for(event.merchant_id):
        services.drop_video(merchant_id=event.merchant_id, key=event.key, ending=event.ending)


@durably(MerchantSuspended, MerchantReinstated, MerchantClosed, MerchantReopened, MerchantAwayChanged, MerchantChanged)
def show_or_hide(event: Any) -> None:
    """A merchant that may not sell is not found, nor are its goods; its listings stay as they are (behaviour 3)."""
    services.show_merchant(merchant_id=event.merchant_id)
    search.index_merchant(event.merchant_id)


@durably(MerchantAdmitted)
def introduce(event: MerchantAdmitted) -> None:
    """A new merchant is found in the directory."""
    search.index_merchant(event.merchant_id)


@durably(MerchantScopeChanged)
def keep_scope(event: MerchantScopeChanged) -> None:
    """What a merchant may no longer trade in leaves the shelves (MA5)."""
    with acting_for(event.merchant_id):
        services.keep_scope(merchant_id=event.merchant_id)


@durably(CategoryChanged)
def index_category(event: CategoryChanged) -> None:
    """Goods of a renamed category are found by its new name."""
    for batch in services.show_category(category_id=event.category_id):
        search.index_products(batch)
