"""Who buys: makers, shops and people all over China, each with addresses and a taste."""

from dataclasses import dataclass
from random import Random

from .identity import credit_code
from .people import mobile, person
from .tables import rows
from .texts import Said


@dataclass(frozen=True, slots=True)
class Address:
    """Where goods go: a person, a number, a division code of six digits and the rest of the way."""

    recipient: str
    phone: str
    division: str
    region: str
    street: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A buyer. ``kind``: ``company`` or ``person``. ``likes`` are shelves; ``appetite`` is how much and how often it orders."""

    slug: str
    name: Said
    kind: str
    contact: Said
    email: str
    phone: str
    credit_code: str
    addresses: tuple[Address, ...]
    likes: tuple[str, ...]
    appetite: float
    since_days: int


def _buyer(row: str) -> Buyer:
    slug, zh, en, kind, division, region, street, likes, appetite, since = row.split("|")
    dice = Random(f"buyer:{slug}")  # noqa: S311 - a demo, not a secret
    company = kind == "company"
    contact = person(dice) if company else Said(zh, en)
    first = Address(contact.zh, mobile(dice), division, region, street)
    other = person(dice)
    second = Address(other.zh, mobile(dice), division, region, f"{street.split('号')[0]}号后门仓库")
    return Buyer(
        slug=slug, name=Said(zh, en), kind=kind, contact=contact, email=f"{slug}@buyers.example.com", phone=first.phone,
        credit_code=credit_code(dice, division) if company else "", addresses=(first, second) if company else (first,),
        likes=tuple(likes.split()), appetite=float(appetite), since_days=int(since),
    )  # fmt: skip


BUYERS: tuple[Buyer, ...] = tuple(map(_buyer, rows("buyers")))
BY_SLUG: dict[str, Buyer] = {buyer.slug: buyer for buyer in BUYERS}
