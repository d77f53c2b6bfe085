"""The editor of one product."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from marketplace.catalogue import queries, services
from marketplace.catalogue.errors import NotInThisState, ProductInvalid
from marketplace.catalogue.models import Product, ProductState
from marketplace.catalogue.rules import AttributeField
from marketplace.catalogue.services import ProductSheet
from marketplace.catalogue.views import faults, forms, shots
from marketplace.catalogue.views.desk import desk
from marketplace.catalogue.views.lists import TONES
from marketplace.kernel.db import db
from marketplace.kernel.videos import takes_video, video_of
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission
from tenants.merchants.models import Merchant
from tenants.regions import queries as regions

NOTHING = shots.Brought()


@desk.get("/new")
@staff_only(Permission.PRODUCTS_EDIT)
def new() -> ResponseReturnValue:
    """An empty sheet."""
    return _page(forms.fresh(_home_region()), None)


@desk.post("/new")
@takes_video
@staff_only(Permission.PRODUCTS_EDIT)
def create() -> ResponseReturnValue:
    """Write a new draft."""
    return _save(None)


@desk.get("/<uuid:product_id>")
@staff_only(Permission.PRODUCTS_SEE)
def edit(product_id: UUID) -> ResponseReturnValue:
    """A product's sheet, its checklist and the record of its review."""
    product = queries.get(product_id)
    return _page(forms.show(product), product)


@desk.post("/<uuid:product_id>")
@takes_video
@staff_only(Permission.PRODUCTS_EDIT)
def change(product_id: UUID) -> ResponseReturnValue:
    """Write the sheet over the product."""
    return _save(queries.get(product_id))


@desk.get("/attributes")
@staff_only(Permission.PRODUCTS_EDIT)
def attributes() -> ResponseReturnValue:
    """The questions of another category, for the open form."""
    category_id = forms.as_uuid(request.args.get("category"))
    schema = queries.schema_of(category_id) if category_id else ()
    filled = forms.read(request.args, schema)
    return render_template("desk/catalogue/_attributes.html", schema=schema, filled=filled, errors=filled.errors)


def _save(product: Product | None) -> ResponseReturnValue:
    category_id = forms.as_uuid(request.form.get("category"))
    schema = queries.schema_of(category_id) if category_id else ()
    filled = forms.read(request.form, schema)
    if request.form.get("deed") == "generate":
        forms.generate(filled, schema)
        return _again(filled, product, schema, _bring(filled))
    may_price = g.place.may(Permission.PRICES_EDIT)
    if not may_price:  # the fields are shown and closed: nothing of them is read
        forms.forget_prices(filled, product)
    sheet = forms.sheet(filled, schema, product.currency if product else _currency())
    if sheet is not None and not may_price:
        sheet = services.with_prices_of(sheet=sheet, product=product)
    brought = _bring(filled)
    if sheet is None or brought.refusal:
        return _again(filled, product, schema, brought), 422
    saved = _try(filled, sheet, product, brought)
    if saved is not None:
        return _saved(saved)
    return _again(filled, queries.get(product.id) if product else None, schema, brought), 422


def _bring(filled: forms.Filled) -> shots.Brought:
    """The pictures that came, kept for when the form is sent again; what is wrong with one stands at its field."""
    brought = shots.brought(request.form, request.files.getlist("pictures"), g.place.merchant_id)
    if brought.refusal:
        filled.errors["pictures"] = brought.refusal
    return brought


def _again(filled: forms.Filled, product: Product | None, schema: tuple[AttributeField, ...], brought: shots.Brought) -> str:
    """The form as it was left; a video is too large to be kept for a form that may never come again."""
    video = request.files.get("video")
    if video is not None and video.filename:
        filled.errors.setdefault("video", _("The video was not kept. Please choose it again."))
    return _page(filled, product, schema, brought)


def _try(filled: forms.Filled, sheet: ProductSheet, product: Product | None, brought: shots.Brought) -> Product | None:
    """Save the sheet; None when something was refused, which then stands in `filled.errors`."""
    known = product.id if product else None
    version = request.form.get("version", type=int) if product else None
    try:
        sheet = shots.with_pictures(sheet, product, request.form, brought.pictures)
        with shots.with_video(request.form, request.files.get("video")) as hung, db.session.begin_nested():
            saved = services.save_product(merchant_id=g.place.merchant_id, sheet=sheet, product_id=known, version=version)
            return hung(saved)
    except ProductInvalid as refusal:
        filled.errors.update(refusal.errors)
    except NotInThisState:
        filled.errors["category"] = _("Take the product off sale before you change its category.")
    except StaleDataError:
        filled.errors[""] = _("Somebody has saved this product meanwhile. Compare, and save again to keep what you typed.")
        filled.typed["version"] = queries.get(known).version if known else ""
    except IntegrityError as clash:
        filled.errors.update(_clash(clash))
    return None


def _saved(product: Product) -> ResponseReturnValue:
    if request.form.get("deed") == "submit":
        return redirect(url_for(".edit", product_id=product.id, _anchor="review"), 303)
    flash(_("The product is saved."), "success")
    return redirect(url_for(".edit", product_id=product.id), 303)


def _clash(clash: IntegrityError) -> dict[str, str]:
    """A number that another product of this merchant has already."""
    said = str(clash.orig)
    if "uq_variants_merchant_id_sku" in said:
        return {"variants": _("Another product of your shop has one of these SKUs already.")}
    if "uq_products_merchant_id_reference" in said:
        return {"reference": _("Another product of your shop has this number already.")}
    raise clash


def _page(
    filled: forms.Filled,
    product: Product | None,
    schema: tuple[AttributeField, ...] | None = None,
    brought: shots.Brought = NOTHING,
) -> str:
    category_id = forms.as_uuid(filled.typed.category)
    if schema is None:
        schema = queries.schema_of(category_id) if category_id else ()
    typed, labels = filled.typed, faults.labels(filled, schema)
    errors = faults.in_order(filled.errors, labels)
    code = regions.chosen(typed.region_province, typed.region_city, typed.region_district)
    facts: dict[str, Any] = {
        "filled": filled,
        "typed": typed,
        "errors": errors,
        "told": faults.told_once(errors, labels),
        "places": faults.places(filled.errors),
        "product": product,
        "schema": schema,
        "tree": queries.tree(),
        "brands": queries.brands(),
        "region": {"values": regions.values(code), "options": regions.options(code)},
        "tones": TONES,
        "place": g.place,
        "shots": shots.tiles(product),
        "fresh": brought.tiles(g.place.merchant_id),
        "video": video_of(product.video) if product else None,
        "currency": product.currency if product else _currency(),
    }
    if product is not None:
        facts["lacking"] = services.checklist(product=product) if product.state is not ProductState.ON_SALE else {}
        facts["reviews"] = queries.reviews_of(product.id)
    return render_template("desk/catalogue/edit.html", **facts)


def _currency() -> str:
    return str(current_app.config["SETTINGS"].currency)


def _home_region() -> str:
    return db.session.scalar(select(Merchant.region_code).where(Merchant.id == g.place.merchant_id)) or ""
