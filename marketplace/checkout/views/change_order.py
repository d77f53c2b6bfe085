"""Views for changing an order before it is shipped: form, live totals, saving (buyer order desk, OR3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.carts.pricing import parse_quantity, quantity_error
from marketplace.checkout import services
from marketplace.checkout.order_change import RepricedOrder
from marketplace.checkout.views import form
from marketplace.checkout.views.form import DeliveryForm
from marketplace.checkout.views.shop import shop
from marketplace.kernel.db import manages_transactions, retry_on_lock_conflict, unit_of_work
from marketplace.kernel.errors import Conflict, ValidationError
from marketplace.kernel.form_input import FormData, clean_fields, normalize_text, parse_int
from marketplace.kernel.formatting import format_input_value
from marketplace.orders import actors
from marketplace.orders import queries as order_queries
from marketplace.orders.changes import ChangePermissions, allowed_changes
from marketplace.orders.models import Order, OrderLine
from tenants.access.decorators import login_required
from tenants.access.login import current_user
from tenants.addresses import queries as address_queries
from tenants.addresses import services as addresses

KEEP_ADDRESS = "keep"
MAX_VERSION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class ChangeOrderForm(DeliveryForm):
    """The form as submitted, or with the current values of the order."""

    expected_version: int
    expected_minor: int
    note: str
    quantity_texts: Mapping[UUID, str]

    @property
    def is_new(self) -> bool:
        """Return whether a new address is entered."""
        return self.address != KEEP_ADDRESS and self.selected_address is None

    def region_code_for(self, order: Order) -> str:
        """Return the region to deliver to."""
        return str(order.ship_to.get("region_code", "")) if self.address == KEEP_ADDRESS else self.delivery_region_code

    def quantities(self) -> dict[UUID, Decimal]:
        """Return the quantities by line id without unparsable ones; 0 is a valid quantity, it removes the line."""
        parsed = {key: Decimal(0) if text.strip() == "0" else parse_quantity(text) for key, text in self.quantity_texts.items()}
        return {key: quantity for key, quantity in parsed.items() if quantity is not None}

    def quantity_errors(self) -> dict[str, str]:
        """Return the messages of unparsable quantities, by field."""
        messages = {key: quantity_error(text) for key, text in self.quantity_texts.items() if text.strip() != "0"}
        return {f"quantity-{key}": message for key, message in messages.items() if message}


@dataclass(frozen=True, kw_only=True)
class OrderContext:
    """The current order, its lines, and which parts may be changed."""

    order: Order
    lines: list[OrderLine]
    allowed: ChangePermissions

    def reprice(self, change_form: ChangeOrderForm) -> RepricedOrder:
        """Return the order priced with the form's values."""
        return services.quote_change(
            order=self.order,
            lines=self.lines,
            quantities=change_form.quantities(),
            region_code=change_form.region_code_for(self.order),
            allowed=self.allowed,
        )


@shop.get("/orders/<number>/change")
@login_required
def edit_order(number: str) -> ResponseReturnValue:
    """Render the change form with the current values of the order."""
    context = _load_context(number)
    return _render_form(context, _form_from_order(context)) if context.allowed.delivery else _redirect_locked(context.order)


@shop.post("/orders/<number>/change")
@login_required
@manages_transactions
def submit_change(number: str) -> ResponseReturnValue:
    """Price the change again, or save it."""
    context = _load_context(number)
    if not context.allowed.delivery:
        return _redirect_locked(context.order)
    change_form = _form_from_request(context)
    if request.form.get("do") != "save":
        return _render_form(context, change_form, errors=change_form.quantity_errors())
    try:
        retry_on_lock_conflict(lambda: _save(number, change_form))
    except ValidationError as exc:
        return _render_form(_load_context(number), change_form, errors=exc.errors, status=422)
    except Conflict as exc:
        return _render_conflict(number, change_form, exc)
    flash(_("The order is changed; the merchant is told."), "success")
    return redirect(url_for("shop.orders.order", number=number), 303)


