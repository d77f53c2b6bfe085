"""A product of the demo market as plain data."""

from dataclasses import dataclass, field

from marketplace.catalogue.drawing import Picture

from .texts import Said

Value = str | int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tier:
    """From this quantity on, one unit costs ``fen``."""

    quantity: int
    fen: int


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of an axis: its code, its names, and for colours the dye to show."""

    code: str
    name: Said
    hex: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """What variants differ in: ``colour``, ``width`` or ``size``."""

    code: str
    name: Said
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """What can be ordered: SKU, chosen options, stock on hand, and a price ladder of its own where it differs."""

    sku: str
    options: dict[str, str]
    stock: int
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a product: the name of its files, what to draw, what it shows, and of which colour."""

    name: str
    picture: Picture
    alt: Said
    colour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product as its merchant would list it; ``state`` is where it stands: on sale, in review, draft, off sale, rejected."""

    reference: str
    merchant: str
    category: str
    brand: Said
    title: Said
    description: Said
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
    rejection: Said | None = None
