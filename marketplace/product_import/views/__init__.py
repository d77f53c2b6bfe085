"""Views of the product import, by site."""
