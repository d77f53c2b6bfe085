"""Ninety days of trade for the demo market: placed, paid, shipped, received by the real services, each at its moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from sqlalchemy import exists, select

from billing.payments import seeds as planted
from billing.payments.rules import Part
from billing.payments.services import Payer
from marketplace.carts.rules import Want, price_cart
from marketplace.catalogue.models import Variant
from marketplace.catalogue.queries import Sellable, sellable
from marketplace.checkout import queries
from marketplace.checkout.queries import Terms
from marketplace.checkout.rules import reckon
from marketplace.checkout.services.placing import draft_order, keep_goods
from marketplace.demo import goods as demo
from marketplace.demo import history
from marketplace.demo.buyers import BY_SLUG, Buyer
from marketplace.demo.endings import Parcel as Leaving
from marketplace.demo.merchants import BY_SLUG as SELLERS
from marketplace.inventory.errors import SoldOut
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.seeding import Plan
from marketplace.orders import queries as order_queries
from marketplace.orders import services as orders
from marketplace.orders.models import CancelReason, OrderState, Purchase
from marketplace.orders.rules import PurchaseDraft, order_word
from marketplace.orders.services import Doer
from marketplace.orders.workflow import Actor, Who
from marketplace.shipping import queries as parcel_queries
from marketplace.shipping import services as shipping
from marketplace.shipping.models import Carrier, ParcelState
from marketplace.shipping.services import ParcelDraft
from tenants.accounts.models import Account
from tenants.merchants.models import Merchant
from tenants.scope import Purpose, acting_for, buying_as, working_on

STEPS = ("pass_order", "pass_finance", "release")
REACHED = {"order_review": 0, "finance_review": 1, "outbound_review": 2}
UNPAID = timedelta(minutes=61)
POSTS = {  # who does it where a merchant has one, and what it takes; the owner elsewhere
    "pass_order": ("service", "orders.review"),
    "pass_finance": ("finance", "orders.finance"),
    "release": ("warehouse", "orders.release"),
    "ship": ("warehouse", "orders.ship"),
    "cancel": ("service", "orders.cancel"),
}
CURRENCY = "CNY"
DAYS = {"small": 30}  # a small market is for tests, which do not wait for ninety days


@dataclass(frozen=True)
class Town:
    """Who and what was planted before: goods by SKU, merchants and buyers by their names."""

    goods: Mapping[str, Sellable]
    merchants: Mapping[str, UUID]
    buyers: Mapping[str, Account]
    terms: Mapping[UUID, Terms]

    @cached_property
    def by_id(self) -> dict[UUID, Sellable]:
        """The goods by variant."""
        return {one.variant_id: one for one in self.goods.values()}


def plant(plan: Plan) -> None:
    """Plant the history, oldest first. Every purchase is a transaction of its own; one that stands already is left alone."""
    wares = demo.goods(plan.products, plan.seed)
    with unit_of_work():
        town = _town()
    for purchase in history.history(wares, plan.moment, days=DAYS.get(plan.size, history.DAYS)):
        if purchase.buyer in town.buyers:
            _plant_purchase(plan, town, purchase)
            db.session.expunge_all()


def _town() -> Town:
    merchants = {slug: key for key, slug in db.session.execute(select(Merchant.id, Merchant.slug))}
    ids = list(db.session.scalars(select(Variant.id)))
    goods = {one.sku: one for start in range(0, len(ids), 500) for one in sellable(ids[start : start + 500]).values()}
    with working_on(Purpose.SIGN_IN):
        buyers = {one.login: one for one in db.session.scalars(select(Account).where(Account.login.in_(list(BY_SLUG))))}
    terms = queries.terms_of(merchants.values()) if merchants else {}
    with working_on(Purpose.CHECKOUT):
        for key in (key for key, one in terms.items() if one.workflow is None):
            orders.first_version(merchant_id=key)
    return Town(goods, merchants, buyers, queries.terms_of(merchants.values()) if merchants else {})


def _plant_purchase(plan: Plan, town: Town, said: history.Purchase) -> None:
    account = town.buyers[said.buyer]
    with clock.standing_at(said.placed_at), unit_of_work():
        placed = _place(town, account, said)
    if not placed:
        return
    if said.paid_after is None:
        if plan.moment - said.placed_at > UNPAID:
            for order_id in placed:
                with _at(said.placed_at + UNPAID), working_on(Purpose.FULFILMENT):
                    orders.fire(order_id=order_id)
        return
    paid_at = said.placed_at + said.paid_after
    with clock.standing_at(paid_at), unit_of_work(), buying_as(buyer_id=account.buyer_id, account_id=account.id):
        _pay(placed, account)
    for order_id, order in placed.items():
        _go_on(town, account, order_id, order, (said.placed_at, paid_at))


def _place(town: Town, account: Account, said: history.Purchase) -> dict[UUID, history.Order]:
    """The orders of a purchase by their new ids; nothing when it stands already or its goods are gone."""
    key = f"demo-{said.number}"
    with working_on(Purpose.CHECKOUT):
        if db.session.scalar(select(exists().where(Purchase.idempotency_key == key, Purchase.buyer_id == account.buyer_id))):
            return {}
        buyer, wants = BY_SLUG[said.buyer], _wants(town, said)
        ship_to = _ship_to(buyer, said.address)
        minimums = {key: one.minimum for key, one in town.terms.items() if one.minimum}
        freight = {key: one.freight for key, one in town.terms.items() if one.freight}
        basket = price_cart(wants, town.by_id, minimums, CURRENCY)
        reckoning = reckon(basket, freight, ship_to["region_code"], CURRENCY)
        if not reckoning.may_place:
            return {}
        notes = {town.merchants[one.merchant]: one.note for one in said.orders}
        drafts = [
            draft_order(share=share, version=_version(town, share.group.merchant_id), notes=notes) for share in reckoning.shares
        ]
        draft = PurchaseDraft(
            key=key,
            buyer_id=account.buyer_id,
            account_id=account.id,
            buyer_name=buyer.name.zh,
            ship_to=ship_to,
            currency=CURRENCY,
            orders=drafts,
        )
        try:
            keep_goods(draft=draft)
        except SoldOut:
            return {}
        orders.place(draft=draft)
    ours = {town.merchants[one.merchant]: one for one in said.orders}
    return {one.id: ours[one.merchant_id] for one in drafts}


def _version(town: Town, merchant_id: UUID) -> UUID:
    version = town.terms[merchant_id].workflow
    if version is None:
        raise LookupError(merchant_id)
    return version


def _wants(town: Town, said: history.Purchase) -> list[Want]:
    wanted: dict[UUID, Decimal] = {}
    for order in said.orders:
        for line in order.lines:
            goods = town.goods.get(line.sku)
            if goods is not None and order.merchant in town.merchants:
                wanted[goods.variant_id] = wanted.get(goods.variant_id, Decimal(0)) + line.quantity
    return [Want(variant_id=key, quantity=quantity) for key, quantity in wanted.items()]


def _ship_to(buyer: Buyer, number: int) -> dict[str, str]:
    address = buyer.addresses[number]
    return {
        "name": address.recipient,
        "phone": address.phone,
        "region_code": address.division,
        "region": address.region,
        "street": address.street,
        "postcode": "",
    }


def _pay(placed: Mapping[UUID, history.Order], account: Account) -> None:
    found = order_queries.several(placed)
    parts = [Part(reference=order_word(one.id), merchant_id=one.merchant_id, amount=one.total) for one in found]
    payer = Payer(buyer_id=account.buyer_id, account_id=account.id)
    planted.pay(reference=found[0].payment_reference, payer=payer, parts=parts, description=found[0].number)


def _go_on(town: Town, account: Account, order_id: UUID, said: history.Order, times: tuple[datetime, datetime]) -> None:
    """Let a paid order come as far as the plan says."""
    placed_at, paid_at = times
    merchant_id, end = town.merchants[said.merchant], said.ending
    if end.state == "cancelled":
        with _at(placed_at + max(end.closed_after or timedelta(), paid_at - placed_at + timedelta(minutes=9))):
            _call_off(account, order_id, merchant_id, _by(said.merchant, "cancel"), end.reason)
        return
    first_parcel = placed_at + end.parcels[0].left if end.parcels else clock.now()
    steps = STEPS[: REACHED.get(end.state, len(STEPS))]
    gap = max(min(first_parcel - paid_at, timedelta(hours=30)) / (len(steps) + 1), timedelta(seconds=40))
    for place, name in enumerate(steps, 1):
        with _at(paid_at + gap * place), acting_for(merchant_id):
            orders.move(order_id=order_id, name=name, by=_by(said.merchant, name))
    for parcel in end.parcels:
        with _at(placed_at + parcel.left), acting_for(merchant_id):
            _ship(town, order_id, parcel, _by(said.merchant, "ship"))
    _arrive(order_id, merchant_id, said, placed_at)
    if end.state == "finished" and end.closed_after:
        doer = Doer(actor=Actor(who=Who.BUYER), account_id=account.id, name=account.name)
        with _at(placed_at + end.closed_after), buying_as(buyer_id=account.buyer_id, account_id=account.id):
            if order_queries.get(order_id).state is OrderState.RECEIPT:
                orders.move(order_id=order_id, name="receive", by=doer)


@contextmanager
def _at(moment: datetime) -> Iterator[None]:
    with clock.standing_at(min(moment, clock.now())), unit_of_work():
        yield


def _by(merchant: str, deed: str) -> Doer:
    """The colleague of this merchant whose post it is."""
    post, grant = POSTS[deed]
    names = {one.role: one.name.zh for one in SELLERS[merchant].staff}
    actor = Actor(who=Who.STAFF, role="owner", grants=frozenset({grant}))
    return Doer(actor=actor, name=names.get(post) or names["owner"])


def _call_off(account: Account, order_id: UUID, merchant_id: UUID, staff: Doer, reason: str) -> None:
    """By the buyer, or by the merchant when the goods are not there; the planted payment goes back the planted way."""
    if reason == CancelReason.OUT_OF_STOCK:
        with acting_for(merchant_id):
            orders.cancel(order_id=order_id, by=staff, reason=CancelReason(reason))
    else:
        doer = Doer(actor=Actor(who=Who.BUYER), account_id=account.id, name=account.name)
        with buying_as(buyer_id=account.buyer_id, account_id=account.id):
            orders.cancel(order_id=order_id, by=doer, reason=CancelReason(reason))
    with working_on(Purpose.FULFILMENT):
        order = order_queries.get(order_id)
    planted.give_back(reference_part=order_word(order_id), amount=order.total, reason=reason, key=f"refund:{order_id}:all")


def _ship(town: Town, order_id: UUID, parcel: Leaving, by: Doer) -> None:
    lines = order_queries.lines_of([order_id])
    wanted = {town.goods[sku].variant_id: Decimal(quantity) for sku, quantity in parcel.contents.items() if sku in town.goods}
    taken = {line.id: min(wanted[line.variant_id], line.to_ship) for line in lines if line.variant_id in wanted}
    quantities = {line_id: quantity for line_id, quantity in taken.items() if quantity > 0}
    if quantities:
        draft = ParcelDraft(carrier=Carrier(parcel.carrier), tracking_number=parcel.tracking, quantities={order_id: quantities})
        shipping.ship(draft=draft, by=by)


def _arrive(order_id: UUID, merchant_id: UUID, said: history.Order, placed_at: datetime) -> None:
    with unit_of_work(), acting_for(merchant_id):
        parcels = {one.tracking_number: one.id for one in parcel_queries.of_orders([order_id])}
    for parcel in said.parcels:
        if parcel.tracking not in parcels:
            continue
        for state, when in _way(parcel):
            with _at(placed_at + when), acting_for(merchant_id):
                shipping.report(parcel_id=parcels[parcel.tracking], state=state, said="")


def _way(parcel: Leaving) -> Sequence[tuple[ParcelState, timedelta]]:
    if parcel.arrived is None:
        return ((ParcelState.MOVING, parcel.left + timedelta(hours=5)),)
    on_road = parcel.left + (parcel.arrived - parcel.left) / 3
    return ((ParcelState.MOVING, on_road), (ParcelState.DELIVERED, parcel.arrived))
