"""The quote of a checkout: cart, freight per merchant, totals; and its differences from what the buyer saw. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.carts.pricing import MerchantGroup, PricedCart, PricedLine
from marketplace.kernel.money import Money, sum_money
from marketplace.shipping.rates import FreightRates, ShippingItem, ShippingQuote, quote_shipping


@dataclass(frozen=True, kw_only=True)
class MerchantShare:
    """One merchant's part of a checkout."""

    group: MerchantGroup
    shipping_quote: ShippingQuote

    @property
    def total(self) -> Money:
        """Return the subtotal plus the freight."""
        return self.group.subtotal + self.shipping_quote.freight


@dataclass(frozen=True, kw_only=True)
class CheckoutQuote:
    """The prices of a whole checkout at this moment."""

    cart: PricedCart
    shares: Sequence[MerchantShare]
    currency: str

    @property
    def subtotal(self) -> Money:
        """Return the sum of all lines."""
        return sum_money((share.group.subtotal for share in self.shares), self.currency)

    @property
    def freight(self) -> Money:
        """Return the sum of the merchants' freight."""
        return sum_money((share.shipping_quote.freight for share in self.shares), self.currency)

    @property
    def total(self) -> Money:
        """Return the amount that the buyer pays."""
        return self.subtotal + self.freight

    @property
    def undeliverable_message(self) -> str:
        """Return why a merchant does not deliver to this region; empty if all deliver."""
        return next(
            (share.shipping_quote.undeliverable_reason for share in self.shares if share.shipping_quote.undeliverable_reason),
            "",
        )

    @property
    def can_place(self) -> bool:
        """Return whether the checkout can be ordered as it is."""
        blocked = any(share.shipping_quote.undeliverable_reason or share.group.missing_to_minimum for share in self.shares)
        return bool(self.shares) and not blocked and not self.cart.invalid_lines


@dataclass(frozen=True, kw_only=True)
class LineDifference:
    """A line that differs from what the buyer saw."""

    line: PricedLine
    previous_price: Money | None = None
    sold_out: bool = False


def quote_checkout(
    cart: PricedCart, shipping_rates: Mapping[UUID, FreightRates], region_code: str, currency: str
) -> CheckoutQuote:
    """Return the quote of a cart for a delivery region."""
    shares = [
        MerchantShare(
            group=group,
            shipping_quote=quote_shipping(shipping_rates.get(group.merchant_id), _shipping_items(group), region_code, currency),
        )
        for group in cart.groups
        if group.orderable_lines
    ]
    return CheckoutQuote(cart=cart, shares=shares, currency=currency)


def diff_quote(
    checkout_quote: CheckoutQuote, seen_prices: Mapping[UUID, int], sold_out: frozenset[UUID]
) -> list[LineDifference]:
    """Return the lines that differ from what the buyer saw (`seen_prices`: unit prices in minor units by variant)."""
    differences = []
    for line in checkout_quote.cart.lines:
        variant_id = line.item.variant_id
        seen_price = seen_prices.get(variant_id)
        price_changed = line.price is not None and seen_price is not None and seen_price != line.price.minor
        if price_changed or line.error or variant_id in sold_out:
            previous_price = Money(seen_price, checkout_quote.currency) if price_changed and seen_price is not None else None
            differences.append(LineDifference(line=line, previous_price=previous_price, sold_out=variant_id in sold_out))
    return differences


def _shipping_items(group: MerchantGroup) -> list[ShippingItem]:
    return [
        ShippingItem(quantity=line.item.quantity, weight_grams=line.variant.weight_grams, amount=line.amount)
        for line in group.orderable_lines
        if line.variant is not None and line.amount is not None
    ]
