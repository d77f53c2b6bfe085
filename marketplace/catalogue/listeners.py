"""Event listeners of the catalogue: search index updates, emails, clean-up of videos."""

from typing import Any

from marketplace.catalogue import emails, search_index, services
from marketplace.catalogue.events import (
    CategoryChanged,
    ProductChanged,
    ProductEvent,
    ProductPublished,
    ProductRemovedByPlatform,
    ProductUnpublished,
    ProductVideoRemoved,
)
from marketplace.kernel.events import on_event_async
from tenants.isolation import as_merchant
from tenants.merchants.events import (
    MerchantAbsenceChanged,
    MerchantAdmitted,
    MerchantChanged,
    MerchantClosed,
    MerchantReinstated,
    MerchantReopened,
    MerchantScopeChanged,
    MerchantSuspended,
)


@on_event_async(ProductPublished, ProductChanged, ProductUnpublished)
def index_product(event: ProductEvent) -> None:
    """Update the search document of a product."""
    search_index.index_products([event.product_id])


@on_event_async(ProductRemovedByPlatform)
def email_product_removal(event: ProductRemovedByPlatform) -> None:
    """Notify the merchant that the platform took a product off sale."""
    emails.send_product_removed(product_id=event.product_id, merchant_id=event.merchant_id, reason=event.reason)


@on_event_async(ProductVideoRemoved)
def delete_unused_video(event: ProductVideoRemoved) -> None:
    """Delete the files of a removed video: they are large."""
    with as_merchant(event.merchant_id):
        services.delete_unused_video(merchant_id=event.merchant_id, key=event.key, extension=event.extension)


@on_event_async(
    MerchantSuspended, MerchantReinstated, MerchantClosed, MerchantReopened, MerchantAbsenceChanged, MerchantChanged
)
def reindex_merchant(event: Any) -> None:
    """Update a merchant and its products in search: those of a merchant that may not sell are not found.

    The products keep their state.
    """
    services.touch_merchant_products(merchant_id=event.merchant_id)
    search_index.index_merchant(event.merchant_id)


@on_event_async(MerchantAdmitted)
def index_new_merchant(event: MerchantAdmitted) -> None:
    """Index a new merchant."""
    search_index.index_merchant(event.merchant_id)


@on_event_async(MerchantScopeChanged)
def enforce_business_scope(event: MerchantScopeChanged) -> None:
    """Take products off sale that are outside the merchant's new business scope (MA5)."""
    with as_merchant(event.merchant_id):
        services.enforce_business_scope(merchant_id=event.merchant_id)


@on_event_async(CategoryChanged)
def index_category(event: CategoryChanged) -> None:
    """Index the products of a changed category again."""
    for batch in services.touch_category_products(category_id=event.category_id):
        search_index.index_products(batch)
