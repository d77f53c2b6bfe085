"""Views of the inventory, by site."""
