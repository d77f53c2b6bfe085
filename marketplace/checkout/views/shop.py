"""Shop views of checkout: form, placing the order, payment and return from the gateway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.payments import queries as payments
from billing.payments.domain import ACTIVE_STATES, PaymentState
from billing.payments.errors import AlreadyPaid
from billing.payments.services import Payer
from marketplace.carts import guest_cart
from marketplace.carts import queries as carts
from marketplace.carts.pricing import CartItem, stock_error
from marketplace.checkout import services
from marketplace.checkout.errors import DuplicatePurchase, EmptyCart, QuoteChanged
from marketplace.checkout.quote import CheckoutQuote, diff_quote
from marketplace.checkout.views import form
from marketplace.checkout.views.form import CheckoutForm
from marketplace.inventory import queries as stock
from marketplace.kernel.db import manages_transactions, retry_on_lock_conflict, unit_of_work
from marketplace.kernel.errors import NotFound, ServiceUnavailable, ValidationError
from marketplace.kernel.failpoints import failpoint
from marketplace.kernel.form_input import FormData
from marketplace.kernel.localized_text import current_language
from marketplace.kernel.money import sum_money
from marketplace.media.uploads import picture_view
from marketplace.orders import queries as order_queries
from marketplace.orders.models import TONES, Order, OrderState
from tenants.access.decorators import login_required, optional_login
from tenants.access.login import current_user
from tenants.addresses import services as addresses

shop = Blueprint("checkout", __name__)


@shop.get("/checkout")
@optional_login
def index() -> ResponseReturnValue:
    """Render the checkout form; an anonymous user signs in or registers first and keeps the cart."""
    if not current_user.is_authenticated:
        return _login_prompt()
    checkout_form = form.blank()
    quote = services.quote_cart(
        items=_selected_items(), region_code=checkout_form.delivery_region_code, currency=form.currency()
    )
    if not quote.shares:
        return redirect(url_for("shop.carts.index"), 302)
    return _render_checkout(checkout_form, quote)


@shop.post("/checkout")
@login_required
@manages_transactions
def submit_checkout() -> ResponseReturnValue:
    """Price again for another address, return to the cart, or place the order."""
    checkout_form = form.from_request()
    if request.form.get("do") == "cart":
        with unit_of_work():
            form.save_draft(checkout_form)
        return redirect(url_for("shop.carts.index"), 303)
    if request.form.get("do") != "place":
        quote = services.quote_cart(
            items=_selected_items(), region_code=checkout_form.delivery_region_code, currency=form.currency()
        )
        return _render_checkout(checkout_form, quote, partial=bool(request.headers.get("HX-Request")))
    try:
        placed_purchase = retry_on_lock_conflict(lambda: _place_order(checkout_form))
    except ValidationError as exc:
        quote = services.quote_cart(
            items=_selected_items(), region_code=checkout_form.delivery_region_code, currency=form.currency()
        )
        return _render_checkout(checkout_form, quote, errors=exc.errors, status=422)
    except QuoteChanged as quote_changed:
        if undeliverable_message := quote_changed.quote.undeliverable_message:
            return _render_checkout(checkout_form, quote_changed.quote, errors={"region": undeliverable_message}, status=422)
        return _render_checkout(checkout_form, quote_changed.quote, quote_changed=quote_changed, status=409)
    except (EmptyCart, DuplicatePurchase) as exc:
        return _redirect_to_existing_purchase(checkout_form, exc)
    failpoint("checkout.placed")
    with unit_of_work():
        form.discard_draft()
    pending_redirect = placed_purchase.pending_redirect
    return (
        _redirect_to_gateway(lambda: services.start_payment(pending_redirect), placed_purchase.number)
        if pending_redirect is not None
        else _redirect_to_purchase(placed_purchase.number)
    )


@shop.get("/purchases/<purchase>")
@login_required
def purchase(purchase: str) -> ResponseReturnValue:
    """Render a purchase with its orders and its unpaid payments."""
    found_purchase = order_queries.get_purchase(purchase)
    if found_purchase is None:
        raise NotFound
    purchase_orders = order_queries.get_orders_of_purchase(found_purchase.id)
    unpaid_references = sorted({order.payment_reference for order in purchase_orders if order.state is OrderState.PAYMENT})
    cancelled_states = (OrderState.CANCELLED, OrderState.CLOSED)
    total_due = sum_money(
        (order.total for order in purchase_orders if order.state not in cancelled_states), found_purchase.currency
    )
    template = "shop/checkout/purchase.html"
    return render_template(
        template,
        purchase=found_purchase,
        orders=purchase_orders,
        total=total_due,
        unpaid_references=unpaid_references,
        tones=TONES,
    )


@shop.post("/pay")
@login_required
@manages_transactions
def pay() -> ResponseReturnValue:
    """Redirect to the gateway's payment page."""
    own_orders = _own_orders(request.form.get("reference", ""))
    return _to_payment(own_orders[0].payment_reference, _purchase_number(own_orders[0]))


