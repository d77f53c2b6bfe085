"""The market's front page and what belongs to no feature: the language switch."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.errors import NotFound
from marketplace.kernel.texts import LANGUAGES
from marketplace.kernel.urls import local_path
from marketplace.showroom import front
from tenants.access.guards import everyone, visitor

shop = Blueprint("home", __name__)
YEAR = 365 * 86400
NOT_FOR_ROBOTS = (
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
@visitor
def index() -> ResponseReturnValue:
    """The market's face."""
    return render_template("shop/home.html", **front.values())


@shop.get("/robots.txt")
@everyone
def robots() -> ResponseReturnValue:
    """What search engines should leave alone: what is somebody's own, and lists without end."""
    root = current_app.config["SETTINGS"].base_url.rstrip("/")
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS),
        f"Sitemap: {root}{url_for('shop.showroom.sitemap')}",
    ]
    answer = Response("\n".join(lines) + "\n", mimetype="text/plain")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@shop.get("/language/<locale>")
@everyone
def change_language(locale: str) -> ResponseReturnValue:
    """Read the market in another language from now on."""
    if locale not in LANGUAGES:
        raise NotFound
    answer = redirect(local_path(request.args.get("back")))
    secure = current_app.config["SETTINGS"].secure
    answer.set_cookie("lang", locale, max_age=YEAR, samesite="Lax", secure=secure, httponly=True)
    return answer
