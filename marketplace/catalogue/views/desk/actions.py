"""Desk views for actions on one product: submit, withdraw, publish, copy, delete, preview."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue import queries, services
from marketplace.catalogue.errors import RequirementsMissing
from marketplace.catalogue.models import ProductState
from marketplace.catalogue.rules import format_attribute_value
from marketplace.catalogue.views import product_media
from marketplace.catalogue.views.desk.blueprint import desk
from marketplace.kernel.db import savepoint
from marketplace.kernel.localized_text import localize
from marketplace.media.videos import load_video
from tenants.access.decorators import require_staff_permission
from tenants.access.permissions import Permission


@desk.post("/<uuid:product_id>/submit")
@require_staff_permission(Permission.PRODUCTS_PUBLISH)
def submit(product_id: UUID) -> ResponseReturnValue:
    """Submit a product for review, or report what is missing."""
    try:
        with savepoint():
            services.submit_for_review(product_id=product_id)
    except RequirementsMissing as exc:
        flash(exc.user_message(), "warning")
        return redirect(url_for(".edit", product_id=product_id, _anchor="review"), 303)
    flash(_("The product is submitted. The market looks at it within one working day."), "success")
    return redirect(url_for(".edit", product_id=product_id), 303)


@desk.post("/<uuid:product_id>/withdraw")
@require_staff_permission(Permission.PRODUCTS_PUBLISH)
def withdraw(product_id: UUID) -> ResponseReturnValue:
    """Withdraw a product from review."""
    services.withdraw_from_review(product_id=product_id)
    flash(_("The product is a draft again."), "success")
    return redirect(url_for(".edit", product_id=product_id), 303)


@desk.post("/<uuid:product_id>/on")
@require_staff_permission(Permission.PRODUCTS_PUBLISH)
def publish(product_id: UUID) -> ResponseReturnValue:
    """Put a product on sale."""
    product = services.publish_product(product_id=product_id)
    is_on_sale = product.state is ProductState.ON_SALE
    flash(_("The product is on sale.") if is_on_sale else _("The product is in review before it goes on sale."), "success")
    return redirect(url_for(".edit", product_id=product_id), 303)


@desk.post("/<uuid:product_id>/off")
@require_staff_permission(Permission.PRODUCTS_PUBLISH)
def unpublish(product_id: UUID) -> ResponseReturnValue:
    """Take a product off sale; the list offers to undo it."""
    services.unpublish_product(product_id=product_id)
    session["products_off"] = [str(product_id)]
    return redirect(url_for(".index"), 303)


@desk.post("/<uuid:product_id>/copy")
@require_staff_permission(Permission.PRODUCTS_EDIT)
def duplicate(product_id: UUID) -> ResponseReturnValue:
    """Create a copy as a draft."""
    copy = services.duplicate_product(product_id=product_id)
    flash(_("This is the copy. Give it a name and SKUs of its own."), "success")
    return redirect(url_for(".edit", product_id=copy.id), 303)


@desk.post("/<uuid:product_id>/discard")
@require_staff_permission(Permission.PRODUCTS_EDIT)
def discard(product_id: UUID) -> ResponseReturnValue:
    """Delete a draft that was never submitted."""
    services.discard_draft(product_id=product_id)
    flash(_("The draft is gone."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/<uuid:product_id>/delete")
@require_staff_permission(Permission.PRODUCTS_EDIT)
def delete(product_id: UUID) -> ResponseReturnValue:
    """Delete a product; it can be restored (Product maintenance, CA1)."""
    services.delete_product(product_id=product_id)
    flash(_("The product is deleted. It stands under “Deleted” and can be brought back from there."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/<uuid:product_id>/bring-back")
@require_staff_permission(Permission.PRODUCTS_EDIT)
def restore(product_id: UUID) -> ResponseReturnValue:
    """Restore a deleted product."""
    product = services.restore_product(product_id=product_id)
    flash(_("The product is back: %(state)s.", state=product.state.label), "success")
    return redirect(url_for(".edit", product_id=product_id), 303)


@desk.get("/<uuid:product_id>/preview")
@require_staff_permission(Permission.PRODUCTS_SEE)
def preview(product_id: UUID) -> ResponseReturnValue:
    """Show a product as buyers will see it."""
    product = queries.get_product(product_id)
    schema = queries.get_schema(product.category_id)
    spec = [
        (localize(field.names), format_attribute_value(field, product.attributes[field.code]))
        for field in schema
        if field.code in product.attributes
    ]
    return render_template(
        "desk/catalogue/preview.html",
        product=product,
        spec=spec,
        pictures=product_media.picture_tiles(product),
        video=load_video(product.video),
    )