@shop.get("/pay/back")
@login_required
def payment_return() -> ResponseReturnValue:
    """Render the page that the gateway returns the buyer to, which polls the payment state."""
    own_orders = _own_orders(request.args.get("reference", ""))
    intent = payments.get_latest_intent(own_orders[0].payment_reference)
    return render_template(
        "shop/checkout/payment_return.html",
        **_payment_status_context(own_orders, intent.state if intent else None),
        has_polled=False,
    )


@shop.post("/pay/check")
@login_required
@manages_transactions
def payment_status() -> ResponseReturnValue:
    """Return the payment state, polled by the page and requested by its button."""
    own_orders = _own_orders(request.form.get("reference", ""))
    reference, number = own_orders[0].payment_reference, _purchase_number(own_orders[0])
    try:
        state = services.refresh_payment(reference=reference)
    except ServiceUnavailable:
        state = PaymentState.OPEN
    if not request.headers.get("HX-Request"):
        target = (
            url_for(".purchase", purchase=number)
            if state is PaymentState.CAPTURED
            else url_for(".payment_return", reference=reference)
        )
        return redirect(target, 303)
    response = make_response(
        render_template(
            "shop/checkout/_payment_status.html", **_payment_status_context(_own_orders(reference), state), has_polled=True
        )
    )
    if state is PaymentState.CAPTURED:
        flash(_("Paid. Thank you: the merchants begin now."), "success")
        response.headers["HX-Redirect"] = url_for(".purchase", purchase=number)
    return response


def _login_prompt() -> ResponseReturnValue:
    session["next"] = url_for(".index")
    if not guest_cart.count_items():
        return redirect(url_for("shop.carts.index"), 302)
    return render_template("shop/checkout/login_prompt.html", cart_count=guest_cart.count_items())


def _selected_items() -> list[CartItem]:
    cart_items = carts.list_items(current_user.buyer_id)
    guest_cart.cache_count(len(cart_items))
    return [item for item in cart_items if item.selected]


def _place_order(checkout_form: CheckoutForm) -> services.PlacedPurchase:
    """Place the order and record its payment, in its own transaction."""
    with unit_of_work():
        return services.place_and_prepare_payment(command=_command(checkout_form), payer=_payer(), return_url_for=_return_url)


def _payer() -> Payer:
    return Payer(buyer_id=current_user.buyer_id, account_id=current_user.account_id, locale=current_language())


def _return_url(reference: str) -> str:
    return url_for(".payment_return", reference=reference, _external=True)


def _command(checkout_form: CheckoutForm) -> services.PlaceOrderCommand:
    """Return the form as a command; a new address is added to the saved addresses up to their limit.

    Raises:
        ValidationError: The new address is invalid, by field.
    """
    address = checkout_form.selected_address or addresses.resolve_shipping_address(
        buyer_id=current_user.buyer_id, form=checkout_form.to_address_form()
    )
    return services.PlaceOrderCommand(
        idempotency_key=checkout_form.idempotency_key,
        buyer_id=current_user.buyer_id,
        account_id=current_user.account_id,
        buyer_name=current_user.name,
        currency=form.currency(),
        expected_minor=checkout_form.expected_minor,
        ship_to=address.snapshot(),
        notes=checkout_form.notes,
    )


