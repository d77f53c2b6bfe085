"""Cart pages of the shop, for guests and buyers: show, add, update, remove."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.carts import guest_cart, queries, services
from marketplace.carts.errors import CartFull, InvalidQuantity, VariantNotForSale
from marketplace.carts.pricing import CartItem, parse_quantity, quantity_error
from marketplace.catalogue.queries import PurchasableVariant
from marketplace.kernel.errors import BadRequest, Conflict
from marketplace.media.uploads import picture_view
from tenants.access.decorators import optional_login
from tenants.access.login import current_user, get_session_user
from tenants.accounts.models import Realm
from tenants.isolation import as_buyer

shop = Blueprint("carts", __name__)
MAX_QUANTITY_LENGTH = 20


@shop.before_app_request
def _stash_guest_cart() -> None:
    if request.method == "POST" and guest_cart.SESSION_KEY in session:
        guest_cart.stash_before_login()


@shop.get("/cart")
@optional_login
def index() -> ResponseReturnValue:
    """Show the cart."""
    return _render_cart(_current_items(), {})


@shop.post("/cart/lines")
@optional_login
def add() -> ResponseReturnValue:
    """Add a variant from a product page; errors are shown on that page with the submitted quantity."""
    variant_id, quantity_text = _parse_uuid(request.form.get("variant", "")), request.form.get("quantity", "1")
    quantity = parse_quantity(quantity_text) or Decimal(0)
    try:
        variant = services.validate_item(variant_id=variant_id, quantity=quantity)
    except InvalidQuantity as exc:
        return _quantity_error_response(
            exc.context["variant"],
            quantity_text[:MAX_QUANTITY_LENGTH],
            quantity_error(quantity_text, exc.context["variant"].unit) or exc.user_message(),
        )
    except VariantNotForSale as exc:
        return _reject(exc.context["variant"], quantity_text[:MAX_QUANTITY_LENGTH], exc)
    try:
        item_count = _add_item(variant_id, quantity)
    except CartFull as exc:
        return _reject(variant, quantity_text[:MAX_QUANTITY_LENGTH], exc)
    if request.headers.get("HX-Request"):
        return _htmx_added(item_count)
    if request.form.get("then") == "checkout":
        return redirect(url_for("shop.checkout.index"), 303)
    flash(_("It is in your cart."), "success")
    return redirect(url_for(".index"), 303)


@shop.post("/cart")
@optional_login
def update() -> ResponseReturnValue:
    """Update quantities and selection, remove lines, or continue to the checkout."""
    items = _current_items()
    removed_ids = {_parse_uuid(raw_id) for raw_id in request.form.getlist("remove")}
    updated_items, invalid_quantities = _parse_quantities([item for item in items if item.variant_id not in removed_ids])
    if "remove_invalid" in request.form:
        cart = services.price_cart(items=updated_items, currency=_currency())
        removed_ids |= {line.item.variant_id for line in cart.lines if line.error}
        updated_items = [item for item in updated_items if item.variant_id not in removed_ids]
    _save(items, updated_items, removed_ids)
    if invalid_quantities:
        return _render_cart(updated_items, invalid_quantities, 422)
    if request.form.get("then") == "checkout":
        return _go_to_checkout(updated_items)
    return _render_cart(updated_items, {}) if request.headers.get("HX-Request") else redirect(url_for(".index"), 303)


def cart_count() -> int:
    """Return the number of lines in the cart.

    No statement for guests, one for buyers whose cart this request has not loaded.
    """
    user = get_session_user(Realm.SHOP)
    if user is None:
        return guest_cart.count_items()
    cached = guest_cart.cached_count()
    if cached is not None:
        return cached
    with as_buyer(buyer_id=user.buyer_id, account_id=user.account_id):
        return queries.count_items(user.buyer_id)


def _current_items() -> list[CartItem]:
    return queries.list_items(current_user.buyer_id) if current_user.is_authenticated else guest_cart.get_items()


def _add_item(variant_id: UUID, quantity: Decimal) -> int:
    if not current_user.is_authenticated:
        return guest_cart.add_item(variant_id, quantity)
    return services.add_item(buyer_id=current_user.buyer_id, variant_id=variant_id, quantity=quantity)


def _parse_quantities(items: Sequence[CartItem]) -> tuple[list[CartItem], dict[UUID, str]]:
    """Apply the submitted form to the items.

    Returns:
        The items, with the old quantity where the submitted one is invalid, and the invalid texts by variant.
    """
    selected_ids, invalid_quantities, updated_items = set(request.form.getlist("pick")), {}, []
    for item in items:
        text = request.form.get(f"quantity-{item.variant_id}")
        quantity = item.quantity if text is None else parse_quantity(text)
        if quantity is None:
            invalid_quantities[item.variant_id] = str(text)[:MAX_QUANTITY_LENGTH]
        updated_items.append(replace(item, quantity=quantity or item.quantity, selected=str(item.variant_id) in selected_ids))
    return updated_items, invalid_quantities


def _save(old_items: Sequence[CartItem], new_items: Sequence[CartItem], removed_ids: set[UUID]) -> None:
    if not current_user.is_authenticated:
        guest_cart.save_items(new_items)
        return
    old_by_variant = {item.variant_id: item for item in old_items}
    services.update_items(
        buyer_id=current_user.buyer_id, items=[item for item in new_items if old_by_variant.get(item.variant_id) != item]
    )
    if removed_ids:
        services.remove_items(buyer_id=current_user.buyer_id, variant_ids=removed_ids)


def _go_to_checkout(items: Sequence[CartItem]) -> ResponseReturnValue:
    cart = services.price_cart(items=items, currency=_currency())
    if cart.can_checkout and not cart.invalid_lines:
        return redirect(url_for("shop.checkout.index"), 303)
    return _render_cart(items, {}, 422)


def _render_cart(items: Sequence[CartItem], invalid_quantities: Mapping[UUID, str], status: int = 200) -> Response:
    guest_cart.cache_count(len(items))
    cart = services.price_cart(items=items, currency=_currency())
    template_name = "shop/carts/_cart.html" if request.headers.get("HX-Request") else "shop/carts/index.html"
    html = render_template(
        template_name,
        cart=cart,
        invalid_quantities=invalid_quantities,
        quantity_error=quantity_error,
        picture=picture_view,
        signed_in=current_user.is_authenticated,
    )
    return make_response(html, status)


def _quantity_error_response(variant: PurchasableVariant, quantity_text: str, message: str) -> ResponseReturnValue:
    """Show the message at the quantity field of the product page.

    Without htmx the redirect carries the quantity in its query string, and the product page validates it again.
    """
    if not request.headers.get("HX-Request"):
        location = url_for(
            "shop.storefront.product", code=variant.product_code, v=variant.sku, quantity=quantity_text, _anchor="f-quantity"
        )
        return redirect(location, 303)
    response = make_response(
        render_template("shop/carts/_quantity.html", variant=variant, quantity_text=quantity_text, message=message), 422
    )
    response.headers["HX-Retarget"] = "#product .quantity"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


def _reject(variant: PurchasableVariant | None, quantity_text: str, error: Conflict) -> ResponseReturnValue:
    """Show the error on the product page, or in the cart if the product has no page any more."""
    if request.headers.get("HX-Request"):
        raise error  # the error handler answers with a toast; the page is not replaced
    flash(error.user_message(), "error")
    if variant is None or not variant.has_page:
        return redirect(url_for(".index"), 303)
    return redirect(url_for("shop.storefront.product", code=variant.product_code, v=variant.sku, quantity=quantity_text), 303)


def _htmx_added(item_count: int) -> Response:
    response = make_response(render_template("shop/carts/_count.html", item_count=item_count))
    triggers = {"cart:changed": {}, "toast": {"text": _("It is in your cart."), "tone": "good"}}
    response.headers["HX-Trigger"] = json.dumps(triggers)
    return response


def _currency() -> str:
    return str(current_app.config["SETTINGS"].currency)


def _parse_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest from None
