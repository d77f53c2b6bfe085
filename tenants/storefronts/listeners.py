"""What shops do when they hear of something."""

from __future__ import annotations

from marketplace.kernel.events import durably, together_with
from tenants.merchants.events import MerchantAdmitted
from tenants.scope import acting_for
from tenants.storefronts import services
from tenants.storefronts.events import ShopVideoLeft


@together_with(MerchantAdmitted)
def put_up(fact: MerchantAdmitted) -> None:
    """An admitted merchant has a shop at once, with what the application said of it."""
    with acting_for(fact.merchant_id):
        services.open_shop(merchant_id=fact.merchant_id, introduction=fact.introduction)


@durably(ShopVideoLeft)
def drop_video(fact: ShopVideoLeft) -> None:
    """Its files are large: they do not stay for nothing."""
    with acting_for(fact.merchant_id):
        services.drop_video(merchant_id=fact.merchant_id, key=fact.key, ending=fact.ending)
