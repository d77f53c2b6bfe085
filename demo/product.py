"""A product of the demo as plain data."""

from dataclasses import dataclass, field

from demo.drawing import Picture
from demo.localized_string import LocalizedString

Value = str | int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tier:
    """A price tier: from this quantity on, one unit costs ``fen``."""

    quantity: int
    fen: int


@dataclass(frozen=True, slots=True)
class Option:
    """One value of an axis: its code, its names, and for colours the dye to show."""

    code: str
    name: LocalizedString
    hex: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """An option axis of the variants: ``colour``, ``width`` or ``size``."""

    code: str
    name: LocalizedString
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """An orderable variant: SKU, options, stock on hand, and its own price tiers where they differ."""

    sku: str
    options: dict[str, str]
    stock: int
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a product: file name, picture parameters, alternative text, and colour."""

    name: str
    picture: Picture
    alt: LocalizedString
    colour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product as its merchant lists it; ``state``: ``on_sale``, ``in_review``, ``draft``, ``off_sale`` or ``rejected``."""

    reference: str
    merchant: str
    category: str
    brand: LocalizedString
    title: LocalizedString
    description: LocalizedString
    unit: str
    attributes: dict[str, Value] = field(hash=False)
    axes: tuple[Axis, ...]
    variants: tuple[Variant, ...]
    tiers: tuple[Tier, ...]
    minimum: int
    maximum: int | None
    step: int
    grams: int
    lead_days: int
    origin: str
    shots: tuple[Shot, ...]
    state: str
    age_days: int
    rejection: LocalizedString | None = None
