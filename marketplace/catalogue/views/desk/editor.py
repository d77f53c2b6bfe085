"""Desk views for the product editor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from marketplace.catalogue import queries, services
from marketplace.catalogue.errors import ConcurrentProductEdit, InvalidProductTransition, ProductValidationError
from marketplace.catalogue.inputs import ProductInput
from marketplace.catalogue.models import Product, ProductState
from marketplace.catalogue.rules import AttributeField
from marketplace.catalogue.views import form_errors, product_form, product_media
from marketplace.catalogue.views.desk.blueprint import desk
from marketplace.catalogue.views.list_view import STATE_TONES
from marketplace.kernel.db import db
from marketplace.media.videos import allow_video_upload, load_video
from tenants.access.decorators import require_staff_permission
from tenants.access.permissions import Permission
from tenants.merchants.models import Merchant
from tenants.regions import queries as regions

NO_PICTURES = product_media.UploadedPictures()


@desk.get("/new")
@require_staff_permission(Permission.PRODUCTS_EDIT)
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _render_page(product_form.blank_form(_home_region()), None)


@desk.post("/new")
@allow_video_upload
@require_staff_permission(Permission.PRODUCTS_EDIT)
def create() -> ResponseReturnValue:
    """Create a draft."""
    return _save(None)


@desk.get("/<uuid:product_id>")
@require_staff_permission(Permission.PRODUCTS_SEE)
def edit(product_id: UUID) -> ResponseReturnValue:
    """Show a product's form, its missing requirements and its review log."""
    product = queries.get_product(product_id)
    return _render_page(product_form.form_of_product(product), product)


@desk.post("/<uuid:product_id>")
@allow_video_upload
@require_staff_permission(Permission.PRODUCTS_EDIT)
def change(product_id: UUID) -> ResponseReturnValue:
    """Save the form to the product."""
    return _save(queries.get_product(product_id))


@desk.get("/attributes")
@require_staff_permission(Permission.PRODUCTS_EDIT)
def attributes() -> ResponseReturnValue:
    """Render the attribute fields of another category, for the open form."""
    category_id = product_form.as_uuid(request.args.get("category"))
    schema = queries.get_schema(category_id) if category_id else ()
    form = product_form.parse_form(request.args, schema)
    return render_template("desk/catalogue/_attributes.html", schema=schema, product_form=form, errors=form.errors)


def _save(product: Product | None) -> ResponseReturnValue:
    category_id = product_form.as_uuid(request.form.get("category"))
    schema = queries.get_schema(category_id) if category_id else ()
    form = product_form.parse_form(request.form, schema)
    if request.form.get("deed") == "generate":
        product_form.generate_variants(form, schema)
        return _rerender(form, product, schema, _handle_pictures(form))
    can_edit_prices = g.membership.can(Permission.PRICES_EDIT)
    if not can_edit_prices:  # the fields are disabled, their input is ignored
        product_form.reset_prices(form, product)
    data = product_form.to_product_input(form, schema, product.currency if product else _currency())
    if data is not None and not can_edit_prices:
        data = services.retain_existing_prices(data=data, product=product)
    uploaded = _handle_pictures(form)
    if data is None or uploaded.error:
        return _rerender(form, product, schema, uploaded), 422
    saved = _try_save(form, data, product, uploaded)
    if saved is not None:
        return _redirect_after_save(saved)
    return _rerender(form, queries.get_product(product.id) if product else None, schema, uploaded), 422


def _handle_pictures(form: product_form.ProductForm) -> product_media.UploadedPictures:
    """Store the uploaded pictures for the next submission; set the error of a rejected one."""
    uploaded = product_media.receive_pictures(request.form, request.files.getlist("pictures"), g.membership.merchant_id)
    if uploaded.error:
        form.errors["pictures"] = uploaded.error
    return uploaded


def _rerender(
    form: product_form.ProductForm,
    product: Product | None,
    schema: tuple[AttributeField, ...],
    uploaded: product_media.UploadedPictures,
) -> str:
    """Render the form with its input; a video is too large to be stored for a form that may not be resubmitted."""
    video = request.files.get("video")
    if video is not None and video.filename:
        form.errors.setdefault("video", _("The video was not kept. Please choose it again."))
    return _render_page(form, product, schema, uploaded)


def _try_save(
    form: product_form.ProductForm, data: ProductInput, product: Product | None, uploaded: product_media.UploadedPictures
) -> Product | None:
    """Save the product; return None if it was rejected, with the reasons in `form.errors`."""
    product_id = product.id if product else None
    version = request.form.get("version", type=int) if product else None
    try:
        data = product_media.apply_pictures(data, product, request.form, uploaded.pictures)
        with product_media.video_change(request.form, request.files.get("video")) as apply_video, db.session.begin_nested():
            saved = services.save_product(
                merchant_id=g.membership.merchant_id, data=data, product_id=product_id, version=version
            )
            return apply_video(saved)
    except ProductValidationError as exc:
        form.errors.update(exc.errors)
    except InvalidProductTransition:
        form.errors["category"] = _("Take the product off sale before you change its category.")
    except ConcurrentProductEdit as exc:
        form.errors[""] = exc.user_message()
        form.typed["version"] = queries.get_product(product_id).version if product_id else ""
    return None


def _redirect_after_save(product: Product) -> ResponseReturnValue:
    if request.form.get("deed") == "submit":
        return redirect(url_for(".edit", product_id=product.id, _anchor="review"), 303)
    flash(_("The product is saved."), "success")
    return redirect(url_for(".edit", product_id=product.id), 303)


def _render_page(
    form: product_form.ProductForm,
    product: Product | None,
    schema: tuple[AttributeField, ...] | None = None,
    uploaded: product_media.UploadedPictures = NO_PICTURES,
) -> str:
    category_id = product_form.as_uuid(form.typed.category)
    if schema is None:
        schema = queries.get_schema(category_id) if category_id else ()
    typed, labels = form.typed, form_errors.field_labels(form, schema)
    errors = form_errors.sort_errors(form.errors, labels)
    region_code = regions.parse_selects(typed.region_province, typed.region_city, typed.region_district)
    context: dict[str, Any] = {
        "product_form": form,
        "typed": typed,
        "errors": errors,
        "error_summary": form_errors.deduplicate(errors, labels),
        "field_ids": form_errors.field_ids(form.errors),
        "product": product,
        "schema": schema,
        "tree": queries.get_category_tree(),
        "brands": queries.list_brands(),
        "region": {"values": regions.select_values(region_code), "options": regions.select_options(region_code)},
        "state_tones": STATE_TONES,
        "membership": g.membership,
        "pictures": product_media.picture_tiles(product),
        "new_pictures": uploaded.tiles(g.membership.merchant_id),
        "video": load_video(product.video) if product else None,
        "currency": product.currency if product else _currency(),
    }
    if product is not None:
        context["missing"] = (
            services.list_missing_requirements(product=product) if product.state is not ProductState.ON_SALE else {}
        )
        context["reviews"] = queries.list_reviews(product.id)
    return render_template("desk/catalogue/edit.html", **context)


def _currency() -> str:
    return str(current_app.config["SETTINGS"].currency)


def _home_region() -> str:
    return db.session.scalar(select(Merchant.region_code).where(Merchant.id == g.membership.merchant_id)) or ""
