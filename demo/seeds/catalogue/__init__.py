"""The catalogue of the demo: categories, attributes and brands, then the products."""

from demo.seeding import SeedContext
from demo.seeds.catalogue.products import seed_products
from demo.seeds.catalogue.taxonomy import seed_taxonomy


def seed(context: SeedContext) -> None:
    """Create categories with attributes, brands, and every merchant's products in every state."""
    seed_taxonomy(context)
    seed_products(context)


__all__ = ["seed", "seed_products", "seed_taxonomy"]
