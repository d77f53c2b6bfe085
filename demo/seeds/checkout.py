"""Ninety days of demo orders, created by the regular services at simulated times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from sqlalchemy import exists, select

from billing.payments.domain import PaymentPart
from billing.payments.services import Payer
from demo import history
from demo import products as demo_products
from demo.buyers import BY_SLUG, Buyer
from demo.merchants import BY_SLUG as MERCHANTS_BY_SLUG
from demo.order_outcomes import Parcel as ParcelSpec
from demo.seeding import SeedContext
from demo.seeds import payments as payment_seeds
from marketplace.carts.pricing import CartItem, price_items
from marketplace.catalogue.models import Variant
from marketplace.catalogue.queries import PurchasableVariant, get_purchasable
from marketplace.checkout import queries
from marketplace.checkout.queries import MerchantTerms
from marketplace.checkout.quote import quote_checkout
from marketplace.checkout.services.place_order import build_order, reserve_stock
from marketplace.inventory.errors import OutOfStock
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.orders import queries as order_queries
from marketplace.orders import services as orders
from marketplace.orders.drafts import PurchaseDraft
from marketplace.orders.models import CancelReason, OrderState, Purchase
from marketplace.orders.numbering import ledger_reference
from marketplace.orders.services import NamedActor
from marketplace.orders.workflow import Actor, ActorKind
from marketplace.shipping import queries as parcel_queries
from marketplace.shipping import services as shipping
from marketplace.shipping.models import Carrier, ParcelState
from marketplace.shipping.services import ParcelInput
from tenants.accounts.models import Account
from tenants.isolation import AccessPurpose, as_buyer, as_merchant, with_purpose
from tenants.merchants.models import Merchant

REVIEW_TRANSITIONS = ("approve_order", "approve_finance", "release")
COMPLETED_REVIEWS = {"order_review": 0, "finance_review": 1, "outbound_review": 2}
PAYMENT_TIMEOUT = timedelta(minutes=61)
STAFF_ROLES = {  # role and permission of each transition; the owner where a merchant has no such role
    "approve_order": ("service", "orders.review"),
    "approve_finance": ("finance", "orders.finance"),
    "release": ("warehouse", "orders.release"),
    "ship": ("warehouse", "orders.ship"),
    "cancel": ("service", "orders.cancel"),
}
CURRENCY = "CNY"
DAYS = {"small": 30}  # the small demo is for tests: ninety days would take too long


@dataclass(frozen=True)
class SeedLookup:
    """The seeded rows that orders refer to: variants by SKU, merchants by slug, buyers by login."""

    variants: Mapping[str, PurchasableVariant]
    merchants: Mapping[str, UUID]
    buyers: Mapping[str, Account]
    terms: Mapping[UUID, MerchantTerms]

    @cached_property
    def variants_by_id(self) -> dict[UUID, PurchasableVariant]:
        """Return the variants by id."""
        return {variant.variant_id: variant for variant in self.variants.values()}


def seed(context: SeedContext) -> None:
    """Create the orders, oldest first, each purchase in its own transaction; existing purchases are skipped."""
    products = demo_products.generate_products(context.product_count, context.random_seed)
    with unit_of_work():
        lookup = _load_lookup()
    for purchase in history.generate_history(products, context.moment, days=DAYS.get(context.size, history.DAYS)):
        if purchase.buyer in lookup.buyers:
            _seed_purchase(context, lookup, purchase)
            db.session.expunge_all()


def _load_lookup() -> SeedLookup:
    merchants = {slug: key for key, slug in db.session.execute(select(Merchant.id, Merchant.slug))}
    ids = list(db.session.scalars(select(Variant.id)))
    variants = {
        item.sku: item for start in range(0, len(ids), 500) for item in get_purchasable(ids[start : start + 500]).values()
    }
    with with_purpose(AccessPurpose.SIGN_IN):
        buyers = {item.login: item for item in db.session.scalars(select(Account).where(Account.login.in_(list(BY_SLUG))))}
    terms = queries.get_merchant_terms(merchants.values()) if merchants else {}
    with with_purpose(AccessPurpose.CHECKOUT):
        for key in (key for key, item in terms.items() if item.workflow_id is None):
            orders.create_default_workflow(merchant_id=key)
    return SeedLookup(variants, merchants, buyers, queries.get_merchant_terms(merchants.values()) if merchants else {})


def _seed_purchase(context: SeedContext, lookup: SeedLookup, spec: history.Purchase) -> None:
    account = lookup.buyers[spec.buyer]
    with clock.freeze_time(spec.placed_at), unit_of_work():
        placed_orders = _create_purchase(lookup, account, spec)
    if not placed_orders:
        return
    if spec.paid_after is None:
        if context.moment - spec.placed_at > PAYMENT_TIMEOUT:
            for order_id in placed_orders:
                with _unit_of_work_at(spec.placed_at + PAYMENT_TIMEOUT), with_purpose(AccessPurpose.FULFILMENT):
                    orders.fire_timer(order_id=order_id)
        return
    paid_at = spec.placed_at + spec.paid_after
    with clock.freeze_time(paid_at), unit_of_work(), as_buyer(buyer_id=account.buyer_id, account_id=account.id):
        _pay(placed_orders, account)
    for order_id, order in placed_orders.items():
        _advance(lookup, account, order_id, order, (spec.placed_at, paid_at))


def _create_purchase(lookup: SeedLookup, account: Account, spec: history.Purchase) -> dict[UUID, history.Order]:
    """Place a purchase and return its order specs by new id; empty if it exists already or its products are unavailable."""
    key = f"demo-{spec.number}"
    with with_purpose(AccessPurpose.CHECKOUT):
        if db.session.scalar(select(exists().where(Purchase.idempotency_key == key, Purchase.buyer_id == account.buyer_id))):
            return {}
        buyer, items = BY_SLUG[spec.buyer], _cart_items(lookup, spec)
        ship_to = _ship_to(buyer, spec.address)
        minimums = {key: item.order_minimum for key, item in lookup.terms.items() if item.order_minimum}
        freight = {key: item.freight for key, item in lookup.terms.items() if item.freight}
        cart = price_items(items, lookup.variants_by_id, minimums, CURRENCY)
        quote = quote_checkout(cart, freight, ship_to["region_code"], CURRENCY)
        if not quote.can_place:
            return {}
        notes = {lookup.merchants[item.merchant]: item.note for item in spec.orders}
        drafts = [
            build_order(share=share, workflow_id=_version(lookup, share.group.merchant_id), notes=notes)
            for share in quote.shares
        ]
        draft = PurchaseDraft(
            idempotency_key=key,
            buyer_id=account.buyer_id,
            account_id=account.id,
            buyer_name=buyer.name.zh,
            ship_to=ship_to,
            currency=CURRENCY,
            orders=drafts,
        )
        try:
            reserve_stock(draft=draft)
        except OutOfStock:
            return {}
        orders.create_purchase(draft=draft)
    specs_by_merchant = {lookup.merchants[item.merchant]: item for item in spec.orders}
    return {item.id: specs_by_merchant[item.merchant_id] for item in drafts}


def _version(lookup: SeedLookup, merchant_id: UUID) -> UUID:
    version = lookup.terms[merchant_id].workflow_id
    if version is None:
        raise LookupError(merchant_id)
    return version


def _cart_items(lookup: SeedLookup, spec: history.Purchase) -> list[CartItem]:
    quantities: dict[UUID, Decimal] = {}
    for order in spec.orders:
        for line in order.lines:
            variant = lookup.variants.get(line.sku)
            if variant is not None and order.merchant in lookup.merchants:
                quantities[variant.variant_id] = quantities.get(variant.variant_id, Decimal(0)) + line.quantity
    return [CartItem(variant_id=key, quantity=quantity) for key, quantity in quantities.items()]


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


def _pay(placed_orders: Mapping[UUID, history.Order], account: Account) -> None:
    orders_to_pay = order_queries.get_orders(placed_orders)
    parts = [
        PaymentPart(reference=ledger_reference(order.id), merchant_id=order.merchant_id, amount=order.total)
        for order in orders_to_pay
    ]
    payer = Payer(buyer_id=account.buyer_id, account_id=account.id)
    payment_seeds.create_captured_payment(
        reference=orders_to_pay[0].payment_reference, payer=payer, parts=parts, description=orders_to_pay[0].number
    )


def _advance(
    lookup: SeedLookup, account: Account, order_id: UUID, spec: history.Order, times: tuple[datetime, datetime]
) -> None:
    """Advance a paid order to the outcome of its spec."""
    placed_at, paid_at = times
    merchant_id, outcome = lookup.merchants[spec.merchant], spec.outcome
    if outcome.state == "cancelled":
        with _unit_of_work_at(placed_at + max(outcome.closed_after or timedelta(), paid_at - placed_at + timedelta(minutes=9))):
            _cancel(account, order_id, merchant_id, _staff_actor(spec.merchant, "cancel"), outcome.reason)
        return
    first_parcel = placed_at + outcome.parcels[0].shipped_after if outcome.parcels else clock.now()
    steps = REVIEW_TRANSITIONS[: COMPLETED_REVIEWS.get(outcome.state, len(REVIEW_TRANSITIONS))]
    gap = max(min(first_parcel - paid_at, timedelta(hours=30)) / (len(steps) + 1), timedelta(seconds=40))
    for index, name in enumerate(steps, 1):
        with _unit_of_work_at(paid_at + gap * index), as_merchant(merchant_id):
            orders.transition_order(order_id=order_id, name=name, by=_staff_actor(spec.merchant, name))
    for parcel in outcome.parcels:
        with _unit_of_work_at(placed_at + parcel.shipped_after), as_merchant(merchant_id):
            _ship(lookup, order_id, parcel, _staff_actor(spec.merchant, "ship"))
    _deliver(order_id, merchant_id, spec, placed_at)
    if outcome.state == "finished" and outcome.closed_after:
        buyer = NamedActor(actor=Actor(kind=ActorKind.BUYER), account_id=account.id, name=account.name)
        with _unit_of_work_at(placed_at + outcome.closed_after), as_buyer(buyer_id=account.buyer_id, account_id=account.id):
            if order_queries.get_order(order_id).state is OrderState.RECEIPT:
                orders.transition_order(order_id=order_id, name="receive", by=buyer)


@contextmanager
def _unit_of_work_at(moment: datetime) -> Iterator[None]:
    with clock.freeze_time(min(moment, clock.now())), unit_of_work():
        yield


def _staff_actor(merchant: str, transition: str) -> NamedActor:
    """Return the member of the merchant's staff who runs this transition."""
    role, permission = STAFF_ROLES[transition]
    names = {member.role: member.name.zh for member in MERCHANTS_BY_SLUG[merchant].staff}
    actor = Actor(kind=ActorKind.STAFF, role="owner", grants=frozenset({permission}))
    return NamedActor(actor=actor, name=names.get(role) or names["owner"])


