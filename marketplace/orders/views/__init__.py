"""Views of orders."""
