"""Console views: product review, categories with their attributes, brands."""

from marketplace.catalogue.views.console import brands, categories, products
from marketplace.catalogue.views.console.blueprint import console, taxonomy

console.register_blueprint(taxonomy)

__all__ = ["brands", "categories", "console", "products"]
