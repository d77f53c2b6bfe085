"""Errors of merchant shops."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, NotFound


class MerchantShopClosed(NotFound):
    """The shop of a merchant that was admitted once and is suspended or closed now."""

    code = "merchant_shop_closed"
    message = _l("This shop is not open at the moment.")
    hint = _l("Orders that you have there go on: look at your orders. The same goods may be sold by other merchants.")


class StaleMerchantShop(Conflict):
    """A save of a shop that another staff member has changed since the form was opened."""

    code = "stale_merchant_shop"
    message = _l("A colleague has rearranged the shop meanwhile. Compare it with yours, then save again.")
