"""The market's own staff: product review, categories with their attributes, brands."""

from flask import Blueprint

from marketplace.catalogue.views.words import teach

console = Blueprint("catalogue", __name__, url_prefix="/catalogue")
teach(console)
kinds_part = Blueprint("kinds", __name__)
"""Categories, attributes and brands have a blueprint of their own, so that the menu knows where one is."""

from marketplace.catalogue.views.console import brands, kinds, products  # noqa: E402

console.register_blueprint(kinds_part)

__all__ = ["brands", "console", "kinds", "products"]
