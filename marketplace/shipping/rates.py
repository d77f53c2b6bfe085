"""Freight calculation without I/O: from rates, items and a region to an amount, or the reason why there is no delivery."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.formatting import format_number
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.money import Money

MAX_AMOUNT_MINOR = 100_000_000
"""One million in minor units. Multiplied by the steps of the largest order, it still fits into a ledger amount."""
MIN_UNITS, MAX_UNITS = Decimal("0.001"), Decimal(1_000_000)


class RateBasis(LabeledStrEnum):
    """The measure that freight depends on."""

    FLAT = "flat", _l("Flat: one price for the order")
    WEIGHT = "weight", _l("By weight")
    PIECE = "piece", _l("By piece")


@dataclass(frozen=True, kw_only=True)
class ShippingItem:
    """Goods to ship: quantity, weight of one unit, value."""

    quantity: Decimal
    weight_grams: int  # of one unit
    amount: Money


@dataclass(frozen=True, kw_only=True)
class Zone:
    """The price of shipping to some regions. Without region prefixes: to all regions that no other zone lists.

    `base_minor` covers the first `base_units` (kilograms or pieces); `step_minor` is added for each further `step_units` begun.
    """

    name: str = ""
    regions: tuple[str, ...] = ()
    excluded: bool = False
    base_minor: int = 0
    base_units: Decimal = Decimal(1)
    step_minor: int = 0
    step_units: Decimal = Decimal(1)
    free_above_minor: int | None = None

    def match_length(self, region_code: str) -> int:
        """Return the length of the longest matching region prefix; 0 for a catch-all zone, -1 if none matches."""
        if not self.regions:
            return 0
        return max((len(prefix) for prefix in self.regions if region_code.startswith(prefix)), default=-1)


@dataclass(frozen=True, kw_only=True)
class FreightRates:
    """The freight rates of a merchant: one basis and its zones."""

    basis: RateBasis = RateBasis.FLAT
    currency: str = "CNY"
    zones: tuple[Zone, ...] = ()

    def iter_errors(self, *, region_name: Callable[[str], str] = str) -> Iterator[tuple[str, str]]:
        """Yield validation errors as (form field such as `zone-0-first`, message).

        Args:
            region_name: Returns the name of a region code, for messages.
        """
        catch_all_zones = [index for index, zone in enumerate(self.zones) if not zone.regions]
        for index in catch_all_zones[1:]:
            yield (
                f"zone-{index}-regions",
                _("Zone %(n)s stands for everywhere else already: choose regions here.", n=catch_all_zones[0] + 1),
            )
        zone_by_prefix: dict[str, int] = {}
        for index, zone in enumerate(self.zones):
            duplicates = [prefix for prefix in zone.regions if prefix in zone_by_prefix]
            if duplicates:
                message = _(
                    "%(region)s stands in zone %(n)s already; name it once.",
                    region=region_name(duplicates[0]),
                    n=zone_by_prefix[duplicates[0]] + 1,
                )
                yield f"zone-{index}-regions", message
            zone_by_prefix |= {prefix: index for prefix in zone.regions if prefix not in zone_by_prefix}
            yield from ((f"zone-{index}-{field}", message) for field, message in _iter_zone_errors(zone, self.currency))

    def to_json(self) -> dict[str, Any]:
        """Return the rates as JSON values."""
        return {
            "basis": self.basis.value,
            "currency": self.currency,
            "zones": [
                {
                    "name": zone.name,
                    "regions": list(zone.regions),
                    "excluded": zone.excluded,
                    "base_minor": zone.base_minor,
                    "base_units": str(zone.base_units),
                    "step_minor": zone.step_minor,
                    "step_units": str(zone.step_units),
                    "free_above_minor": zone.free_above_minor,
                }
                for zone in self.zones
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the rates stored by `to_json`."""
        zones = tuple(
            Zone(
                **{
                    **zone_data,
                    "regions": tuple(zone_data["regions"]),
                    "base_units": Decimal(zone_data["base_units"]),
                    "step_units": Decimal(zone_data["step_units"]),
                }
            )
            for zone_data in data["zones"]
        )
        return cls(basis=RateBasis(data["basis"]), currency=data["currency"], zones=zones)


