"""The buyers: companies and people all over China, each with addresses and preferred categories."""

from dataclasses import dataclass
from random import Random

from demo.credit_codes import credit_code
from demo.localized_string import LocalizedString
from demo.names import random_mobile_number, random_person_name
from demo.tables import read_rows


@dataclass(frozen=True, slots=True)
class Address:
    """A delivery address: recipient, phone number, division code of six digits, region and street."""

    recipient: str
    phone: str
    division: str
    region: str
    street: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A buyer. ``kind``: ``company`` or ``person``; ``order_weight`` is how much and how often it orders."""

    slug: str
    name: LocalizedString
    kind: str
    contact: LocalizedString
    email: str
    phone: str
    credit_code: str
    addresses: tuple[Address, ...]
    preferred_categories: tuple[str, ...]
    order_weight: float
    since_days: int


def _buyer(row: str) -> Buyer:
    slug, zh, en, kind, division, region, street, preferred_categories, order_weight, since = row.split("|")
    rng = Random(f"buyer:{slug}")  # noqa: S311 - a demo, not a secret
    company = kind == "company"
    contact = random_person_name(rng) if company else LocalizedString(zh, en)
    first = Address(contact.zh, random_mobile_number(rng), division, region, street)
    other = random_person_name(rng)
    second = Address(other.zh, random_mobile_number(rng), division, region, f"{street.split('号')[0]}号后门仓库")
    return Buyer(
        slug=slug, name=LocalizedString(zh, en), kind=kind, contact=contact, email=f"{slug}@buyers.example.com",
        phone=first.phone, credit_code=credit_code(rng, division) if company else "",
        addresses=(first, second) if company else (first,),
        preferred_categories=tuple(preferred_categories.split()), order_weight=float(order_weight), since_days=int(since),
    )  # fmt: skip


BUYERS: tuple[Buyer, ...] = tuple(map(_buyer, read_rows("buyers")))
BY_SLUG: dict[str, Buyer] = {buyer.slug: buyer for buyer in BUYERS}
