"""Blueprints of the catalogue's console views."""

from flask import Blueprint

from marketplace.catalogue.views.template_helpers import register

console = Blueprint("catalogue", __name__, url_prefix="/catalogue")
# Categories, attributes and brands have a blueprint of their own, which lets the menu mark the current entry.
taxonomy = Blueprint("taxonomy", __name__)
register(console)
