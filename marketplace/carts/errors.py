"""Errors of the cart."""

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, ValidationError


class VariantNotForSale(Conflict):
    """A variant that was never published, or cannot be bought now.

    Context: `why`, the reason as a sentence; `variant`, None if the catalogue does not have it.
    """

    code = "variant_not_for_sale"
    message = _l("%(why)s")


class InvalidQuantity(ValidationError):
    """A quantity that does not fit the variant's stock, minimum, maximum or step.

    Context: `why`, the rule as a sentence; `variant`.
    """

    code = "invalid_quantity"
    message = _l("%(why)s")


class CartFull(Conflict):
    """A cart that already has the maximum number of lines."""

    code = "cart_full"
    message = _l("A cart holds at most %(most)s different goods. Order these first, or take something out.")
