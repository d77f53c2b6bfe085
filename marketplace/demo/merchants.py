"""Who sells: merchants of all four kinds from the textile regions of China, and some that still knock at the door."""

from dataclasses import dataclass
from random import Random

from . import merchant_texts
from .identity import credit_code
from .people import person
from .tables import rows
from .texts import Said

ROLES = ("owner", "manager", "merchandiser", "service", "warehouse", "finance")


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of a merchant's staff."""

    role: str
    name: Said
    email: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A freight zone in fen, kilograms or pieces; without regions (division prefixes), everywhere else."""

    name: Said
    regions: tuple[str, ...]
    first: int
    first_units: int
    more: int
    more_units: int
    free_above: int | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Freight:
    """A merchant's freight: ``flat``, ``weight`` or ``piece``, its zones, and the carriers it hands goods to."""

    basis: str
    zones: tuple[Zone, ...]
    carriers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """A seller. ``state``: ``trading``, ``applied`` (waits for review) or ``changes_requested``.

    ``mark`` is its logo: ground, figure colour and number of the figure. ``categories`` are the shelves of its contract.
    """

    slug: str
    name: Said
    legal_name: str
    kind: str
    ownership: str
    division: str
    region: Said
    address: str
    founded: int
    staff_size: str
    credit_code: str
    accent: str
    mark: tuple[str, str, int]
    introduction: Said
    announcement: Said
    categories: tuple[str, ...]
    brand: Said
    freight: Freight
    staff: tuple[Colleague, ...]
    answers_in_minutes: int
    state: str = "trading"


def _merchant(line: str) -> Merchant:
    slug, _, kind, ownership, division, *rest = line.split("|")
    zh, en, founded, staff, accent, figure, categories, state = rest
    dice = Random(f"merchant:{slug}")  # noqa: S311 - a demo, not a secret
    told = merchant_texts.TOLD[slug]
    return Merchant(
        slug=slug, name=told.name, legal_name=told.legal_name, kind=kind, ownership=ownership, division=division,
        region=Said(zh, en), address=told.address, founded=int(founded), staff_size=staff,
        credit_code=credit_code(dice, division, sole_trader=ownership == "sole"), accent=accent,
        mark=(accent, "#f4ecdc", int(figure)), introduction=told.introduction, announcement=told.announcement,
        categories=tuple(categories.split()), brand=told.brand, freight=_freight(dice, kind, division[:2]),
        staff=_staff(dice, slug, kind), answers_in_minutes=dice.choice((3, 5, 8, 12, 20, 35, 60)), state=state,
    )  # fmt: skip


_FAR = ("54", "65", "63", "62", "64", "15")  # Tibet, Xinjiang, Qinghai, Gansu, Ningxia, Inner Mongolia
_ISLANDS = ("71", "81", "82")


def _freight(dice: Random, kind: str, home: str) -> Freight:
    """Dealers and traders send parcels by weight, makers by freight line, free above an amount."""
    basis = "piece" if kind == "agent" else "flat" if kind == "trader" else "weight"
    first, more = {"weight": (1200, 180), "piece": (1000, 100), "flat": (1500, 0)}[basis]
    above = dice.choice((50_000, 80_000, 100_000, 200_000))
    zones = (
        Zone(Said("本省", "Home province"), (home,), first * 2 // 3, 5, more // 2, 1, above // 2),
        Zone(Said("西北偏远", "Far north-west"), tuple(p for p in _FAR if p != home), first * 2, 5, more * 3, 1),
        Zone(Said("港澳台", "Hong Kong, Macao, Taiwan"), _ISLANDS, 0, 1, 0, 1, None, True),
        Zone(Said("全国其他", "Elsewhere"), (), first, 5, more, 1, above),
    )
    heavy = ("deppon", "ane") if kind == "manufacturer" else ("zto", "yto")
    return Freight(basis, zones, (*heavy, "sf"))


def _staff(dice: Random, slug: str, kind: str) -> tuple[Colleague, ...]:
    """Traders stand alone or in pairs, makers have every post."""
    roles = ROLES if kind == "manufacturer" else ROLES[:4] if kind != "trader" else ("owner", "service")
    return tuple(Colleague(role, person(dice), f"{role}@{slug}.example.com") for role in roles)


MERCHANTS: tuple[Merchant, ...] = tuple(map(_merchant, rows("merchants")))
TRADING: tuple[Merchant, ...] = tuple(merchant for merchant in MERCHANTS if merchant.state == "trading")
LETTERS: dict[str, str] = {row.split("|")[0]: row.split("|")[1] for row in rows("merchants")}
BY_SLUG: dict[str, Merchant] = {merchant.slug: merchant for merchant in MERCHANTS}
