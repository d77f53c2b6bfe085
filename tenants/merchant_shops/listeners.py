"""Event listeners of merchant shops."""

from __future__ import annotations

from marketplace.kernel.events import on_event_async, on_event_in_transaction
from tenants.isolation import as_merchant
from tenants.merchant_shops import services
from tenants.merchant_shops.events import MerchantShopVideoRemoved
from tenants.merchants.events import MerchantAdmitted


@on_event_in_transaction(MerchantAdmitted)
def create_merchant_shop(event: MerchantAdmitted) -> None:
    """Create the shop of an admitted merchant, with the introduction from its application."""
    with as_merchant(event.merchant_id):
        services.create_merchant_shop(merchant_id=event.merchant_id, introduction=event.introduction)


@on_event_async(MerchantShopVideoRemoved)
def delete_video_files(event: MerchantShopVideoRemoved) -> None:
    """Delete the files of a removed video, because they are large."""
    with as_merchant(event.merchant_id):
        services.delete_video_files(merchant_id=event.merchant_id, key=event.key, extension=event.extension)
