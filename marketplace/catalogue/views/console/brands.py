"""Console views for brands (Category and brand management, CA2)."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue import queries, services
from marketplace.catalogue.views.console.blueprint import taxonomy as console
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.form_input import FormData, clean_fields
from marketplace.kernel.localized_text import LANGUAGES
from tenants.access.decorators import require_platform_permission
from tenants.access.permissions import PlatformPermission


@console.get("/brands")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def brands() -> ResponseReturnValue:
    """List all brands with their number of products."""
    return _render_page(FormData(), FormData())


@console.post("/brands")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def open_brand() -> ResponseReturnValue:
    """Create a brand."""
    typed = clean_fields(request.form, "slug", *LANGUAGES, max_length=80)
    try:
        services.create_brand(slug=typed.slug, names={code: typed[code] for code in LANGUAGES if typed[code]})
    except ValidationError as exc:
        return _render_page(typed, FormData(exc.errors)), 422
    flash(_("The brand is added."), "success")
    return redirect(url_for(".brands"), 303)


@console.post("/brands/<uuid:brand_id>")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def rename_brand(brand_id: UUID) -> ResponseReturnValue:
    """Change the names of a brand."""
    typed = clean_fields(request.form, *LANGUAGES, max_length=80)
    try:
        services.rename_brand(brand_id=brand_id, names={code: typed[code] for code in LANGUAGES if typed[code]})
    except ValidationError as exc:
        return _render_page(FormData(), FormData({str(brand_id): str(next(iter(exc.errors.values())))})), 422
    flash(_("The brand is saved."), "success")
    return redirect(url_for(".brands"), 303)


@console.post("/brands/<uuid:brand_id>/close")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def close_brand(brand_id: UUID) -> ResponseReturnValue:
    """Close a brand, or reopen it."""
    services.toggle_brand_closed(brand_id=brand_id)
    flash(_("The brand is saved."), "success")
    return redirect(url_for(".brands"), 303)


def _render_page(typed: FormData, errors: FormData) -> str:
    return render_template(
        "console/catalogue/brands.html",
        brands=queries.list_brands(closed=True),
        counts=queries.count_products_by_brand(),
        typed=typed,
        errors=errors,
    )
