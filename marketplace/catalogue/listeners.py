"""What the catalogue does when goods or their kinds have changed: search learns of it."""

from marketplace.catalogue import search, services
from marketplace.catalogue.events import CategoryChanged, ProductChanged, ProductFact, ProductPublished, ProductTakenOff
from marketplace.kernel.events import durably


@durably(ProductPublished, ProductChanged, ProductTakenOff)
def index_product(event: ProductFact) -> None:
    """The product is found, or found no longer."""
    search.index_products([event.product_id])


@durably(CategoryChanged)
def index_category(event: CategoryChanged) -> None:
    """Goods of a renamed category are found by its new name."""
    for batch in services.show_category(category_id=event.category_id):
        search.index_products(batch)
