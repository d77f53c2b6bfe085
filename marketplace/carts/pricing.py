"""Cart pricing without I/O: prices by tier, errors and hints by line, sums by merchant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _

from marketplace.catalogue.models.units import Unit
from marketplace.catalogue.queries import PurchasableVariant
from marketplace.catalogue.rules import next_tier, unit_price_at, validate_quantity
from marketplace.kernel import numbers
from marketplace.kernel.formatting import format_quantity
from marketplace.kernel.money import Money, sum_money

MAX_LINES = 200
MAX_GUEST_LINES = 40
MAX_QUANTITY = Decimal("9999999")


@dataclass(frozen=True, kw_only=True)
class CartItem:
    """A quantity of a variant in a cart."""

    variant_id: UUID
    quantity: Decimal
    selected: bool = True


@dataclass(frozen=True, kw_only=True)
class TierHint:
    """The next price tier: the quantity missing to it and the saving per unit."""

    additional_quantity: Decimal
    price: Money
    saving_per_unit: Money


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """A cart line with its current price. `variant` is None if the catalogue no longer has it."""

    item: CartItem
    variant: PurchasableVariant | None
    price: Money | None = None
    amount: Money | None = None
    error: str = ""
    tier_hint: TierHint | None = None

    @property
    def is_orderable(self) -> bool:
        """Return whether the line is selected and has no error."""
        return self.item.selected and not self.error and self.amount is not None


@dataclass(frozen=True, kw_only=True)
class MerchantGroup:
    """The lines of one merchant with their subtotal."""

    merchant_id: UUID
    merchant_slug: str
    merchant_name: Mapping[str, str]
    lines: Sequence[PricedLine]
    subtotal: Money
    missing_to_minimum: Money | None = None

    @property
    def orderable_lines(self) -> list[PricedLine]:
        """Return the lines that a checkout would order."""
        return [line for line in self.lines if line.is_orderable]


@dataclass(frozen=True, kw_only=True)
class PricedCart:
    """A priced cart by merchant; `unavailable_lines` are those whose variant no longer exists."""

    groups: Sequence[MerchantGroup]
    unavailable_lines: Sequence[PricedLine]
    total: Money

    @property
    def lines(self) -> list[PricedLine]:
        """Return all lines, grouped by merchant, the unavailable ones last."""
        return [line for group in self.groups for line in group.lines] + list(self.unavailable_lines)

    @property
    def orderable_lines(self) -> list[PricedLine]:
        """Return the lines of all merchants that a checkout would order."""
        return [line for group in self.groups for line in group.orderable_lines]

    @property
    def can_checkout(self) -> bool:
        """Return whether the cart has orderable lines and reaches every merchant's order minimum."""
        return bool(self.orderable_lines) and not any(
            group.missing_to_minimum for group in self.groups if group.orderable_lines
        )

    @property
    def invalid_lines(self) -> list[PricedLine]:
        """Return the selected lines that have an error."""
        return [line for line in self.lines if line.item.selected and line.error]


def parse_quantity(text: str) -> Decimal | None:
    """Parse a typed quantity (`1,200.5`) with at most three decimals; return None if it is invalid."""
    quantity = _parse_number(text)
    if quantity is None or not 0 < quantity <= MAX_QUANTITY or quantity != quantity.quantize(Decimal("0.001")):
        return None
    return quantity


def _parse_number(text: str) -> Decimal | None:
    try:
        return numbers.parse_decimal(text)
    except ValueError:
        return None


def quantity_error(text: str, unit: Unit | None = None) -> str | None:
    """Return why the text is no valid quantity of this unit, as a sentence; None if it is valid."""
    if parse_quantity(text) is not None:
        return None
    number, is_whole = _parse_number(text), unit is not None and unit.decimals == 0
    if number is None:
        return str(_("Enter a whole number, such as 120.") if is_whole else _("Enter a number, such as 120 or 2.5."))
    if number > MAX_QUANTITY:
        return str(_("At most %(most)s can be ordered at once.", most=f"{MAX_QUANTITY:,}"))
    if number > 0:
        return str(_("Enter a whole number, such as 120.") if is_whole else _("A quantity has at most three decimals."))
    return str(_("Enter a quantity greater than zero."))


def stock_error(quantity: Decimal, available: Decimal, unit: Unit) -> str | None:
    """Return why the quantity exceeds the stock, as a sentence; None if it does not."""
    if quantity <= available:
        return None
    return str(
        _("Only %(free)s in stock.", free=format_quantity(available, unit)) if available > 0 else _("Sold out at the moment.")
    )


