"""A merchant's record as a form shows it: what everybody may know, and what the merchant legally is (MA3, MA4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from tenants.merchants.models import LegalProfile, Merchant, MerchantKind, Ownership, StaffSize
from tenants.regions import queries as regions

PUBLIC = {
    "kind": _l("Kind of merchant"),
    "ownership": _l("Ownership"),
    "name_zh": _l("Shop name in Chinese"),
    "name_en": _l("Shop name in English"),
    "founded_year": _l("Founded in"),
    "staff_size": _l("Number of employees"),
}
LEGAL = {
    "company_name": _l("Registered name"),
    "credit_code": _l("Unified social credit code"),
    "legal_person": _l("Legal representative"),
    "region": _l("Region"),
    "address": _l("Registered address"),
    "contact_name": _l("Contact person"),
    "contact_phone": _l("Telephone"),
    "contact_email": _l("E-mail"),
}
LABELS = {**PUBLIC, **LEGAL}
SAME = tuple(name for name in LEGAL if name != "region")


@dataclass(frozen=True, kw_only=True)
class Legal:
    """What a merchant legally is."""

    company_name: str
    credit_code: str
    legal_person: str
    region_code: str
    address: str
    contact_name: str
    contact_phone: str
    contact_email: str


@dataclass(frozen=True, kw_only=True)
class Public:
    """What everybody may know of a merchant."""

    slug: str
    name: dict[str, str]
    kind: MerchantKind
    ownership: Ownership
    founded_year: int | None = None
    staff_size: str = ""
    introduction: str = ""


def entries_of(merchant: Merchant, legal: LegalProfile | None) -> dict[str, str]:
    """The record as a form's entries."""
    known = {
        "kind": merchant.kind.value,
        "ownership": merchant.ownership.value,
        "name_zh": merchant.name.get("zh_Hans", ""),
        "name_en": merchant.name.get("en", ""),
        "founded_year": str(merchant.founded_year or ""),
        "staff_size": merchant.staff_size,
        "region": legal.region_code if legal else merchant.region_code,
    }
    return known | {name: getattr(legal, name) if legal else "" for name in SAME}


def shown(name: str, entry: str) -> str:
    """An entry as people read it, in the reader's language; nothing for none."""
    words: dict[str, Callable[[str], Any]] = {
        "kind": lambda value: MerchantKind(value).label,
        "ownership": lambda value: Ownership(value).label,
        "staff_size": lambda value: StaffSize(value).label,
        "region": regions.full_name,
    }
    return str(words[name](entry)) if name in words and entry else entry


def mark(entries: Mapping[str, Any]) -> str:
    """A short word for just these entries: a form that was made from others is out of date."""
    return hashlib.sha256(json.dumps(dict(entries), sort_keys=True).encode()).hexdigest()[:16]


def labels(names: Iterable[str]) -> list[str]:
    """What these entries are called, in the order of the form."""
    wanted = set(names)
    return [str(label) for name, label in LABELS.items() if name in wanted]


def public_of(entries: Mapping[str, Any]) -> Public:
    """What everybody may know, from entries that were found to be right."""
    names = {"zh_Hans": entries["name_zh"], "en": entries.get("name_en", "")}
    return Public(
        slug=entries.get("slug", ""),
        name={locale: name for locale, name in names.items() if name},
        kind=MerchantKind(entries["kind"]),
        ownership=Ownership(entries["ownership"]),
        founded_year=int(entries["founded_year"]) if entries.get("founded_year") else None,
        staff_size=entries.get("staff_size", ""),
        introduction=entries.get("introduction", ""),
    )


def legal_of(entries: Mapping[str, Any]) -> Legal:
    """The legal identity, from entries that were found to be right."""
    return Legal(region_code=entries["region"], **{name: entries[name] for name in SAME})
