"""The cart at the shop's door: look, put in, change, take out; for visitors and for buyers alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.carts import queries, services, visit
from marketplace.carts.errors import CartFull, NotForSale, NotThatQuantity
from marketplace.carts.rules import Want, misread, parse_quantity
from marketplace.catalogue.queries import Sellable
from marketplace.kernel.errors import BadRequest, Conflict
from marketplace.kernel.uploads import picture_view
from tenants.access.guards import visitor
from tenants.access.identity import identity
from tenants.scope import buying_as

shop = Blueprint("carts", __name__)
LONGEST_TYPED = 20


@shop.before_app_request
def _before_the_visit_is_emptied() -> None:
    if request.method == "POST" and visit.KEY in session:
        visit.hold_at_the_door()


@shop.get("/cart")
@visitor
def index() -> ResponseReturnValue:
    """The cart as it stands now."""
    return _page(_wants(), {})


@shop.post("/cart/lines")
@visitor
def add() -> ResponseReturnValue:
    """Put something in, from a product's page; what is refused goes back there with what was typed."""
    variant_id, typed = _uuid(request.form.get("variant", "")), request.form.get("quantity", "1")
    quantity = parse_quantity(typed) or Decimal(0)
    try:
        goods = services.check_goods(variant_id=variant_id, quantity=quantity)
    except NotThatQuantity as refusal:
        return _back(
            refusal.facts["goods"], typed[:LONGEST_TYPED], misread(typed, refusal.facts["goods"].unit) or refusal.sentence()
        )
    except NotForSale as refusal:
        return _refused(refusal.facts["goods"], typed[:LONGEST_TYPED], refusal)
    try:
        held = _put(variant_id, quantity)
    except CartFull as refusal:
        return _refused(goods, typed[:LONGEST_TYPED], refusal)
    if request.headers.get("HX-Request"):
        return _said(held)
    if request.form.get("then") == "checkout":
        return redirect(url_for("shop.checkout.index"), 303)
    flash(_("It is in your cart."), "success")
    return redirect(url_for(".index"), 303)


@shop.post("/cart")
@visitor
def change() -> ResponseReturnValue:
    """Take over quantities and selection; take out; go to the checkout."""
    wants = _wants()
    removed = {_uuid(word) for word in request.form.getlist("remove")}
    changed, typed = _typed([want for want in wants if want.variant_id not in removed])
    if "drop_troubled" in request.form:
        basket = services.look(wants=changed, currency=_currency())
        removed |= {line.want.variant_id for line in basket.lines if line.complaint}
        changed = [want for want in changed if want.variant_id not in removed]
    _keep(wants, changed, removed)
    if typed:
        return _page(changed, typed, 422)
    if request.form.get("then") == "checkout":
        return _to_checkout(changed)
    return _page(changed, {}) if request.headers.get("HX-Request") else redirect(url_for(".index"), 303)


def cart_count() -> int:
    """How many different goods the cart holds: no statement for visitors, one for buyers whose cart this request has not read."""
    person = identity()
    if person is None:
        return visit.guest_count()
    noted = visit.noted_count()
    if noted is not None:
        return noted
    with buying_as(buyer_id=person.buyer_id, account_id=person.account_id):
        return queries.count(person.buyer_id)


def _wants() -> list[Want]:
    person = identity()
    return visit.guest_lines() if person is None else queries.wants_of(person.buyer_id)


def _put(variant_id: UUID, quantity: Decimal) -> int:
    person = identity()
    if person is None:
        return visit.put(variant_id, quantity)
    return services.add(buyer_id=person.buyer_id, variant_id=variant_id, quantity=quantity)


def _typed(wants: Sequence[Want]) -> tuple[list[Want], dict[UUID, str]]:
    """What the form says of these lines; quantities that cannot be read stay as they were and are shown as typed."""
    picked, wrong, changed = set(request.form.getlist("pick")), {}, []
    for want in wants:
        text = request.form.get(f"quantity-{want.variant_id}")
        quantity = want.quantity if text is None else parse_quantity(text)
        if quantity is None:
            wrong[want.variant_id] = str(text)[:LONGEST_TYPED]
        changed.append(replace(want, quantity=quantity or want.quantity, selected=str(want.variant_id) in picked))
    return changed, wrong


def _keep(before: Sequence[Want], after: Sequence[Want], removed: set[UUID]) -> None:
    person = identity()
    if person is None:
        visit.keep_lines(after)
        return
    old = {want.variant_id: want for want in before}
    services.change(buyer_id=person.buyer_id, wants=[want for want in after if old.get(want.variant_id) != want])
    if removed:
        services.take_out(buyer_id=person.buyer_id, variant_ids=removed)


def _to_checkout(wants: Sequence[Want]) -> ResponseReturnValue:
    basket = services.look(wants=wants, currency=_currency())
    if basket.may_check_out and not basket.troubled:
        return redirect(url_for("shop.checkout.index"), 303)
    return _page(wants, {}, 422)


def _page(wants: Sequence[Want], typed: Mapping[UUID, str], status: int = 200) -> Response:
    visit.note_count(len(wants))
    basket = services.look(wants=wants, currency=_currency())
    name = "shop/carts/_cart.html" if request.headers.get("HX-Request") else "shop/carts/index.html"
    page = render_template(
        name, basket=basket, typed=typed, misread=misread, picture=picture_view, signed_in=identity() is not None
    )
    return make_response(page, status)


def _back(goods: Sellable, typed: str, sentence: str) -> ResponseReturnValue:
    """Where it was typed, with the sentence at the field: the page says it again, for it judges what its address asks for."""
    if not request.headers.get("HX-Request"):
        there = url_for("shop.showroom.product", code=goods.product_code, v=goods.sku, quantity=typed, _anchor="f-quantity")
        return redirect(there, 303)
    answer = make_response(render_template("shop/carts/_quantity.html", goods=goods, typed=typed, sentence=sentence), 422)
    answer.headers["HX-Retarget"] = "#product .quantity"
    answer.headers["HX-Reswap"] = "outerHTML"
    return answer


def _refused(goods: Sellable | None, typed: str, refusal: Conflict) -> ResponseReturnValue:
    """What has changed since the page was opened is said on that page; in the cart, when the page is gone."""
    if request.headers.get("HX-Request"):
        raise refusal  # a toast on the page, which stays as it is
    flash(refusal.sentence(), "error")
    if goods is None or not goods.has_page:
        return redirect(url_for(".index"), 303)
    return redirect(url_for("shop.showroom.product", code=goods.product_code, v=goods.sku, quantity=typed), 303)


def _said(held: int) -> Response:
    answer = make_response(render_template("shop/carts/_count.html", held=held))
    said = {"cart-changed": {}, "say": {"text": _("It is in your cart."), "tone": "good"}}
    answer.headers["HX-Trigger"] = json.dumps(said)
    return answer


def _currency() -> str:
    return str(current_app.config["SETTINGS"].currency)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest from None
