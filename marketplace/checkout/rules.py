"""What a checkout comes to: the cart, the freight of each merchant, the sum; and what has changed since it was seen. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.carts.rules import Basket, Group, Line
from marketplace.kernel.money import Money, total
from marketplace.shipping.rules import FreightRules, Item, Quote, quote


@dataclass(frozen=True, kw_only=True)
class Share:
    """What goes to one merchant."""

    group: Group
    quote: Quote

    @property
    def total(self) -> Money:
        """Its goods and its freight."""
        return self.group.goods + self.quote.freight


@dataclass(frozen=True, kw_only=True)
class Reckoning:
    """The whole checkout, counted now."""

    basket: Basket
    shares: Sequence[Share]
    currency: str

    @property
    def goods(self) -> Money:
        """All goods."""
        return total((share.group.goods for share in self.shares), self.currency)

    @property
    def freight(self) -> Money:
        """All freight: the sum of the merchants' shares, to the cent."""
        return total((share.quote.freight for share in self.shares), self.currency)

    @property
    def total(self) -> Money:
        """What the buyer pays."""
        return self.goods + self.freight

    @property
    def undelivered(self) -> str:
        """Why a merchant delivers nothing to this region; nothing when all of them do."""
        return next((share.quote.refusal for share in self.shares if share.quote.refusal), "")

    @property
    def may_place(self) -> bool:
        """Whether this can be ordered as it is."""
        refused = any(share.quote.refusal or share.group.short_of for share in self.shares)
        return bool(self.shares) and not refused and not self.basket.troubled


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line that is no longer as the buyer saw it."""

    line: Line
    was: Money | None = None
    sold_out: bool = False


def reckon(basket: Basket, rules: Mapping[UUID, FreightRules], region_code: str, currency: str) -> Reckoning:
    """Count a cart for one place of delivery."""
    shares = [
        Share(group=group, quote=quote(rules.get(group.merchant_id), _items(group), region_code, currency))
        for group in basket.groups
        if group.counting
    ]
    return Reckoning(basket=basket, shares=shares, currency=currency)


def changes(reckoning: Reckoning, seen: Mapping[UUID, int], sold_out: frozenset[UUID]) -> list[Change]:
    """Which lines differ from what the buyer saw (`seen`: unit prices in minor units by variant)."""
    found = []
    for line in reckoning.basket.lines:
        variant_id = line.want.variant_id
        was = seen.get(variant_id)
        other = line.price is not None and was is not None and was != line.price.minor
        if other or line.complaint or variant_id in sold_out:
            before = Money(was, reckoning.currency) if other and was is not None else None
            found.append(Change(line=line, was=before, sold_out=variant_id in sold_out))
    return found


def _items(group: Group) -> list[Item]:
    return [
        Item(quantity=line.want.quantity, weight_grams=line.goods.weight_grams, amount=line.amount)
        for line in group.counting
        if line.goods is not None and line.amount is not None
    ]