def _cancel(account: Account, order_id: UUID, merchant_id: UUID, staff: NamedActor, reason: str) -> None:
    """Cancel an order as the buyer, or as the merchant if out of stock, and seed the refund of its seeded payment."""
    if reason == CancelReason.OUT_OF_STOCK:
        with as_merchant(merchant_id):
            orders.cancel_order(order_id=order_id, by=staff, reason=CancelReason(reason))
    else:
        buyer = NamedActor(actor=Actor(kind=ActorKind.BUYER), account_id=account.id, name=account.name)
        with as_buyer(buyer_id=account.buyer_id, account_id=account.id):
            orders.cancel_order(order_id=order_id, by=buyer, reason=CancelReason(reason))
    with with_purpose(AccessPurpose.FULFILMENT):
        order = order_queries.get_order(order_id)
    payment_seeds.create_completed_refund(
        order_reference=ledger_reference(order_id), amount=order.total, reason=reason, key=f"refund:{order_id}:all"
    )


def _ship(lookup: SeedLookup, order_id: UUID, parcel: ParcelSpec, by: NamedActor) -> None:
    lines = order_queries.get_lines([order_id])
    parcel_quantities = {
        lookup.variants[sku].variant_id: Decimal(quantity)
        for sku, quantity in parcel.contents.items()
        if sku in lookup.variants
    }
    available = {
        line.id: min(parcel_quantities[line.variant_id], line.to_ship) for line in lines if line.variant_id in parcel_quantities
    }
    quantities = {line_id: quantity for line_id, quantity in available.items() if quantity > 0}
    if quantities:
        draft = ParcelInput(carrier=Carrier(parcel.carrier), tracking_number=parcel.tracking, quantities={order_id: quantities})
        shipping.ship_parcel(draft=draft, actor=by)


def _deliver(order_id: UUID, merchant_id: UUID, spec: history.Order, placed_at: datetime) -> None:
    with unit_of_work(), as_merchant(merchant_id):
        parcels = {
            shipped_parcel.tracking_number: shipped_parcel.id
            for shipped_parcel in parcel_queries.list_parcels_of_orders([order_id])
        }
    for parcel in spec.parcels:
        if parcel.tracking not in parcels:
            continue
        for state, elapsed in _tracking_events(parcel):
            with _unit_of_work_at(placed_at + elapsed), as_merchant(merchant_id):
                shipping.add_tracking_event(parcel_id=parcels[parcel.tracking], state=state, description="")


def _tracking_events(parcel: ParcelSpec) -> Sequence[tuple[ParcelState, timedelta]]:
    if parcel.delivered_after is None:
        return ((ParcelState.IN_TRANSIT, parcel.shipped_after + timedelta(hours=5)),)
    in_transit = parcel.shipped_after + (parcel.delivered_after - parcel.shipped_after) / 3
    return ((ParcelState.IN_TRANSIT, in_transit), (ParcelState.DELIVERED, parcel.delivered_after))
