"""Errors of the catalogue."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, NotFound, ValidationError


class InvalidProductTransition(Conflict):
    """An action that the product's present state does not allow."""

    code = "invalid_product_transition"
    message = _l("This product is “%(state)s” now, so this cannot be done. Look at its present state and try again.")


class ProductNotFound(NotFound):
    """A product that does not exist or that the user may not see."""

    code = "product_not_found"
    message = _l("We could not find this product.")


class RequirementsMissing(ValidationError):
    """A product that does not meet the listing standard (CA4); `errors` names what is missing, by part."""

    code = "requirements_missing"
    message = _l("Some things are still missing before this product can be reviewed.")


class StaleProduct(Conflict):
    """A decision on a product that has changed since the reviewer read it."""

    code = "stale_product"
    message = _l("The merchant changed “%(title)s” after you opened it. Look at it again; nothing was decided.")


class ConcurrentProductEdit(Conflict):
    """A product that another user has saved since the editor loaded it."""

    code = "concurrent_product_edit"
    message = _l("Somebody has saved this product meanwhile. Compare, and save again to keep what you typed.")


class OutsideBusinessScope(Conflict):
    """A category outside the merchant's business scope (Business-scope zoning per merchant, MA5)."""

    code = "outside_business_scope"
    message = _l(
        "Your shop is not admitted to trade in “%(category)s”. Choose a category of your business scope, "
        "or ask the market to widen it."
    )


class ProductValidationError(ValidationError):
    """Invalid product input; `errors` names the fields."""

    code = "product_validation_error"


class CategoryInUse(Conflict):
    """An attempt to close a category that has products or open subcategories."""

    code = "category_in_use"
    message = _l("“%(category)s” still has products or categories below it. Move them first.")