def _save(number: str, change_form: ChangeOrderForm) -> None:
    """Save the change in its own transaction, so that it can be retried."""
    with unit_of_work():
        context = _load_context(number)
        errors = change_form.quantity_errors()
        if errors:
            raise ValidationError(errors=errors)
        repriced = context.reprice(change_form)
        services.apply_change(
            order=context.order,
            repriced=repriced,
            expected_minor=change_form.expected_minor,
            expected_version=change_form.expected_version,
            ship_to=_ship_to(context.order, change_form),
            note=change_form.note,
            by=actors.buyer_actor(),
        )


def _ship_to(order: Order, change_form: ChangeOrderForm) -> Mapping[str, Any]:
    """Return the address snapshot; a new address is added to the saved addresses.

    Raises:
        ValidationError: The new address is invalid, by field.
    """
    if change_form.address == KEEP_ADDRESS:
        return dict(order.ship_to)
    selected = change_form.selected_address or addresses.resolve_shipping_address(
        buyer_id=current_user.buyer_id, form=change_form.to_address_form()
    )
    return selected.snapshot()


def _load_context(number: str) -> OrderContext:
    order = order_queries.get_order_by_number(number)
    lines = list(order_queries.get_lines([order.id]))
    return OrderContext(order=order, lines=lines, allowed=allowed_changes(order, order_queries.get_workflow(order.workflow_id)))


def _form_from_order(context: OrderContext) -> ChangeOrderForm:
    order = context.order
    return ChangeOrderForm(
        address=KEEP_ADDRESS,
        entries=FormData({"name": current_user.name}),
        region_code="",
        saved_addresses=[address for address in address_queries.list_addresses() if address.snapshot() != dict(order.ship_to)],
        expected_version=order.version,
        expected_minor=order.total_minor,
        note=order.note,
        quantity_texts={},
    )


def _form_from_request(context: OrderContext) -> ChangeOrderForm:
    delivery_fields = form.delivery_fields()
    delivery_fields["saved_addresses"] = [
        address for address in delivery_fields["saved_addresses"] if address.snapshot() != dict(context.order.ship_to)
    ]
    quantities = {line.id: request.form.get(f"quantity-{line.id}") for line in context.lines}
    quantity_texts = {key: normalize_text(text)[:20] for key, text in quantities.items() if text is not None}
    quantity_texts |= {line.id: "0" for line in context.lines if request.form.get("out") == str(line.id)}
    quantity_texts |= {
        line.id: format_input_value(line.quantity) for line in context.lines if request.form.get("back") == str(line.id)
    }
    return ChangeOrderForm(
        **delivery_fields,
        expected_version=parse_int(request.form.get("seen", ""), max_value=MAX_VERSION) or 0,
        expected_minor=form.expected_total(),
        note=clean_fields(request.form, "note", max_length=500).note,
        quantity_texts=quantity_texts if context.allowed.lines else {},
    )


def _redirect_locked(order: Order) -> ResponseReturnValue:
    flash(_("This order can no longer be changed: it is under way, or over."), "error")
    return redirect(url_for("shop.orders.order", number=order.number), 303)


def _render_conflict(number: str, change_form: ChangeOrderForm, error: Conflict) -> ResponseReturnValue:
    """Render the submitted values on the current order, after a conflict (other total, out of stock, stale order)."""
    context = _load_context(number)
    if not context.allowed.delivery:
        return _redirect_locked(context.order)
    return _render_form(context, change_form, message=error.user_message(), status=409)


def _render_form(
    context: OrderContext,
    change_form: ChangeOrderForm,
    *,
    errors: Mapping[str, Any] | None = None,
    message: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    repriced = context.reprice(change_form)
    all_errors = FormData({**repriced.errors, **(errors or {})})
    html = render_template(
        "shop/checkout/_change.html" if request.headers.get("HX-Request") else "shop/checkout/change.html",
        order=context.order,
        allowed=context.allowed,
        change_form=change_form,
        repriced=repriced,
        errors=all_errors,
        message=message,
        picture=actors.line_picture,
    )
    return make_response(html, status)
