"""The merchants: all four kinds, from the textile regions of China, and some that are still applying."""

from dataclasses import dataclass
from random import Random

from demo import merchant_texts
from demo.credit_codes import credit_code
from demo.localized_string import LocalizedString
from demo.names import random_person_name
from demo.tables import read_rows

ROLES = ("owner", "manager", "merchandiser", "service", "warehouse", "finance")


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of a merchant's staff."""

    role: str
    name: LocalizedString
    email: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A freight zone in fen, kilograms or pieces; without regions (division prefixes), everywhere else."""

    name: LocalizedString
    regions: tuple[str, ...]
    first: int
    first_units: int
    additional: int
    additional_units: int
    free_above: int | None = None
    not_served: bool = False


@dataclass(frozen=True, slots=True)
class Freight:
    """A merchant's freight rates: ``flat``, ``weight`` or ``piece``, its zones, and its carriers."""

    basis: str
    zones: tuple[Zone, ...]
    carriers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """A seller. ``state``: ``trading``, ``applied`` (waits for review) or ``changes_requested``.

    ``logo`` has ground colour, figure colour and the number of the figure. ``categories`` is its business scope.
    """

    slug: str
    name: LocalizedString
    legal_name: str
    kind: str
    ownership: str
    division: str
    region: LocalizedString
    address: str
    founded: int
    staff_size: str
    credit_code: str
    accent: str
    logo: tuple[str, str, int]
    introduction: LocalizedString
    announcement: LocalizedString
    categories: tuple[str, ...]
    brand: LocalizedString
    freight: Freight
    staff: tuple[Colleague, ...]
    response_minutes: int
    state: str = "trading"


def _parse_merchant(row: str) -> Merchant:
    slug, _, kind, ownership, division, *remaining = row.split("|")
    zh, en, founded, staff, accent, logo_figure, categories, state = remaining
    rng = Random(f"merchant:{slug}")  # noqa: S311 - a demo, not a secret
    merchant_text = merchant_texts.MERCHANT_TEXTS[slug]
    return Merchant(
        slug=slug, name=merchant_text.name, legal_name=merchant_text.legal_name, kind=kind, ownership=ownership,
        division=division, region=LocalizedString(zh, en), address=merchant_text.address, founded=int(founded), staff_size=staff,
        credit_code=credit_code(rng, division, sole_trader=ownership == "sole"), accent=accent,
        logo=(accent, "#f4ecdc", int(logo_figure)), introduction=merchant_text.introduction,
        announcement=merchant_text.announcement, categories=tuple(categories.split()), brand=merchant_text.brand,
        freight=_freight(rng, kind, division[:2]),
        staff=_staff(rng, slug, kind), response_minutes=rng.choice((3, 5, 8, 12, 20, 35, 60)), state=state,
    )  # fmt: skip


_FAR = ("54", "65", "63", "62", "64", "15")  # Tibet, Xinjiang, Qinghai, Gansu, Ningxia, Inner Mongolia
_ISLANDS = ("71", "81", "82")


def _freight(rng: Random, kind: str, home: str) -> Freight:
    """Return the rates: manufacturers and dealers by weight, agents by piece, traders flat; free above an amount."""
    basis = "piece" if kind == "agent" else "flat" if kind == "trader" else "weight"
    first, additional = {"weight": (1200, 180), "piece": (1000, 100), "flat": (1500, 0)}[basis]
    above = rng.choice((50_000, 80_000, 100_000, 200_000))
    zones = (
        Zone(LocalizedString("本省", "Home province"), (home,), first * 2 // 3, 5, additional // 2, 1, above // 2),
        Zone(
            LocalizedString("西北偏远", "Far north-west"), tuple(p for p in _FAR if p != home), first * 2, 5, additional * 3, 1
        ),
        Zone(LocalizedString("港澳台", "Hong Kong, Macao, Taiwan"), _ISLANDS, 0, 1, 0, 1, None, True),
        Zone(LocalizedString("全国其他", "Elsewhere"), (), first, 5, additional, 1, above),
    )
    heavy = ("deppon", "ane") if kind == "manufacturer" else ("zto", "yto")
    return Freight(basis, zones, (*heavy, "sf"))


def _staff(rng: Random, slug: str, kind: str) -> tuple[Colleague, ...]:
    """Return the staff: traders have one or two members, manufacturers every role."""
    roles = ROLES if kind == "manufacturer" else ROLES[:4] if kind != "trader" else ("owner", "service")
    return tuple(Colleague(role, random_person_name(rng), f"{role}@{slug}.example.com") for role in roles)


MERCHANTS: tuple[Merchant, ...] = tuple(map(_parse_merchant, read_rows("merchants")))
TRADING: tuple[Merchant, ...] = tuple(merchant for merchant in MERCHANTS if merchant.state == "trading")
REFERENCE_PREFIXES: dict[str, str] = {row.split("|")[0]: row.split("|")[1] for row in read_rows("merchants")}
BY_SLUG: dict[str, Merchant] = {merchant.slug: merchant for merchant in MERCHANTS}
