"""All products of the market, and the queue of those that wait for review (CA3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.catalogue import queries, services
from marketplace.catalogue.errors import NotInThisState, OutsideScope, ProductInvalid, ProductMoved
from marketplace.catalogue.models import Product, ProductState
from marketplace.catalogue.rules import spoken
from marketplace.catalogue.views import shots
from marketplace.catalogue.views.console import console
from marketplace.catalogue.views.forms import as_uuid
from marketplace.catalogue.views.lists import Listing, wanted_from
from marketplace.kernel.db import attempt
from marketplace.kernel.errors import MarketplaceError
from marketplace.kernel.forms import take
from marketplace.kernel.paging import page_of
from marketplace.kernel.texts import pick
from marketplace.kernel.videos import video_of
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight

SIZE = 50
DECISIONS: dict[bool, Callable[..., Product]] = {True: services.approve, False: services.reject}
PARTS = ("title", "description", "category", "attributes", "pictures", "video", "prices", "variants")


@console.get("/products")
@market_only(MarketRight.PRODUCTS_REVIEW)
def products() -> ResponseReturnValue:
    """Every product of every merchant; those that wait first come first."""
    wanted = wanted_from({"sort": "waiting" if request.args.get("state") == "in_review" else "changed", **request.args})
    page = page_of(queries.desk_rows(wanted), number=request.args.get("page", 1, int), size=SIZE, scalars=False)
    listing = Listing(".products", wanted, queries.counts_by_state())
    return render_template("console/catalogue/products.html", page=page, listing=listing, tree=queries.tree())


@console.get("/products/<uuid:product_id>")
@market_only(MarketRight.PRODUCTS_REVIEW)
def product(product_id: UUID) -> ResponseReturnValue:
    """One product, read as a reviewer reads it."""
    return _page(queries.get(product_id), {}, "")


@console.post("/products/<uuid:product_id>/approve")
@market_only(MarketRight.PRODUCTS_REVIEW)
def approve(product_id: UUID) -> ResponseReturnValue:
    """Let it on the shelves."""
    try:
        services.approve(product_id=product_id, seen=request.form.get("seen", type=int))
    except (ProductMoved, OutsideScope) as refusal:
        return _page(queries.get(product_id), {}, "", _told(product_id, refusal)), 409
    flash(_("The product is on sale."), "success")
    return redirect(url_for(".products", state=ProductState.IN_REVIEW.value), 303)


@console.post("/products/<uuid:product_id>/reject")
@market_only(MarketRight.PRODUCTS_REVIEW)
def reject(product_id: UUID) -> ResponseReturnValue:
    """Send it back with the reason and remarks by part, or take it off the shelves with them."""
    typed = take(request.form, "note", *(f"remark-{part}" for part in PARTS), longest=500)
    note, remarks = typed.note, {part: typed[f"remark-{part}"] for part in PARTS}
    shown = queries.get(product_id, parts=False).state is ProductState.ON_SALE
    try:
        services.reject(product_id=product_id, note=note, remarks=remarks, seen=request.form.get("seen", type=int))
    except ProductInvalid as refusal:
        return _page(queries.get(product_id), remarks, str(refusal.errors["note"])), 422
    except ProductMoved as refusal:
        return _page(queries.get(product_id), remarks, "", refusal.sentence()), 409
    if shown:
        flash(_("The product is off the shelves; the merchant has a letter."), "success")
        return redirect(url_for(".product", product_id=product_id), 303)
    flash(_("The product was sent back."), "success")
    return redirect(url_for(".products", state=ProductState.IN_REVIEW.value), 303)


@console.post("/products/bulk")
@market_only(MarketRight.PRODUCTS_REVIEW)
def bulk() -> ResponseReturnValue:
    """Decide about all picked ones alike; those that cannot be decided are left and said."""
    deed, note = request.form.get("deed", ""), take(request.form, "note", longest=500).note
    picked = [found for text in request.form.getlist("pick")[:200] if (found := as_uuid(text))]
    done, refused = 0, None
    for product_id in picked:
        decide, seen = DECISIONS[deed == "approve"], request.form.get(f"seen-{product_id}", type=int)
        try:
            with attempt():
                decide(product_id=product_id, note=note, seen=seen)
            done += 1
        except (NotInThisState, OutsideScope, ProductMoved) as refusal:
            refused = _told(product_id, refusal)
        except ProductInvalid as refusal:
            refused = str(refusal.errors["note"])
    if done:
        flash(ngettext("%(num)s product is decided.", "%(num)s products are decided.", done), "success")
    if refused or not picked:
        flash(refused or _("Pick at least one product first."), "warning")
    shown = request.form.get("state") == ProductState.ON_SALE
    return redirect(url_for(".products", state=(ProductState.ON_SALE if shown else ProductState.IN_REVIEW).value), 303)


def _told(product_id: UUID, refusal: MarketplaceError) -> str:
    """The refusal in words for the market's staff; the merchant's own would speak of "your shop"."""
    if isinstance(refusal, OutsideScope):
        title = pick(queries.get(product_id, parts=False).title)
        said = _("“%(title)s”: its merchant is not admitted to trade in “%(category)s”.", title=title, **refusal.facts)
        return str(said)
    return refusal.sentence()


def _page(product: Product, remarks: dict[str, str], error: str, warning: str = "") -> str:
    schema = queries.schema_of(product.category_id)
    category = queries.category(product.category_id)
    facts: dict[str, Any] = {
        "product": product,
        "merchant": queries.merchant_of(product.id),
        "category": pick(category.names),
        "spec": [(pick(f.names), spoken(f, product.attributes[f.code])) for f in schema if f.code in product.attributes],
        "lacking": services.checklist(product=product),
        "shots": shots.tiles(product),
        "video": video_of(product.video),
        "reviews": queries.reviews_of(product.id),
        "remarks": remarks,
        "error": error,
        "warning": warning,
        "note": request.form.get("note", ""),
        "parts": PARTS,
    }
    return render_template("console/catalogue/product.html", **facts)
