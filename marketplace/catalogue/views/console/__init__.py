"""The market's own staff: product review, categories with their attributes, brands."""

from flask import Blueprint

from marketplace.catalogue.views.words import teach

console = Blueprint("catalogue", __name__, url_prefix="/catalogue")
teach(console)

from marketplace.catalogue.views.console import brands, kinds, products  # noqa: E402

__all__ = ["brands", "console", "kinds", "products"]
