"""The phase PREPARE: price the cart again, compare with what the buyer saw, insert the purchase and reserve the stock.

One transaction: an error leaves cart, stock and orders unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from marketplace.carts import services as cart_services
from marketplace.carts.pricing import CartItem, PricedLine, price_items
from marketplace.catalogue.queries import PurchasableVariant, get_purchasable
from marketplace.checkout import queries
from marketplace.checkout.errors import DuplicatePurchase, EmptyCart, QuoteChanged
from marketplace.checkout.queries import MerchantTerms
from marketplace.checkout.quote import CheckoutQuote, MerchantShare, quote_checkout
from marketplace.inventory import services as inventory_services
from marketplace.inventory.errors import OutOfStock
from marketplace.inventory.services import ReservationLine
from marketplace.kernel import clock
from marketplace.kernel.failpoints import failpoint
from marketplace.orders import services as orders
from marketplace.orders.drafts import RESERVATION_PERIOD, LineDraft, OrderDraft, PurchaseDraft
from marketplace.orders.models import Purchase
from marketplace.orders.numbering import reservation_reference
from marketplace.orders.queries import get_workflow
from tenants.isolation import AccessPurpose, with_purpose


@dataclass(frozen=True, kw_only=True)
class PlaceOrderCommand:
    """The command of a buyer: idempotency key, expected total, address, and notes by merchant."""

    idempotency_key: str
    buyer_id: UUID
    account_id: UUID
    buyer_name: str
    currency: str
    expected_minor: int
    ship_to: Mapping[str, str]
    notes: Mapping[UUID, str] = field(default_factory=dict)


def quote_cart(*, items: Sequence[CartItem], region_code: str, currency: str) -> CheckoutQuote:
    """Return the quote of a cart for a delivery region, in three statements for any cart."""
    variants = get_purchasable(item.variant_id for item in items)
    terms = queries.get_merchant_terms({variant.merchant_id for variant in variants.values()}) if variants else {}
    return _quote(items, variants, terms, region_code, currency)


def place_purchase(
    *,
    command: PlaceOrderCommand,
    before_reserve: Callable[[Purchase, PurchaseDraft], None] = lambda _purchase, _draft: None,
) -> Purchase:
    """Order the selected items of the buyer's cart, as the buyer and with the purpose of checkout.

    `before_reserve` runs in the same transaction, after the orders are inserted and before their stock is reserved.

    Raises:
        EmptyCart: No item is selected.
        QuoteChanged: The quote differs from what the buyer saw, or stock is missing; carries the new quote.
        DuplicatePurchase: The idempotency key was used before.
    """
    items = cart_services.pop_selected_items(buyer_id=command.buyer_id)
    if not items:
        raise EmptyCart
    variants = get_purchasable(item.variant_id for item in items)
    terms = queries.get_merchant_terms({variant.merchant_id for variant in variants.values()}) if variants else {}
    quote = _quote(items, variants, terms, command.ship_to.get("region_code", ""), command.currency)
    if not quote.can_place or quote.total.minor != command.expected_minor:
        raise QuoteChanged(quote=quote)
    with with_purpose(AccessPurpose.CHECKOUT):
        draft = _build_purchase(command, quote, terms)
        try:
            purchase = _create_and_reserve(draft, before_reserve)
        except OutOfStock as exc:
            raise QuoteChanged(quote=quote, sold_out=exc.variants) from exc
    failpoint("checkout.prepared")
    return purchase


def _create_and_reserve(draft: PurchaseDraft, before_reserve: Callable[[Purchase, PurchaseDraft], None]) -> Purchase:
    """Insert the purchase and reserve its stock.

    The reservation comes last: it locks the stock levels until the commit, and concurrent checkouts wait for them.

    Raises:
        OutOfStock: A quantity is not available.
        DuplicatePurchase: The idempotency key was used before.
    """
    stock_levels = inventory_services.check_availability(lines=_reservation_lines(draft))
    purchase = orders.create_purchase(draft=draft)
    if purchase is None:
        raise DuplicatePurchase
    before_reserve(purchase, draft)
    reserve_stock(draft=draft, stock_levels=stock_levels)
    return purchase


def _quote(
    items: Sequence[CartItem],
    variants: Mapping[UUID, PurchasableVariant],
    terms: Mapping[UUID, MerchantTerms],
    region_code: str,
    currency: str,
) -> CheckoutQuote:
    minimums = {
        merchant_id: merchant_terms.order_minimum
        for merchant_id, merchant_terms in terms.items()
        if merchant_terms.order_minimum
    }
    freight = {merchant_id: merchant_terms.freight for merchant_id, merchant_terms in terms.items() if merchant_terms.freight}
    return quote_checkout(price_items(items, variants, minimums, currency), freight, region_code, currency)


def _build_purchase(command: PlaceOrderCommand, quote: CheckoutQuote, terms: Mapping[UUID, MerchantTerms]) -> PurchaseDraft:
    workflow_ids = {share.group.merchant_id: terms[share.group.merchant_id].workflow_id for share in quote.shares}
    versions = {
        merchant_id: workflow_id or orders.create_default_workflow(merchant_id=merchant_id)
        for merchant_id, workflow_id in sorted(workflow_ids.items())
    }
    drafts = [
        build_order(share=share, workflow_id=versions[share.group.merchant_id], notes=command.notes) for share in quote.shares
    ]
    return PurchaseDraft(
        idempotency_key=command.idempotency_key,
        buyer_id=command.buyer_id,
        account_id=command.account_id,
        buyer_name=command.buyer_name,
        ship_to=command.ship_to,
        currency=command.currency,
        orders=drafts,
    )


def build_order(*, share: MerchantShare, workflow_id: UUID, notes: Mapping[UUID, str]) -> OrderDraft:
    """Return one merchant's share of a quote as an order draft with this version of the merchant's workflow."""
    group = share.group
    return OrderDraft(
        merchant_id=group.merchant_id,
        merchant_slug=group.merchant_slug,
        merchant_name=group.merchant_name,
        workflow_id=workflow_id,
        workflow=get_workflow(workflow_id),
        lines=[_build_line(line) for line in group.orderable_lines],
        freight=share.shipping_quote.freight,
        note=notes.get(group.merchant_id, "")[:500],
    )


def _build_line(line: PricedLine) -> LineDraft:
    variant, price = line.variant, line.price
    if variant is None or price is None:
        raise ValueError("an orderable line has a variant and a price")
    return LineDraft(
        variant_id=variant.variant_id,
        product_id=variant.product_id,
        category_id=variant.category_id,
        category_path=variant.category_path,
        title=variant.title,
        options=variant.options,
        sku=variant.sku,
        picture={"key": variant.picture, "colour": variant.colour} if variant.picture else None,
        unit=variant.unit.value,
        quantity=line.item.quantity,
        price=price,
        weight_grams=variant.weight_grams,
    )


def reserve_stock(*, draft: PurchaseDraft, stock_levels: inventory_services.StockSources | None = None) -> None:
    """Reserve the stock of a purchase that is created in this transaction.

    Raises:
        OutOfStock: A quantity is not available.
    """
    inventory_services.reserve(
        reference=reservation_reference(draft.id),
        lines=_reservation_lines(draft),
        expires_at=clock.now() + RESERVATION_PERIOD,
        sources=stock_levels,
        is_new_reference=True,
    )


def _reservation_lines(draft: PurchaseDraft) -> list[ReservationLine]:
    return [
        ReservationLine(variant_id=line.variant_id, quantity=line.quantity) for order in draft.orders for line in order.lines
    ]