def _to_payment(reference: str, number: str) -> ResponseReturnValue:
    try:
        return _redirect_to_gateway(
            lambda: services.pay_reference(reference=reference, payer=_payer(), return_url=_return_url(reference)), number
        )
    except AlreadyPaid:
        services.refresh_payment(reference=reference)
        return redirect(url_for(".purchase", purchase=number), 303)


def _redirect_to_gateway(get_payment_url: Callable[[], str], number: str) -> ResponseReturnValue:
    """Redirect to the gateway's payment page, or to the purchase if the gateway is unavailable."""
    try:
        return redirect(get_payment_url(), 303)
    except ServiceUnavailable:
        flash(_("Your order stands, but the cash desk does not answer at the moment. Please pay a little later."), "error")
        return redirect(url_for(".purchase", purchase=number), 303)


def _redirect_to_purchase(number: str) -> ResponseReturnValue:
    flash(_("Ordered. The merchant looks at it first; then you are asked to pay."), "success")
    return redirect(url_for(".purchase", purchase=number), 303)


def _redirect_to_existing_purchase(checkout_form: CheckoutForm, error: EmptyCart | DuplicatePurchase) -> ResponseReturnValue:
    """Redirect to the purchase that this form created before (double click, lost response, back button)."""
    existing_purchase = order_queries.get_purchase_by_key(current_user.buyer_id, checkout_form.idempotency_key)
    if existing_purchase is None:
        flash(error.user_message(), "error")
        return redirect(url_for("shop.carts.index"), 303)
    references = order_queries.unpaid_references(existing_purchase.id)
    return (
        _to_payment(references[0], existing_purchase.number)
        if references
        else redirect(url_for(".purchase", purchase=existing_purchase.number), 303)
    )


def _own_orders(reference: str) -> list[Order]:
    """Return the buyer's orders of one payment.

    Raises:
        NotFound: There are none.
    """
    own_orders = list(order_queries.get_orders_by_payment_reference(reference)) if reference else []
    if not own_orders:
        raise NotFound
    return own_orders


def _purchase_number(order: Order) -> str:
    return order.number.rpartition("-")[0]


def _payment_status_context(own_orders: list[Order], state: PaymentState | None) -> dict[str, Any]:
    waiting = any(order.state is OrderState.PAYMENT for order in own_orders)
    is_cancelled = not waiting and all(order.paid_at is None for order in own_orders)
    return {
        "orders": own_orders,
        "reference": own_orders[0].payment_reference,
        "number": _purchase_number(own_orders[0]),
        "state": state.value if state else "",
        "is_polling": state in ACTIVE_STATES and waiting,
        "can_retry": waiting and (state is None or state not in (PaymentState.PROCESSING, PaymentState.CAPTURED)),
        "is_cancelled": is_cancelled,
        "unpaid_references": order_queries.unpaid_references(own_orders[0].purchase_id) if is_cancelled else [],
    }


def _render_checkout(
    checkout_form: CheckoutForm,
    quote: CheckoutQuote,
    *,
    errors: Mapping[str, Any] | None = None,
    quote_changed: QuoteChanged | None = None,
    status: int = 200,
    partial: bool = False,
) -> ResponseReturnValue:
    differences = diff_quote(quote, checkout_form.seen_prices, quote_changed.sold_out) if quote_changed else []
    available = stock.get_available(quote_changed.sold_out) if quote_changed else {}
    html = render_template(
        "shop/checkout/_form.html" if partial else "shop/checkout/index.html",
        checkout_form=checkout_form,
        quote=quote,
        errors=FormData(errors or {}),
        quote_changed=quote_changed,
        differences=differences,
        available=available,
        stock_error=stock_error,
        picture=picture_view,
    )
    return make_response(html, status)
