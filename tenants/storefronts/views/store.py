"""A merchant's shop, by path and by subdomain: its front, what it says of itself, and its colours."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template
from flask.typing import ResponseReturnValue

from marketplace.kernel import colours, rich
from marketplace.kernel.texts import pick
from marketplace.kernel.videos import video_of
from tenants.access.guards import everyone, visitor
from tenants.merchants import queries as merchants
from tenants.merchants import scopes
from tenants.merchants.models import StaffSize
from tenants.regions import queries as regions
from tenants.storefronts import page, queries, seams
from tenants.storefronts.models import ACCENT

store = Blueprint("storefront", __name__)
HOUR = 3600


@store.get("/")
@visitor
def index() -> ResponseReturnValue:
    """The front: what features hang up here, and a few words."""
    merchant, front = page.here()
    parts = [part for section in seams.sections() if section.front and (part := section.front(merchant.id))]
    said = rich.show(pick(front.introduction)) if front else ""
    video = video_of(front.video if front else None)
    return render_template(
        "shop/storefronts/index.html", shop=page.shop(), merchant=merchant, parts=parts, said=said, video=video
    )


@store.get("/about")
@visitor
def about() -> ResponseReturnValue:
    """Who keeps the shop (MA4)."""
    merchant, front = page.here()
    codes = sorted(merchants.scope_codes(merchant.id))
    return render_template(
        "shop/storefronts/about.html", shop=page.shop(), merchant=merchant, contact=front.contact if front else {},
        said=rich.show(pick(front.introduction)) if front else "", scopes=scopes.labels(codes), regions=regions,
        video=video_of(front.video if front else None),
        size=StaffSize(merchant.staff_size).label if merchant.staff_size in set(StaffSize) else merchant.staff_size,
    )  # fmt: skip


@store.get("/theme.css")
@everyone
def theme() -> ResponseReturnValue:
    """The shop's accent as a stylesheet."""
    css = colours.theme_css(queries.accent_of(g.store_slug) or ACCENT)
    answer = Response(css, mimetype="text/css")
    answer.headers["Cache-Control"] = f"public, max-age={HOUR}"
    return answer