def price_items(
    items: Iterable[CartItem],
    variants: Mapping[UUID, PurchasableVariant],
    minimums: Mapping[UUID, Money],
    currency: str,
    available: Mapping[UUID, Decimal] | None = None,
) -> PricedCart:
    """Price cart items and validate each line; sums count the lines that are selected and orderable.

    Without `available` the stock is not checked: an order that reserves stock finds a shortage when it reserves.
    """
    item_list = list(items)
    mixed_quantities: dict[UUID, Decimal] = defaultdict(Decimal)
    for item in item_list:
        variant = variants.get(item.variant_id)
        if variant is not None and variant.mix_variants and item.selected:
            mixed_quantities[variant.product_id] += item.quantity
    lines = [
        _price_line(item, variants.get(item.variant_id), mixed_quantities, currency, _available_quantity(item, available))
        for item in item_list
    ]
    groups = _group_by_merchant([line for line in lines if line.variant is not None], minimums, currency)
    unavailable_lines = [line for line in lines if line.variant is None]
    return PricedCart(
        groups=groups, unavailable_lines=unavailable_lines, total=sum_money((group.subtotal for group in groups), currency)
    )


def _available_quantity(item: CartItem, available: Mapping[UUID, Decimal] | None) -> Decimal | None:
    return None if available is None else available.get(item.variant_id, Decimal(0))


def _price_line(
    item: CartItem,
    variant: PurchasableVariant | None,
    mixed_quantities: Mapping[UUID, Decimal],
    currency: str,
    available: Decimal | None,
) -> PricedLine:
    if variant is None:
        return PricedLine(item=item, variant=None, error=_("This is no longer offered. Take it out of the cart."))
    stock_message = None if available is None else stock_error(item.quantity, available, variant.unit)
    quantity_message = stock_message or validate_quantity(
        item.quantity, variant.min_quantity, variant.max_quantity, variant.step, variant.unit
    )
    error = variant.reason or quantity_message or ""
    if variant.currency != currency:
        error = error or _("This is sold in another currency and cannot be ordered here.")
    if not variant.tiers:
        return PricedLine(item=item, variant=variant, error=error or _("This variant has no price at the moment."))
    tier_quantity = max(item.quantity, mixed_quantities.get(variant.product_id, Decimal(0)))
    price = unit_price_at(variant.tiers, tier_quantity)
    tier_hint = None if error else _tier_hint(variant, tier_quantity, price)
    return PricedLine(
        item=item, variant=variant, price=price, amount=price.times(item.quantity), error=error, tier_hint=tier_hint
    )


def _tier_hint(variant: PurchasableVariant, tier_quantity: Decimal, price: Money) -> TierHint | None:
    upcoming_tier = next_tier(variant.tiers, tier_quantity)
    if upcoming_tier is None or (variant.max_quantity is not None and upcoming_tier.from_quantity > variant.max_quantity):
        return None
    return TierHint(
        additional_quantity=upcoming_tier.additional_quantity,
        price=upcoming_tier.price,
        saving_per_unit=price - upcoming_tier.price,
    )


def _group_by_merchant(lines: Sequence[PricedLine], minimums: Mapping[UUID, Money], currency: str) -> list[MerchantGroup]:
    by_merchant: dict[UUID, list[PricedLine]] = {}
    for line in lines:
        if line.variant is not None:
            by_merchant.setdefault(line.variant.merchant_id, []).append(line)
    return [
        _merchant_group(merchant_id, merchant_lines, minimums.get(merchant_id), currency)
        for merchant_id, merchant_lines in by_merchant.items()
    ]


def _merchant_group(merchant_id: UUID, lines: Sequence[PricedLine], minimum: Money | None, currency: str) -> MerchantGroup:
    first_variant = lines[0].variant
    assert first_variant is not None
    subtotal = sum_money((line.amount for line in lines if line.is_orderable and line.amount is not None), currency)
    missing = minimum - subtotal if minimum is not None and minimum.currency == currency and subtotal < minimum else None
    return MerchantGroup(
        merchant_id=merchant_id,
        merchant_slug=first_variant.merchant_slug,
        merchant_name=first_variant.merchant_name,
        lines=lines,
        subtotal=subtotal,
        missing_to_minimum=missing if any(line.is_orderable for line in lines) else None,
    )
