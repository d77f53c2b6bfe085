"""Blueprint of the catalogue's desk views."""

from flask import Blueprint

from marketplace.catalogue.views.template_helpers import register

desk = Blueprint("catalogue", __name__, url_prefix="/products")
register(desk)
