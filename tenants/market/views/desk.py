"""At the desk: who did what (RO2)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.kernel.paging import page_of
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission
from tenants.market import deeds, queries

desk = Blueprint("deeds", __name__, url_prefix="/deeds")


@desk.get("/")
@staff_only(Permission.AUDIT_SEE)
def index() -> ResponseReturnValue:
    """What colleagues did, and what the market did to this shop, newest first."""
    kind, who = request.args.get("kind", ""), request.args.get("who", type=UUID)
    kind = kind if kind in deeds.AT_DESK else ""
    people = queries.people_at(g.place.merchant_id)
    wanted = queries.at_desk(g.place.merchant_id, kinds=[kind] if kind else deeds.AT_DESK, account_id=who)
    page = page_of(wanted, number=request.args.get("page", 1, type=int), size=50)
    kinds = {name: deeds.KINDS[name] for name in deeds.AT_DESK}
    return render_template(
        "desk/market/deeds.html", page=page, kind=kind, who=who, kinds=kinds, people=people, label=deeds.label, told=deeds.told
    )
