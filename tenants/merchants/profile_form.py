"""A merchant's profile as form data: public fields and legal identity (MA3, MA4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from tenants.merchants.models import LegalProfile, Merchant, MerchantKind, Ownership, StaffSize
from tenants.regions import queries as regions

PUBLIC_LABELS = {
    "kind": _l("Kind of merchant"),
    "ownership": _l("Ownership"),
    "name_zh": _l("Shop name in Chinese"),
    "name_en": _l("Shop name in English"),
    "founded_year": _l("Founded in"),
    "staff_size": _l("Number of employees"),
}
LEGAL_LABELS = {
    "company_name": _l("Registered name"),
    "credit_code": _l("Unified social credit code"),
    "legal_person": _l("Legal representative"),
    "region": _l("Region"),
    "address": _l("Registered address"),
    "contact_name": _l("Contact person"),
    "contact_phone": _l("Telephone"),
    "contact_email": _l("E-mail"),
}
FIELD_LABELS = {**PUBLIC_LABELS, **LEGAL_LABELS}
LEGAL_TEXT_FIELDS = tuple(name for name in LEGAL_LABELS if name != "region")


@dataclass(frozen=True, kw_only=True)
class LegalIdentity:
    """The legal identity of a merchant."""

    company_name: str
    credit_code: str
    legal_person: str
    region_code: str
    address: str
    contact_name: str
    contact_phone: str
    contact_email: str


@dataclass(frozen=True, kw_only=True)
class PublicProfile:
    """The public fields of a merchant."""

    slug: str
    name: dict[str, str]
    kind: MerchantKind
    ownership: Ownership
    founded_year: int | None = None
    staff_size: str = ""
    introduction: str = ""


def to_form_data(merchant: Merchant, legal: LegalProfile | None) -> dict[str, str]:
    """Return the profile as form data."""
    data = {
        "kind": merchant.kind.value,
        "ownership": merchant.ownership.value,
        "name_zh": merchant.name.get("zh_Hans", ""),
        "name_en": merchant.name.get("en", ""),
        "founded_year": str(merchant.founded_year or ""),
        "staff_size": merchant.staff_size,
        "region": legal.region_code if legal else merchant.region_code,
    }
    return data | {name: getattr(legal, name) if legal else "" for name in LEGAL_TEXT_FIELDS}


def display_value(name: str, value: str) -> str:
    """Return a form value formatted for display, in the reader's language; empty for no value."""
    formatters: dict[str, Callable[[str], Any]] = {
        "kind": lambda code: MerchantKind(code).label,
        "ownership": lambda code: Ownership(code).label,
        "staff_size": lambda code: StaffSize(code).label,
        "region": regions.full_name,
    }
    return str(formatters[name](value)) if name in formatters and value else value


def form_etag(entries: Mapping[str, Any]) -> str:
    """Return an etag of these values: a form that was made from other values is stale."""
    return hashlib.sha256(json.dumps(dict(entries), sort_keys=True).encode()).hexdigest()[:16]


def field_labels(names: Iterable[str]) -> list[str]:
    """Return the labels of these fields, in the order of the form."""
    selected = set(names)
    return [str(label) for name, label in FIELD_LABELS.items() if name in selected]


def to_public_profile(entries: Mapping[str, Any]) -> PublicProfile:
    """Return the public fields of validated form data."""
    names = {"zh_Hans": entries["name_zh"], "en": entries.get("name_en", "")}
    return PublicProfile(
        slug=entries.get("slug", ""),
        name={locale: name for locale, name in names.items() if name},
        kind=MerchantKind(entries["kind"]),
        ownership=Ownership(entries["ownership"]),
        founded_year=int(entries["founded_year"]) if entries.get("founded_year") else None,
        staff_size=entries.get("staff_size", ""),
        introduction=entries.get("introduction", ""),
    )


def to_legal_identity(entries: Mapping[str, Any]) -> LegalIdentity:
    """Return the legal identity of validated form data."""
    return LegalIdentity(region_code=entries["region"], **{name: entries[name] for name in LEGAL_TEXT_FIELDS})
