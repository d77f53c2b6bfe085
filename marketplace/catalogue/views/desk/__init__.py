"""A merchant's products at its desk."""

from flask import Blueprint

from marketplace.catalogue.views.words import teach

desk = Blueprint("catalogue", __name__, url_prefix="/products")
teach(desk)

from marketplace.catalogue.views.desk import editing, listing, moving  # noqa: E402

__all__ = ["desk", "editing", "listing", "moving"]