@dataclass(frozen=True, kw_only=True)
class ShippingQuote:
    """A freight amount, or the reason why there is no delivery. `amount_to_free` is missing to free freight."""

    freight: Money
    undeliverable_reason: str = ""
    amount_to_free: Money | None = None
    explanation: str = ""


def validate_amount(amount: Money) -> str:
    """Return why an amount is invalid in freight rates; empty if it is valid."""
    maximum = Money(MAX_AMOUNT_MINOR, amount.currency)
    if amount.minor < 0:
        return str(_("An amount cannot be negative."))
    return str(_("At most %(most)s.", most=format_number(maximum.amount))) if amount > maximum else ""


def validate_units(units: Decimal) -> str:
    """Return why a number of kilograms or pieces is invalid in freight rates; empty if it is valid."""
    if MIN_UNITS <= units <= MAX_UNITS:
        return ""
    return str(_("Enter a number from %(least)s to %(most)s.", least=format_number(MIN_UNITS), most=format_number(MAX_UNITS)))


def quote_shipping(rates: FreightRates | None, items: Sequence[ShippingItem], region_code: str, currency: str) -> ShippingQuote:
    """Calculate the freight of items to a region; a merchant without rates ships free of charge."""
    zero = Money.zero(currency)
    if rates is None or not rates.zones or not items:
        return ShippingQuote(freight=zero, explanation=_("Freight included"))
    zone = match_zone(rates, region_code)
    if zone is None or zone.excluded:
        return ShippingQuote(
            freight=zero, undeliverable_reason=_("This merchant does not deliver to this region. Choose another address.")
        )
    items_value_minor = sum(item.amount.minor for item in items)
    if zone.free_above_minor is not None and items_value_minor >= zone.free_above_minor:
        return ShippingQuote(freight=zero, explanation=_("Free from this amount on"))
    freight = Money(_freight_minor(rates.basis, zone, items), rates.currency)
    amount_to_free = (
        Money(zone.free_above_minor - items_value_minor, rates.currency)
        if zone.free_above_minor is not None and freight.minor
        else None
    )
    return ShippingQuote(freight=freight, amount_to_free=amount_to_free, explanation=str(rates.basis.label))


def match_zone(rates: FreightRates, region_code: str) -> Zone | None:
    """Return the zone with the longest matching prefix, else the catch-all zone, else None."""
    matches = [(zone.match_length(region_code), zone) for zone in rates.zones]
    best = max(matches, key=lambda pair: pair[0], default=(-1, None))
    return best[1] if best[0] >= 0 else None


def _freight_minor(basis: RateBasis, zone: Zone, items: Sequence[ShippingItem]) -> int:
    if basis is RateBasis.FLAT:
        return zone.base_minor
    units = _billable_units(basis, items)
    extra_units = units - zone.base_units
    steps = (extra_units / zone.step_units).to_integral_value(rounding=ROUND_CEILING) if extra_units > 0 else Decimal(0)
    return zone.base_minor + zone.step_minor * int(steps)


def _billable_units(basis: RateBasis, items: Sequence[ShippingItem]) -> Decimal:
    if basis is RateBasis.PIECE:
        return sum((item.quantity for item in items), Decimal(0))
    grams = sum((item.quantity * item.weight_grams for item in items), Decimal(0))
    return grams / 1000


def _iter_zone_errors(zone: Zone, currency: str) -> Iterator[tuple[str, str]]:
    for field, amount in (("first", zone.base_minor), ("more", zone.step_minor), ("free_above", zone.free_above_minor or 0)):
        if message := validate_amount(Money(amount, currency)):
            yield field, message
    if zone.free_above_minor == 0:
        yield "free_above", _("Enter an amount above 0, or leave it empty.")
    for field, units in (("first_units", zone.base_units), ("more_units", zone.step_units)):
        if message := validate_units(units):
            yield field, message
    if any(not prefix.isdigit() or len(prefix) not in (2, 4, 6) for prefix in zone.regions):
        yield "regions", _("A region is a province, a city or a district of the list.")
