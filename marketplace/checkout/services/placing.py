"""PREPARE: take the cart, count it again, compare with what the buyer saw, keep the goods, write the purchase (behaviour 43).

One transaction: whatever is refused leaves the cart, the stock and the orders as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from marketplace.carts import services as carts
from marketplace.carts.rules import Line, Want, price_cart
from marketplace.catalogue.queries import Sellable, sellable
from marketplace.checkout import queries
from marketplace.checkout.errors import AlreadyPlaced, Drifted, EmptyCart
from marketplace.checkout.queries import Terms
from marketplace.checkout.rules import Reckoning, Share, reckon
from marketplace.inventory import services as stock
from marketplace.inventory.errors import SoldOut
from marketplace.inventory.services import HoldLine
from marketplace.kernel import clock
from marketplace.kernel.failpoints import reach
from marketplace.orders import services as orders
from marketplace.orders.models import Purchase
from marketplace.orders.queries import workflow_of
from marketplace.orders.rules import HELD_FOR, LineDraft, OrderDraft, PurchaseDraft, hold_cause
from tenants.scope import Purpose, working_on


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a buyer sends: which form it was, the total they saw, where to deliver, a word to each merchant."""

    key: str
    buyer_id: UUID
    account_id: UUID
    buyer_name: str
    currency: str
    expected_minor: int
    ship_to: Mapping[str, str]
    notes: Mapping[UUID, str] = field(default_factory=dict)


def count_cart(*, wants: Sequence[Want], region_code: str, currency: str) -> Reckoning:
    """What this cart costs delivered to a region, as of now: three statements for any cart."""
    goods = sellable(want.variant_id for want in wants)
    terms = queries.terms_of({one.merchant_id for one in goods.values()}) if goods else {}
    return _reckon(wants, goods, terms, region_code, currency)


def place(*, wish: Wish, then: Callable[[Purchase, PurchaseDraft], None] = lambda _purchase, _draft: None) -> Purchase:
    """Order what is selected in the buyer's cart. Runs under the buyer's scope and enters the purpose of checkout.

    `then` is done in the same transaction, when the orders are written and before their goods are kept.
    Raises EmptyCart, Drifted (with the new reckoning), AlreadyPlaced when the key was used before.
    """
    wants = carts.take_selected(buyer_id=wish.buyer_id)
    if not wants:
        raise EmptyCart
    goods = sellable(want.variant_id for want in wants)
    terms = queries.terms_of({one.merchant_id for one in goods.values()}) if goods else {}
    reckoning = _reckon(wants, goods, terms, wish.ship_to.get("region_code", ""), wish.currency)
    if not reckoning.may_place or reckoning.total.minor != wish.expected_minor:
        raise Drifted(reckoning=reckoning)
    with working_on(Purpose.CHECKOUT):
        draft = _draft(wish, reckoning, terms)
        try:
            purchase = _write(draft, then)
        except SoldOut as refusal:
            raise Drifted(reckoning=reckoning, sold_out=refusal.variants) from refusal
    reach("checkout.prepared")
    return purchase


def _write(draft: PurchaseDraft, then: Callable[[Purchase, PurchaseDraft], None]) -> Purchase:
    """Write the purchase and keep its goods. Raises SoldOut, AlreadyPlaced.

    The goods come last: everybody else who wants them waits from here to the commit, so little may stand between the two.
    """
    seen = stock.look(lines=_goods_of(draft))
    purchase = orders.place(draft=draft)
    if purchase is None:
        raise AlreadyPlaced
    then(purchase, draft)
    keep_goods(draft=draft, seen=seen)
    return purchase


def _reckon(
    wants: Sequence[Want], goods: Mapping[UUID, Sellable], terms: Mapping[UUID, Terms], region_code: str, currency: str
) -> Reckoning:
    minimums = {merchant_id: one.minimum for merchant_id, one in terms.items() if one.minimum}
    freight = {merchant_id: one.freight for merchant_id, one in terms.items() if one.freight}
    return reckon(price_cart(wants, goods, minimums, currency), freight, region_code, currency)


def _draft(wish: Wish, reckoning: Reckoning, terms: Mapping[UUID, Terms]) -> PurchaseDraft:
    known = {share.group.merchant_id: terms[share.group.merchant_id].workflow for share in reckoning.shares}
    versions = {key: one or orders.first_version(merchant_id=key) for key, one in sorted(known.items())}
    drafts = [
        draft_order(share=share, version=versions[share.group.merchant_id], notes=wish.notes) for share in reckoning.shares
    ]
    return PurchaseDraft(
        key=wish.key,
        buyer_id=wish.buyer_id,
        account_id=wish.account_id,
        buyer_name=wish.buyer_name,
        ship_to=wish.ship_to,
        currency=wish.currency,
        orders=drafts,
    )


def draft_order(*, share: Share, version: UUID, notes: Mapping[UUID, str]) -> OrderDraft:
    """One merchant's share of a reckoning as the order that is written, under this version of the merchant's workflow."""
    group = share.group
    return OrderDraft(
        merchant_id=group.merchant_id,
        merchant_slug=group.merchant_slug,
        merchant_name=group.merchant_name,
        workflow_id=version,
        workflow=workflow_of(version),
        lines=[_line(line) for line in group.counting],
        freight=share.quote.freight,
        note=notes.get(group.merchant_id, "")[:500],
    )


def _line(line: Line) -> LineDraft:
    goods, price = line.goods, line.price
    if goods is None or price is None:
        raise ValueError("a line that counts has goods and a price")
    return LineDraft(
        variant_id=goods.variant_id,
        product_id=goods.product_id,
        category_id=goods.category_id,
        category_path=goods.category_path,
        title=goods.title,
        options=goods.options,
        sku=goods.sku,
        picture={"key": goods.picture, "colour": goods.colour} if goods.picture else None,
        unit=goods.unit.value,
        quantity=line.want.quantity,
        price=price,
        weight_grams=goods.weight_grams,
    )


def keep_goods(*, draft: PurchaseDraft, seen: stock.Shelves | None = None) -> None:
    """Hold what a purchase needs that was made in this transaction. Raises SoldOut."""
    stock.hold(cause=hold_cause(draft.id), lines=_goods_of(draft), until=clock.now() + HELD_FOR, seen=seen, fresh=True)


def _goods_of(draft: PurchaseDraft) -> list[HoldLine]:
    return [HoldLine(variant_id=line.variant_id, quantity=line.quantity) for order in draft.orders for line in order.lines]
