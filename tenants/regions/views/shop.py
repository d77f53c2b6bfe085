"""What stands under a division, for the chain of selects."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from tenants.access.guards import everyone
from tenants.regions import queries

shop = Blueprint("regions", __name__)


@shop.get("/regions")
@everyone
def children() -> ResponseReturnValue:
    """[{code, name}] of what stands under `parent`, in the reader's language."""
    found = queries.children(request.args.get("parent", "")[:6])
    answer = jsonify([{"code": code, "name": name} for code, name in found])
    answer.headers["Cache-Control"] = "private, max-age=3600"
    answer.vary.update(("Cookie", "Accept-Language"))
    return answer
