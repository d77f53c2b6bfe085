"""A merchant's shop, by path and by subdomain: front page, about page and theme."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template
from flask.typing import ResponseReturnValue

from marketplace.kernel import colors, sanitize
from marketplace.kernel.localized_text import localize
from marketplace.media.videos import load_video
from tenants.access.decorators import optional_login, public
from tenants.merchant_shops import context, extensions, queries
from tenants.merchant_shops.models import DEFAULT_ACCENT
from tenants.merchants import business_scopes
from tenants.merchants import queries as merchant_queries
from tenants.merchants.models import StaffSize
from tenants.regions import queries as regions

store = Blueprint("merchant_shops", __name__)
HOUR_S = 3600


@store.get("/")
@optional_login
def index() -> ResponseReturnValue:
    """Show the front page: the sections of all features, and the introduction."""
    merchant, merchant_shop = context.current_shop()
    front_sections = [
        section_html
        for section in extensions.sections()
        if section.render_front and (section_html := section.render_front(merchant.id))
    ]
    introduction_html = sanitize.render_html(localize(merchant_shop.introduction)) if merchant_shop else ""
    video = load_video(merchant_shop.video if merchant_shop else None)
    return render_template(
        "shop/merchant_shops/index.html",
        shop=context.shop_context(),
        merchant=merchant,
        front_sections=front_sections,
        introduction_html=introduction_html,
        video=video,
    )


@store.get("/about")
@optional_login
def about() -> ResponseReturnValue:
    """Show the merchant behind the shop (MA4)."""
    merchant, merchant_shop = context.current_shop()
    codes = sorted(merchant_queries.get_scope_codes(merchant.id))
    return render_template(
        "shop/merchant_shops/about.html",
        shop=context.shop_context(),
        merchant=merchant,
        contact=merchant_shop.contact if merchant_shop else {},
        introduction_html=sanitize.render_html(localize(merchant_shop.introduction)) if merchant_shop else "",
        scopes=business_scopes.scope_labels(codes),
        regions=regions,
        video=load_video(merchant_shop.video if merchant_shop else None),
        size=StaffSize(merchant.staff_size).label if merchant.staff_size in set(StaffSize) else merchant.staff_size,
    )


@store.get("/theme.css")
@public
def theme() -> ResponseReturnValue:
    """Send the shop's accent as a stylesheet."""
    css = colors.theme_css(queries.get_accent(g.store_slug) or DEFAULT_ACCENT)
    response = Response(css, mimetype="text/css")
    response.headers["Cache-Control"] = f"public, max-age={HOUR_S}"
    return response
