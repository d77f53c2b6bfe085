"""Desk views for a merchant's products."""

from marketplace.catalogue.views.desk import actions, editor, product_list
from marketplace.catalogue.views.desk.blueprint import desk

__all__ = ["actions", "desk", "editor", "product_list"]
