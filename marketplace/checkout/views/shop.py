"""Checkout at the shop's door: the form, placing, paying, coming back (behaviours 41–43)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.payments import queries as payments
from billing.payments.errors import AlreadyPaid
from billing.payments.rules import LIVE, State
from billing.payments.services import Payer
from marketplace.carts import queries as carts
from marketplace.carts import visit
from marketplace.carts.rules import Want, shortage
from marketplace.checkout import services
from marketplace.checkout.errors import AlreadyPlaced, Drifted, EmptyCart
from marketplace.checkout.rules import Reckoning, changes
from marketplace.checkout.views import form
from marketplace.checkout.views.form import Sheet
from marketplace.inventory import queries as stock
from marketplace.kernel.db import patiently, unit_of_work
from marketplace.kernel.errors import Invalid, NotFound, Unavailable
from marketplace.kernel.failpoints import reach
from marketplace.kernel.forms import Typed
from marketplace.kernel.money import total
from marketplace.kernel.texts import language
from marketplace.kernel.uploads import picture_view
from marketplace.orders import queries as orders
from marketplace.orders.models import TONES, Order, OrderState
from tenants.access.guards import signed_in, visitor
from tenants.access.identity import identity
from tenants.addresses import services as addresses

shop = Blueprint("checkout", __name__)


@shop.get("/checkout")
@visitor
def index() -> ResponseReturnValue:
    """Address, freight, sum. Who is not known yet signs in or registers first, and comes back with the same cart."""
    if identity() is None:
        return _greet()
    sheet = form.fresh()
    reckoning = services.count_cart(wants=_wants(), region_code=sheet.to_region, currency=form.currency())
    if not reckoning.shares:
        return redirect(url_for("shop.carts.index"), 302)
    return _page(sheet, reckoning)


@shop.post("/checkout")
@signed_in
def send() -> ResponseReturnValue:
    """Count again for another address, turn back to the cart, or order."""
    sheet = form.sent()
    if request.form.get("do") == "cart":
        form.put_aside(sheet)
        return redirect(url_for("shop.carts.index"), 303)
    if request.form.get("do") != "place":
        reckoning = services.count_cart(wants=_wants(), region_code=sheet.to_region, currency=form.currency())
        return _page(sheet, reckoning, partial=bool(request.headers.get("HX-Request")))
    try:
        placed = patiently(lambda: _place(sheet))
    except Invalid as refusal:
        reckoning = services.count_cart(wants=_wants(), region_code=sheet.to_region, currency=form.currency())
        return _page(sheet, reckoning, errors=refusal.errors, status=422)
    except Drifted as drift:
        if nowhere := drift.reckoning.undelivered:
            return _page(sheet, drift.reckoning, errors={"region": nowhere}, status=422)
        return _page(sheet, drift.reckoning, drift=drift, status=409)
    except (EmptyCart, AlreadyPlaced) as refusal:
        return _placed_before(sheet, refusal)
    reach("checkout.placed")
    form.forget_aside()
    opening = placed.opening
    return _led(lambda: services.lead(opening), placed.number) if opening is not None else _thank(placed.number)


@shop.get("/purchases/<purchase>")
@signed_in
def purchase(purchase: str) -> ResponseReturnValue:
    """What one checkout made: its orders, and what is still to pay."""
    found = orders.purchase(purchase)
    if found is None:
        raise NotFound
    mine = orders.of_purchase(found.id)
    unpaid = sorted({one.payment_reference for one in mine if one.state is OrderState.PAYMENT})
    called_off = (OrderState.CANCELLED, OrderState.CLOSED)
    due = total((one.total for one in mine if one.state not in called_off), found.currency)
    page = "shop/checkout/purchase.html"
    return render_template(page, purchase=found, orders=mine, total=due, unpaid=unpaid, tones=TONES)


@shop.post("/pay")
@signed_in
def pay() -> ResponseReturnValue:
    """Go to the gateway, the first time or again."""
    mine = _mine(request.form.get("reference", ""))
    return _to_payment(mine[0].payment_reference, _purchase_number(mine[0]))


@shop.get("/pay/back")
@signed_in
def back() -> ResponseReturnValue:
    """The buyer comes back from the gateway: this page asks how it went until it is known."""
    mine = _mine(request.args.get("reference", ""))
    intent = payments.latest_intent(mine[0].payment_reference)
    return render_template("shop/checkout/back.html", **_standing(mine, intent.state if intent else None), asked=False)


@shop.post("/pay/check")
@signed_in
def check() -> ResponseReturnValue:
    """How does the payment stand? Asked by the page every few seconds, and by a button."""
    mine = _mine(request.form.get("reference", ""))
    reference, number = mine[0].payment_reference, _purchase_number(mine[0])
    try:
        state = services.check(reference=reference)
    except Unavailable:
        state = State.OPEN
    if not request.headers.get("HX-Request"):
        target = url_for(".purchase", purchase=number) if state is State.CAPTURED else url_for(".back", reference=reference)
        return redirect(target, 303)
    answer = make_response(render_template("shop/checkout/_standing.html", **_standing(_mine(reference), state), asked=True))
    if state is State.CAPTURED:
        flash(_("Paid. Thank you: the merchants begin now."), "success")
        answer.headers["HX-Redirect"] = url_for(".purchase", purchase=number)
    return answer


def _greet() -> ResponseReturnValue:
    session["next"] = url_for(".index")
    if not visit.guest_count():
        return redirect(url_for("shop.carts.index"), 302)
    return render_template("shop/checkout/greet.html", held=visit.guest_count())


def _wants() -> list[Want]:
    held = carts.wants_of(g.identity.buyer_id)
    visit.note_count(len(held))
    return [want for want in held if want.selected]


def _place(sheet: Sheet) -> services.Placed:
    """Order, in a transaction that ends here and in which the payment is begun."""
    with unit_of_work():
        return services.place_to_pay(wish=_wish(sheet), payer=_payer(), back=_back)


def _payer() -> Payer:
    return Payer(buyer_id=g.identity.buyer_id, account_id=g.identity.account_id, locale=language())


def _back(reference: str) -> str:
    return url_for(".back", reference=reference, _external=True)


def _wish(sheet: Sheet) -> services.Wish:
    """The form as a wish; a typed address goes into the book with it, if there is room. Raises Invalid by field."""
    address = sheet.chosen or addresses.send_to(buyer_id=g.identity.buyer_id, entries=sheet.written())
    return services.Wish(
        key=sheet.key,
        buyer_id=g.identity.buyer_id,
        account_id=g.identity.account_id,
        buyer_name=g.identity.name,
        currency=form.currency(),
        expected_minor=sheet.expected,
        ship_to=address.snapshot(),
        notes=sheet.notes,
    )


def _to_payment(reference: str, number: str) -> ResponseReturnValue:
    try:
        return _led(lambda: services.pay(reference=reference, payer=_payer(), return_url=_back(reference)), number)
    except AlreadyPaid:
        services.check(reference=reference)
        return redirect(url_for(".purchase", purchase=number), 303)


def _led(lead: Callable[[], str], number: str) -> ResponseReturnValue:
    """To the gateway's page; when the gateway does not answer, to the purchase."""
    try:
        return redirect(lead(), 303)
    except Unavailable:
        flash(_("Your order stands, but the cash desk does not answer at the moment. Please pay a little later."), "error")
        return redirect(url_for(".purchase", purchase=number), 303)


