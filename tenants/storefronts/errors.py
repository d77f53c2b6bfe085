"""What a shop's address refuses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, NotFound


class ShopShut(NotFound):
    """The merchant was admitted once, and is suspended or closed now."""

    message = _l("This shop is not open at the moment.")
    hint = _l("Orders that you have there go on: look at your orders. The same goods may be sold by other merchants.")


class ShopMoved(Conflict):
    """A colleague has rearranged the shop since the form was opened."""

    message = _l("A colleague has rearranged the shop meanwhile. Compare it with yours, then save again.")
