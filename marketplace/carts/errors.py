"""What a cart refuses."""

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, Invalid


class NotForSale(Conflict):
    """The variant was never published, or cannot be bought now; the sentence says why. Facts: why; goods, None without any."""

    message = _l("%(why)s")


class NotThatQuantity(Invalid):
    """The quantity does not fit the variant's minimum, maximum or step; the sentence says what does. Facts: why, goods."""

    message = _l("%(why)s")


class CartFull(Conflict):
    """More different goods than a cart holds."""

    message = _l("A cart holds at most %(most)s different goods. Order these first, or take something out.")
