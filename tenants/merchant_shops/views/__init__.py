"""Views of the shop and of its settings."""
