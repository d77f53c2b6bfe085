"""Looking around: home, categories, search, suggestions, one product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue.queries import CategoryRow
from marketplace.catalogue.rules.attributes import AttributeField
from marketplace.kernel.limits import limited
from marketplace.kernel.texts import pick
from marketplace.showroom import cards, merchants, panels, productpage, queries, rules
from search import EVERYBODY
from tenants.access.guards import everyone

shop = Blueprint("showroom", __name__)
NO_FACETS: tuple[AttributeField, ...] = ()


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
    if request.args.get("kind") == "merchants" and "region" not in request.args:
        return merchants.page(request.args.get("q", ""))
    wish = rules.read(request.args.items(multi=True), facets=NO_FACETS)
    alone = queries.by_slug().get(wish.chosen.get("category", ("",))[0]) if len(wish.chosen.get("category", ())) == 1 else None
    facets = queries.facets_of(alone.id) if alone else NO_FACETS
    if facets:
        wish = rules.read(request.args.items(multi=True), facets=facets)
    return _shelf("shop/showroom/search.html", wish, facets, None)


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
    return render_template("shop/showroom/product.html", **productpage.values(code, request.args.get("v", "")))


def _shelf(template: str, wish: rules.Browse, facets: Sequence[AttributeField], row: CategoryRow | None) -> ResponseReturnValue:
    shelf = queries.look(wish, facets)
    values: dict[str, Any] = {
        "wish": wish,
        "category": row,
        "crumbs": _crumbs(row),
        "children": _children(row, wish),
        "cards": [cards.product_card(card) for card in shelf.cards],
        "found": shelf.found,
        "groups": panels.groups(wish, shelf.found, facets),
        "chips": panels.chips(wish, facets),
        "sorts": panels.sorts(wish),
        "clear": wish.address(chosen={}, ranges={}),
        "last": rules.last_page(shelf.found.total),
        "page_url": lambda number: wish.address(page=number),
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
