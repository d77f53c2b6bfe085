"""What freight costs: a merchant's rules applied to what goes where. Pure: rules and goods in, an amount or a refusal out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.labels import Labelled
from marketplace.kernel.money import Money
from marketplace.kernel.words import number

LARGEST_AMOUNT = 100_000_000
"""A million, in minor units: times as many steps as an order can have it still is an amount that the books can hold."""
SMALLEST_UNITS, LARGEST_UNITS = Decimal("0.001"), Decimal(1_000_000)


class Basis(Labelled):
    """By what freight grows."""

    FLAT = "flat", _l("Flat: one price for the order")
    WEIGHT = "weight", _l("By weight")
    PIECE = "piece", _l("By piece")


@dataclass(frozen=True, kw_only=True)
class Item:
    """What is to be carried: how many pieces, what they weigh, what they are worth."""

    quantity: Decimal
    weight_grams: int  # of one unit
    amount: Money


@dataclass(frozen=True, kw_only=True)
class Zone:
    """What it costs to carry into some regions. No prefixes: everywhere that no other zone names.

    `first` covers the first `first_units` (kilograms or pieces); `more` is added for each further `more_units` begun.
    """

    name: str = ""
    regions: tuple[str, ...] = ()
    refused: bool = False
    first: int = 0
    first_units: Decimal = Decimal(1)
    more: int = 0
    more_units: Decimal = Decimal(1)
    free_above: int | None = None

    def matches(self, region_code: str) -> int:
        """How precisely this zone names a region: the length of the longest prefix that fits, 0 for everywhere, -1 for no."""
        if not self.regions:
            return 0
        return max((len(prefix) for prefix in self.regions if region_code.startswith(prefix)), default=-1)


@dataclass(frozen=True, kw_only=True)
class FreightRules:
    """A merchant's freight: one basis and its zones."""

    basis: Basis = Basis.FLAT
    currency: str = "CNY"
    zones: tuple[Zone, ...] = ()

    def complaints(self, *, called: Callable[[str], str] = str) -> Iterator[tuple[str, str]]:
        """Why these rules cannot be saved: (field such as `zone-0-first`, sentence). `called` says what a region is called."""
        everywhere = [n for n, zone in enumerate(self.zones) if not zone.regions]
        for n in everywhere[1:]:
            yield (
                f"zone-{n}-regions",
                _("Zone %(n)s stands for everywhere else already: choose regions here.", n=everywhere[0] + 1),
            )
        named: dict[str, int] = {}
        for n, zone in enumerate(self.zones):
            twice = [prefix for prefix in zone.regions if prefix in named]
            if twice:
                said = _(
                    "%(region)s stands in zone %(n)s already; name it once.", region=called(twice[0]), n=named[twice[0]] + 1
                )
                yield f"zone-{n}-regions", said
            named |= {prefix: n for prefix in zone.regions if prefix not in named}
            yield from ((f"zone-{n}-{field}", said) for field, said in _zone_complaints(zone, self.currency))

    def to_json(self) -> dict[str, Any]:
        """The rules as plain JSON values."""
        return {
            "basis": self.basis.value,
            "currency": self.currency,
            "zones": [
                {
                    "name": zone.name,
                    "regions": list(zone.regions),
                    "refused": zone.refused,
                    "first": zone.first,
                    "first_units": str(zone.first_units),
                    "more": zone.more,
                    "more_units": str(zone.more_units),
                    "free_above": zone.free_above,
                }
                for zone in self.zones
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        zones = tuple(
            Zone(
                **{
                    **plain,
                    "regions": tuple(plain["regions"]),
                    "first_units": Decimal(plain["first_units"]),
                    "more_units": Decimal(plain["more_units"]),
                }
            )
            for plain in data["zones"]
        )
        return cls(basis=Basis(data["basis"]), currency=data["currency"], zones=zones)


@dataclass(frozen=True, kw_only=True)
class Quote:
    """The answer: an amount, or why there is none. `missing` is what would still make it free."""

    freight: Money
    refusal: str = ""
    missing: Money | None = None
    why: str = ""


def amount_complaint(amount: Money) -> str:
    """Why such an amount cannot stand in freight rules; nothing when it can."""
    most = Money(LARGEST_AMOUNT, amount.currency)
    if amount.minor < 0:
        return str(_("An amount cannot be negative."))
    return str(_("At most %(most)s.", most=number(most.amount))) if amount > most else ""


def units_complaint(units: Decimal) -> str:
    """Why so many kilograms or pieces cannot stand in freight rules; nothing when they can."""
    if SMALLEST_UNITS <= units <= LARGEST_UNITS:
        return ""
    return str(_("Enter a number from %(least)s to %(most)s.", least=number(SMALLEST_UNITS), most=number(LARGEST_UNITS)))


def quote(rules: FreightRules | None, items: Sequence[Item], region_code: str, currency: str) -> Quote:
    """What a merchant asks for carrying `items` to a region; a merchant without rules carries for nothing."""
    nothing = Money.zero(currency)
    if rules is None or not rules.zones or not items:
        return Quote(freight=nothing, why=_("Freight included"))
    zone = zone_for(rules, region_code)
    if zone is None or zone.refused:
        return Quote(freight=nothing, refusal=_("This merchant does not deliver to this region. Choose another address."))
    worth = sum(item.amount.minor for item in items)
    if zone.free_above is not None and worth >= zone.free_above:
        return Quote(freight=nothing, why=_("Free from this amount on"))
    freight = Money(_cost(rules.basis, zone, items), rules.currency)
    missing = Money(zone.free_above - worth, rules.currency) if zone.free_above is not None and freight.minor else None
    return Quote(freight=freight, missing=missing, why=str(rules.basis.label))


def zone_for(rules: FreightRules, region_code: str) -> Zone | None:
    """The zone that names the region most precisely, else the one for everywhere else."""
    fitting = [(zone.matches(region_code), zone) for zone in rules.zones]
    best = max(fitting, key=lambda pair: pair[0], default=(-1, None))
    return best[1] if best[0] >= 0 else None


def _cost(basis: Basis, zone: Zone, items: Sequence[Item]) -> int:
    if basis is Basis.FLAT:
        return zone.first
    size = _size(basis, items)
    beyond = size - zone.first_units
    steps = (beyond / zone.more_units).to_integral_value(rounding=ROUND_CEILING) if beyond > 0 else Decimal(0)
    return zone.first + zone.more * int(steps)


def _size(basis: Basis, items: Sequence[Item]) -> Decimal:
    if basis is Basis.PIECE:
        return sum((item.quantity for item in items), Decimal(0))
    grams = sum((item.quantity * item.weight_grams for item in items), Decimal(0))
    return grams / 1000


def _zone_complaints(zone: Zone, currency: str) -> Iterator[tuple[str, str]]:
    for field, amount in (("first", zone.first), ("more", zone.more), ("free_above", zone.free_above or 0)):
        if said := amount_complaint(Money(amount, currency)):
            yield field, said
    if zone.free_above == 0:
        yield "free_above", _("Enter an amount above 0, or leave it empty.")
    for field, units in (("first_units", zone.first_units), ("more_units", zone.more_units)):
        if said := units_complaint(units):
            yield field, said
    if any(not prefix.isdigit() or len(prefix) not in (2, 4, 6) for prefix in zone.regions):
        yield "regions", _("A region is a province, a city or a district of the list.")
