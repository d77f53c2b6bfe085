"""Brands: added, renamed, closed (CA2)."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue import queries, services
from marketplace.catalogue.views.console import kinds_part as console
from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Typed, take
from marketplace.kernel.texts import LANGUAGES
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight


@console.get("/brands")
@market_only(MarketRight.CATALOGUE_MANAGE)
def brands() -> ResponseReturnValue:
    """All brands with how many products bear them."""
    return _page(Typed(), Typed())


@console.post("/brands")
@market_only(MarketRight.CATALOGUE_MANAGE)
def open_brand() -> ResponseReturnValue:
    """Add one."""
    typed = take(request.form, "slug", *LANGUAGES, longest=80)
    try:
        services.open_brand(slug=typed.slug, names={code: typed[code] for code in LANGUAGES if typed[code]})
    except Invalid as refusal:
        return _page(typed, Typed(refusal.errors)), 422
    flash(_("The brand is added."), "success")
    return redirect(url_for(".brands"), 303)


@console.post("/brands/<uuid:brand_id>")
@market_only(MarketRight.CATALOGUE_MANAGE)
def rename_brand(brand_id: UUID) -> ResponseReturnValue:
    """Give it other names."""
    typed = take(request.form, *LANGUAGES, longest=80)
    try:
        services.rename_brand(brand_id=brand_id, names={code: typed[code] for code in LANGUAGES if typed[code]})
    except Invalid as refusal:
        return _page(Typed(), Typed({str(brand_id): str(next(iter(refusal.errors.values())))})), 422
    flash(_("The brand is saved."), "success")
    return redirect(url_for(".brands"), 303)


@console.post("/brands/<uuid:brand_id>/close")
@market_only(MarketRight.CATALOGUE_MANAGE)
def close_brand(brand_id: UUID) -> ResponseReturnValue:
    """Offer it no longer, or again."""
    services.close_brand(brand_id=brand_id)
    flash(_("The brand is saved."), "success")
    return redirect(url_for(".brands"), 303)


def _page(typed: Typed, errors: Typed) -> str:
    return render_template(
        "console/catalogue/brands.html",
        brands=queries.brands(closed=True),
        counts=queries.brand_counts(),
        typed=typed,
        errors=errors,
    )
