"""What the catalogue refuses, and why."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, Invalid, NotFound


class NotInThisState(Conflict):
    """The product cannot do this where it stands."""

    message = _l("This product is “%(state)s” now, so this cannot be done. Look at its present state and try again.")


class NoSuchProduct(NotFound):
    """The product does not exist, or not for you."""

    message = _l("We could not find this product.")


class Unfinished(Invalid):
    """The listing standard is not met yet (CA4); `errors` says what is missing, by part."""

    message = _l("Some things are still missing before this product can be reviewed.")


class ProductMoved(Conflict):
    """The product is not as its reviewer read it."""

    message = _l("The merchant changed “%(title)s” after you opened it. Look at it again; nothing was decided.")


class OutsideScope(Conflict):
    """The merchant is not admitted to trade in this category (MA5)."""

    message = _l(
        "Your shop is not admitted to trade in “%(category)s”. Choose a category of your business scope, "
        "or ask the market to widen it."
    )


class ProductInvalid(Invalid):
    """What was entered for a product breaks a rule; `errors` names the fields."""


class CategoryInUse(Conflict):
    """A category with goods or categories below it cannot be closed."""

    message = _l("“%(category)s” still has products or categories below it. Move them first.")
