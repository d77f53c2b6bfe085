"""What a cart comes to: prices from the catalogue, tiers, complaints by line, hints, sums by merchant. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _

from marketplace.catalogue.models.units import Unit
from marketplace.catalogue.queries import Sellable
from marketplace.catalogue.rules import next_tier, price_at, quantity_complaint
from marketplace.kernel import numbers
from marketplace.kernel.money import Money, total
from marketplace.kernel.words import amount

MOST_LINES = 200
MOST_GUEST_LINES = 40
LARGEST = Decimal("9999999")


@dataclass(frozen=True, kw_only=True)
class Want:
    """How much of a variant somebody means to take."""

    variant_id: UUID
    quantity: Decimal
    selected: bool = True


@dataclass(frozen=True, kw_only=True)
class Hint:
    """So much more, and each unit costs so much less."""

    more: Decimal
    price: Money
    saves: Money


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line as it stands now. `goods` is None when the catalogue no longer knows the variant."""

    want: Want
    goods: Sellable | None
    price: Money | None = None
    amount: Money | None = None
    complaint: str = ""
    hint: Hint | None = None

    @property
    def counts(self) -> bool:
        """Whether it is selected and can be ordered."""
        return self.want.selected and not self.complaint and self.amount is not None


@dataclass(frozen=True, kw_only=True)
class Group:
    """The lines of one merchant."""

    merchant_id: UUID
    merchant_slug: str
    merchant_name: Mapping[str, str]
    lines: Sequence[Line]
    goods: Money
    short_of: Money | None = None

    @property
    def counting(self) -> list[Line]:
        """The lines that would be ordered."""
        return [line for line in self.lines if line.counts]


@dataclass(frozen=True, kw_only=True)
class Basket:
    """A whole cart, by merchant; `lost` are lines that nobody sells any more."""

    groups: Sequence[Group]
    lost: Sequence[Line]
    total: Money

    @property
    def lines(self) -> list[Line]:
        """All lines, merchant by merchant."""
        return [line for group in self.groups for line in group.lines] + list(self.lost)

    @property
    def counting(self) -> list[Line]:
        """The lines that would be ordered."""
        return [line for group in self.groups for line in group.counting]

    @property
    def may_check_out(self) -> bool:
        """Whether an order can be made of it: something is selected and no merchant's minimum is missed."""
        return bool(self.counting) and not any(group.short_of for group in self.groups if group.counting)

    @property
    def troubled(self) -> list[Line]:
        """Selected lines that stand in the way."""
        return [line for line in self.lines if line.want.selected and line.complaint]


def parse_quantity(text: str) -> Decimal | None:
    """A quantity as typed (`1,200.5`), with at most three decimals; None when it is none."""
    quantity = _number(text)
    if quantity is None or not 0 < quantity <= LARGEST or quantity != quantity.quantize(Decimal("0.001")):
        return None
    return quantity


def _number(text: str) -> Decimal | None:
    try:
        return numbers.read(text)
    except ValueError:
        return None


def misread(text: str, unit: Unit | None = None) -> str | None:
    """Why this cannot be read as a quantity that somebody may order of this unit, in one sentence; None when it can."""
    if parse_quantity(text) is not None:
        return None
    number, whole = _number(text), unit is not None and unit.places == 0
    if number is None:
        return str(_("Enter a whole number, such as 120.") if whole else _("Enter a number, such as 120 or 2.5."))
    if number > LARGEST:
        return str(_("At most %(most)s can be ordered at once.", most=f"{LARGEST:,}"))
    if number > 0:
        return str(_("Enter a whole number, such as 120.") if whole else _("A quantity has at most three decimals."))
    return str(_("Enter a quantity greater than zero."))


def shortage(quantity: Decimal, free: Decimal, unit: Unit) -> str | None:
    """Why there is not that much of something, in one sentence; None when there is."""
    if quantity <= free:
        return None
    return str(_("Only %(free)s in stock.", free=amount(free, unit)) if free > 0 else _("Sold out at the moment."))


def price_cart(
    wants: Iterable[Want],
    goods: Mapping[UUID, Sellable],
    minimums: Mapping[UUID, Money],
    currency: str,
    free: Mapping[UUID, Decimal] | None = None,
) -> Basket:
    """Every line with today's price and, where it cannot be ordered, the reason; sums count what is selected and buyable.

    Without `free` nobody asks how much there is: who keeps goods finds out by keeping them.
    """
    listed = list(wants)
    mixed: dict[UUID, Decimal] = defaultdict(Decimal)
    for want in listed:
        found = goods.get(want.variant_id)
        if found is not None and found.mixes and want.selected:
            mixed[found.product_id] += want.quantity
    lines = [_line(want, goods.get(want.variant_id), mixed, currency, _left(want, free)) for want in listed]
    groups = _groups([line for line in lines if line.goods is not None], minimums, currency)
    lost = [line for line in lines if line.goods is None]
    return Basket(groups=groups, lost=lost, total=total((group.goods for group in groups), currency))


def _left(want: Want, free: Mapping[UUID, Decimal] | None) -> Decimal | None:
    return None if free is None else free.get(want.variant_id, Decimal(0))


def _line(want: Want, goods: Sellable | None, mixed: Mapping[UUID, Decimal], currency: str, free: Decimal | None) -> Line:
    if goods is None:
        return Line(want=want, goods=None, complaint=_("This is no longer offered. Take it out of the cart."))
    short = None if free is None else shortage(want.quantity, free, goods.unit)
    why = short or quantity_complaint(want.quantity, goods.min_quantity, goods.max_quantity, goods.step, goods.unit)
    complaint = goods.reason or why or ""
    if goods.currency != currency:
        complaint = complaint or _("This is sold in another currency and cannot be ordered here.")
    if not goods.tiers:
        return Line(want=want, goods=goods, complaint=complaint or _("This variant has no price at the moment."))
    counted = max(want.quantity, mixed.get(goods.product_id, Decimal(0)))
    price = price_at(goods.tiers, counted)
    hint = None if complaint else _hint(goods, counted, price)
    return Line(want=want, goods=goods, price=price, amount=price.times(want.quantity), complaint=complaint, hint=hint)


def _hint(goods: Sellable, counted: Decimal, price: Money) -> Hint | None:
    following = next_tier(goods.tiers, counted)
    if following is None or (goods.max_quantity is not None and following.from_quantity > goods.max_quantity):
        return None
    return Hint(more=following.more, price=following.price, saves=price - following.price)


def _groups(lines: Sequence[Line], minimums: Mapping[UUID, Money], currency: str) -> list[Group]:
    by_merchant: dict[UUID, list[Line]] = {}
    for line in lines:
        if line.goods is not None:
            by_merchant.setdefault(line.goods.merchant_id, []).append(line)
    return [_group(merchant_id, mine, minimums.get(merchant_id), currency) for merchant_id, mine in by_merchant.items()]


def _group(merchant_id: UUID, lines: Sequence[Line], minimum: Money | None, currency: str) -> Group:
    first = lines[0].goods
    assert first is not None
    goods = total((line.amount for line in lines if line.counts and line.amount is not None), currency)
    short = minimum - goods if minimum is not None and minimum.currency == currency and goods < minimum else None
    return Group(
        merchant_id=merchant_id,
        merchant_slug=first.merchant_slug,
        merchant_name=first.merchant_name,
        lines=lines,
        goods=goods,
        short_of=short if any(line.counts for line in lines) else None,
    )
