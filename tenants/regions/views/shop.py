"""Endpoint that lists the subdivisions of a region, for dependent selects."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from tenants.access.decorators import public
from tenants.regions import queries

shop = Blueprint("regions", __name__)


@shop.get("/regions")
@public
def children() -> ResponseReturnValue:
    """Return [{code, name}] of the subdivisions of `parent` in the reader's language."""
    regions = queries.children(request.args.get("parent", "")[:6])
    response = jsonify([{"code": code, "name": name} for code, name in regions])
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.vary.update(("Cookie", "Accept-Language"))
    return response
