"""Home page, robots.txt and the language switch."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.errors import NotFound
from marketplace.kernel.localized_text import LANGUAGES
from marketplace.kernel.urls import safe_redirect_path
from marketplace.storefront import home
from tenants.access.decorators import optional_login, public

shop = Blueprint("home", __name__)
YEAR_SECONDS = 365 * 86400
ROBOTS_DISALLOWED = (
    "/search",
    "/suggest",
    "/compare",
    "/cart",
    "/checkout",
    "/orders",
    "/purchases",
    "/pay",
    "/account",
    "/language",
    "/desk",
    "/console",
    "/api",
)


@shop.get("/")
@optional_login
def index() -> ResponseReturnValue:
    """Show the home page."""
    return render_template("shop/home.html", **home.home_context())


@shop.get("/robots.txt")
@public
def robots() -> ResponseReturnValue:
    """Return robots.txt; it disallows personal pages and unbounded lists."""
    root = current_app.config["SETTINGS"].base_url.rstrip("/")
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in ROBOTS_DISALLOWED),
        f"Sitemap: {root}{url_for('shop.storefront.sitemap')}",
    ]
    response = Response("\n".join(lines) + "\n", mimetype="text/plain")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@shop.get("/language/<locale>")
@public
def change_language(locale: str) -> ResponseReturnValue:
    """Store the chosen language in a cookie and return to the previous page."""
    if locale not in LANGUAGES:
        raise NotFound
    response = redirect(safe_redirect_path(request.args.get("back")))
    secure = current_app.config["SETTINGS"].secure
    response.set_cookie("lang", locale, max_age=YEAR_SECONDS, samesite="Lax", secure=secure, httponly=True)
    return response
