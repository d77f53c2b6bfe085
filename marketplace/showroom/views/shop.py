"""Looking around: home, categories, search, suggestions, one product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue.queries import CategoryRow
from marketplace.catalogue.rules.attributes import AttributeField
from marketplace.kernel.limits import limited
from marketplace.kernel.texts import pick
from marketplace.showroom import comparing, delivery, merchants, productpage, queries, rules, shelves
from search import EVERYBODY
from tenants.access.guards import everyone, visitor

shop = Blueprint("showroom", __name__)


@shop.get("/c/<slug>")
@everyone
def category(slug: str) -> ResponseReturnValue:
    """One category: what it has, with the filters of its own attributes."""
    row = queries.category(slug)
    facets = queries.facets_of(row.id)
    wish = rules.read(request.args.items(multi=True), facets=facets, category=slug)
    return _shelf("shop/showroom/category.html", wish, facets, row)


@shop.get("/search")
@limited("120/minute")
@everyone
def search() -> ResponseReturnValue:
    """Everything that answers to some words: goods, or merchants."""
    if "merchants" in (request.args.get("what"), request.args.get("kind")):
        return merchants.page(request.args.get("q", ""))
    wish, facets = shelves.wish_of(request.args)
    return _shelf("shop/showroom/search.html", wish, facets, None)


@shop.get("/compare")
@everyone
def compare() -> ResponseReturnValue:
    """Up to four products beside each other (CA7); what is gone is left out."""
    asked = request.args.getlist("p")
    codes = rules.compared(asked)
    note = comparing.too_many() if len(set(asked)) > len(codes) == rules.MOST_COMPARED else ""
    return render_template("shop/showroom/compare.html", note=note, **comparing.side_by_side(codes))


@shop.get("/suggest")
@limited("300/minute")
@everyone
def suggest() -> ResponseReturnValue:
    """What half-typed words may become: a list for the search field."""
    text = request.args.get("q", "").strip()[: rules.LONGEST_TEXT]
    found = queries.engine().suggest(queries.PRODUCTS, text, audience=(EVERYBODY,)) if text else ()
    return render_template("shop/showroom/_suggest.html", phrases=found)


@shop.get("/p/<code>")
@everyone
def product(code: str) -> ResponseReturnValue:
    """One product: pictures, price by quantity, variants, specification, who sells it (SF4)."""
    page = productpage.ProductPage(code, request.args.get("v", ""), request.args.get("quantity"))
    return render_template("shop/showroom/product.html", page=page, delivery=delivery.picker(lambda: page.offer))


@shop.get("/p/<code>/delivery")
@limited("240/minute")
@visitor
def delivery_of(code: str) -> ResponseReturnValue:
    """What carrying it to the visitor's place costs; the place is remembered in the browser."""
    said = delivery.ask(code, request.args)
    answer = make_response(render_template("shop/showroom/_quote.html", said=said))
    if said and delivery.asked_for(request.args):
        secure = current_app.config["SETTINGS"].secure
        answer.set_cookie(delivery.COOKIE, said["region"], max_age=delivery.YEAR, samesite="Lax", secure=secure, httponly=True)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _shelf(template: str, wish: rules.Browse, facets: Sequence[AttributeField], row: CategoryRow | None) -> ResponseReturnValue:
    values: dict[str, Any] = shelves.values(wish, facets) | {
        "category": row,
        "crumbs": _crumbs(row),
        "children": _children(row, wish),
        "title": pick(row.names) if row else _("Search"),
    }
    return render_template(template, **values)


def _crumbs(row: CategoryRow | None) -> list[tuple[str, str]]:
    if row is None:
        return []
    path = queries.trail(row)
    return [(pick(one.names), url_for(".category", slug=one.slug) if one.id != row.id else "") for one in path]


def _children(row: CategoryRow | None, wish: rules.Browse) -> list[dict[str, str]]:
    if row is None or wish.narrowed or wish.page > 1:
        return []
    return [{"label": pick(one.names), "url": url_for(".category", slug=one.slug)} for one in queries.children(row)]
