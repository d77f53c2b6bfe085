"""Console views for products: the list of all products and the review queue (Online product review, CA3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.catalogue import queries, services
from marketplace.catalogue.errors import InvalidProductTransition, OutsideBusinessScope, ProductValidationError, StaleProduct
from marketplace.catalogue.models import Product, ProductState
from marketplace.catalogue.rules import format_attribute_value
from marketplace.catalogue.views import product_media
from marketplace.catalogue.views.console.blueprint import console
from marketplace.catalogue.views.list_view import ListView, parse_filter
from marketplace.catalogue.views.product_form import as_uuid
from marketplace.kernel.db import savepoint
from marketplace.kernel.errors import MarketplaceError
from marketplace.kernel.form_input import clean_fields
from marketplace.kernel.localized_text import localize
from marketplace.kernel.paging import paginate
from marketplace.media.videos import load_video
from tenants.access.decorators import require_platform_permission
from tenants.access.permissions import PlatformPermission

PAGE_SIZE = 50
DECISIONS: dict[bool, Callable[..., Product]] = {True: services.approve_product, False: services.reject_product}
REVIEW_FIELDS = ("title", "description", "category", "attributes", "pictures", "video", "prices", "variants")


@console.get("/products")
@require_platform_permission(PlatformPermission.PRODUCTS_REVIEW)
def products() -> ResponseReturnValue:
    """List the products of all merchants; in the review queue, the longest waiting first."""
    filters = parse_filter({"sort": "waiting" if request.args.get("state") == "in_review" else "changed", **request.args})
    page = paginate(queries.list_products_stmt(filters), number=request.args.get("page", 1, int), size=PAGE_SIZE, scalars=False)
    list_view = ListView(".products", filters, queries.count_products_by_state())
    return render_template("console/catalogue/products.html", page=page, list_view=list_view, tree=queries.get_category_tree())


@console.get("/products/<uuid:product_id>")
@require_platform_permission(PlatformPermission.PRODUCTS_REVIEW)
def product(product_id: UUID) -> ResponseReturnValue:
    """Show a product for review."""
    return _render_page(queries.get_product(product_id), {}, "")


@console.post("/products/<uuid:product_id>/approve")
@require_platform_permission(PlatformPermission.PRODUCTS_REVIEW)
def approve(product_id: UUID) -> ResponseReturnValue:
    """Approve a product."""
    try:
        services.approve_product(product_id=product_id, expected_version=request.form.get("seen", type=int))
    except (StaleProduct, OutsideBusinessScope) as exc:
        return _render_page(queries.get_product(product_id), {}, "", _error_message(product_id, exc)), 409
    flash(_("The product is on sale."), "success")
    return redirect(url_for(".products", state=ProductState.IN_REVIEW.value), 303)


@console.post("/products/<uuid:product_id>/reject")
@require_platform_permission(PlatformPermission.PRODUCTS_REVIEW)
def reject(product_id: UUID) -> ResponseReturnValue:
    """Reject a product, or take it off sale, with a reason and comments by part."""
    typed = clean_fields(request.form, "note", *(f"remark-{field}" for field in REVIEW_FIELDS), max_length=500)
    note, field_comments = typed.note, {field: typed[f"remark-{field}"] for field in REVIEW_FIELDS}
    was_on_sale = queries.get_product(product_id, parts=False).state is ProductState.ON_SALE
    try:
        services.reject_product(
            product_id=product_id, note=note, field_comments=field_comments, expected_version=request.form.get("seen", type=int)
        )
    except ProductValidationError as exc:
        return _render_page(queries.get_product(product_id), field_comments, str(exc.errors["note"])), 422
    except StaleProduct as exc:
        return _render_page(queries.get_product(product_id), field_comments, "", exc.user_message()), 409
    if was_on_sale:
        flash(_("The product is off the shelves; the merchant has a letter."), "success")
        return redirect(url_for(".product", product_id=product_id), 303)
    flash(_("The product was sent back."), "success")
    return redirect(url_for(".products", state=ProductState.IN_REVIEW.value), 303)


@console.post("/products/bulk")
@require_platform_permission(PlatformPermission.PRODUCTS_REVIEW)
def bulk() -> ResponseReturnValue:
    """Decide on all selected products; those that cannot be decided are skipped and reported."""
    action, note = request.form.get("deed", ""), clean_fields(request.form, "note", max_length=500).note
    picked_ids = [picked_id for text in request.form.getlist("pick")[:200] if (picked_id := as_uuid(text))]
    done, last_error = 0, None
    for product_id in picked_ids:
        decide, expected_version = DECISIONS[action == "approve"], request.form.get(f"seen-{product_id}", type=int)
        try:
            with savepoint():
                decide(product_id=product_id, note=note, expected_version=expected_version)
            done += 1
        except (InvalidProductTransition, OutsideBusinessScope, StaleProduct) as exc:
            last_error = _error_message(product_id, exc)
        except ProductValidationError as exc:
            last_error = str(exc.errors["note"])
    if done:
        flash(ngettext("%(num)s product is decided.", "%(num)s products are decided.", done), "success")
    if last_error or not picked_ids:
        flash(last_error or _("Pick at least one product first."), "warning")
    from_on_sale = request.form.get("state") == ProductState.ON_SALE
    return redirect(url_for(".products", state=(ProductState.ON_SALE if from_on_sale else ProductState.IN_REVIEW).value), 303)


def _error_message(product_id: UUID, exc: MarketplaceError) -> str:
    """Return the error for the platform's staff; the merchant's message would say "your shop"."""
    if isinstance(exc, OutsideBusinessScope):
        title = localize(queries.get_product(product_id, parts=False).title)
        message = _("“%(title)s”: its merchant is not admitted to trade in “%(category)s”.", title=title, **exc.context)
        return str(message)
    return exc.user_message()


def _render_page(product: Product, field_comments: dict[str, str], error: str, warning: str = "") -> str:
    schema = queries.get_schema(product.category_id)
    category = queries.get_category(product.category_id)
    context: dict[str, Any] = {
        "product": product,
        "merchant": queries.get_product_merchant(product.id),
        "category": localize(category.names),
        "spec": [
            (localize(field.names), format_attribute_value(field, product.attributes[field.code]))
            for field in schema
            if field.code in product.attributes
        ],
        "missing": services.list_missing_requirements(product=product),
        "pictures": product_media.picture_tiles(product),
        "video": load_video(product.video),
        "reviews": queries.list_reviews(product.id),
        "field_comments": field_comments,
        "error": error,
        "warning": warning,
        "note": request.form.get("note", ""),
        "review_fields": REVIEW_FIELDS,
    }
    return render_template("console/catalogue/product.html", **context)