def _thank(number: str) -> ResponseReturnValue:
    flash(_("Ordered. The merchant looks at it first; then you are asked to pay."), "success")
    return redirect(url_for(".purchase", purchase=number), 303)


def _placed_before(sheet: Sheet, refusal: EmptyCart | AlreadyPlaced) -> ResponseReturnValue:
    """A double click, a lost reply, the back button: the purchase that this form made is the answer."""
    known = orders.purchase_by_key(g.identity.buyer_id, sheet.key)
    if known is None:
        flash(refusal.sentence(), "error")
        return redirect(url_for("shop.carts.index"), 303)
    references = orders.references_to_pay(known.id)
    return (
        _to_payment(references[0], known.number) if references else redirect(url_for(".purchase", purchase=known.number), 303)
    )


def _mine(reference: str) -> list[Order]:
    """The buyer's orders of one payment. Raises NotFound."""
    found = list(orders.of_reference(reference)) if reference else []
    if not found:
        raise NotFound
    return found


def _purchase_number(one: Order) -> str:
    return one.number.rpartition("-")[0]


def _standing(mine: list[Order], state: State | None) -> dict[str, Any]:
    waiting = any(one.state is OrderState.PAYMENT for one in mine)
    off = not waiting and all(one.paid_at is None for one in mine)
    return {
        "orders": mine,
        "reference": mine[0].payment_reference,
        "number": _purchase_number(mine[0]),
        "state": state.value if state else "",
        "asking": state in LIVE and waiting,
        "again": waiting and (state is None or state not in (State.PROCESSING, State.CAPTURED)),
        "off": off,
        "rest": orders.references_to_pay(mine[0].purchase_id) if off else [],
    }


def _page(
    sheet: Sheet,
    reckoning: Reckoning,
    *,
    errors: Mapping[str, Any] | None = None,
    drift: Drifted | None = None,
    status: int = 200,
    partial: bool = False,
) -> ResponseReturnValue:
    changed = changes(reckoning, sheet.seen, drift.sold_out) if drift else []
    left = stock.available(drift.sold_out) if drift else {}
    page = render_template(
        "shop/checkout/_form.html" if partial else "shop/checkout/index.html",
        sheet=sheet,
        reckoning=reckoning,
        errors=Typed(errors or {}),
        drift=drift,
        changed=changed,
        left=left,
        shortage=shortage,
        picture=picture_view,
    )
    return make_response(page, status)
