"""What can be said of a merchant, and what cannot: judgement without a database (MA3, MA4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from tenants.accounts.rules import email_complaint, phone_complaint
from tenants.merchants.models import MerchantKind, Ownership, StaffSize
from tenants.regions import queries as regions

SLUG = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
RESERVED = """
    www api app admin console desk shop shops store market media static mail smtp imap ftp help support account accounts about
    blog status cdn assets root system test apply merchants search cart orders home index
"""
RESERVED_SLUGS = frozenset(RESERVED.split())
CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PLAIN_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
FIRST_YEAR = 1850
Complaints = dict[str, str]


def slug_complaint(slug: str) -> str | None:
    """Why this cannot be a shop's address, or None."""
    if not SLUG.match(slug) or not 3 <= len(slug) <= 40:
        return str(_("The address has 3 to 40 small letters, digits and dashes, and begins with a letter."))
    return str(_("This address is kept for the market. Please choose another.")) if slug in RESERVED_SLUGS else None


def is_credit_code(code: str) -> bool:
    """Whether both check characters of a unified social credit code fit (GB 32100-2015, with GB 11714 inside)."""
    if len(code) != 18 or any(sign not in CODE_SIGNS for sign in code):
        return False
    total = sum(CODE_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    rest = -sum(PLAIN_SIGNS.index(sign) * weight for sign, weight in zip(code[8:16], ORGANISATION_WEIGHTS, strict=True)) % 11
    return CODE_SIGNS[-total % 31] == code[17] and ("X" if rest == 10 else str(rest)) == code[16]


def record(entries: Mapping[str, Any], *, year: int) -> Complaints:
    """What is wrong with a merchant's whole record, by field."""
    return {**business(entries, year=year, slug=False), **identity(entries), **contact(entries)}


def business(answers: Mapping[str, Any], *, year: int, slug: bool = True) -> Complaints:
    """What is wrong with what everybody may know, by field; `year` is the present one, `slug`: whether an address is chosen."""
    found: dict[str, str | None] = {}
    if answers.get("kind") not in set(MerchantKind):
        found["kind"] = _("Please choose the kind of merchant.")
    if answers.get("ownership") not in set(Ownership):
        found["ownership"] = _("Please choose to whom the business belongs.")
    elif answers.get("kind") == MerchantKind.TRADER and answers["ownership"] != Ownership.SOLE:
        found["ownership"] = _("An individual trader is a sole proprietor.")
    found["name_zh"] = length(answers.get("name_zh", ""), 2, 60)
    if answers.get("name_en"):
        found["name_en"] = length(answers["name_en"], 2, 60)
    if slug:
        found["slug"] = slug_complaint(answers.get("slug", ""))
    founded = answers.get("founded_year", "")
    if founded and not (founded.isdecimal() and len(founded) == 4 and FIRST_YEAR <= int(founded) <= year):
        found["founded_year"] = _("Please enter a year like 2006.")
    if answers.get("staff_size") and answers["staff_size"] not in set(StaffSize):
        found["staff_size"] = _("Please choose one of these.")
    return said(found)


def identity(answers: Mapping[str, Any]) -> Complaints:
    """What is wrong with the legal identity, by field."""
    code = answers.get("credit_code", "")
    wrong = _("This code does not fit its check characters. Compare it with the business licence, sign by sign.")
    short = _("A unified social credit code has 18 signs.")
    return said(
        {
            "company_name": length(answers.get("company_name", ""), 4, 120),
            "credit_code": unless(is_credit_code(code), wrong if len(code) == 18 else short),
            "legal_person": length(answers.get("legal_person", ""), 2, 60),
            "region": unless(regions.is_whole(answers.get("region", "")), _("Please choose province, city and district.")),
            "address": length(answers.get("address", ""), 4, 200),
        }
    )


def contact(answers: Mapping[str, Any]) -> Complaints:
    """What is wrong with whom the market asks, by field."""
    phone = answers.get("contact_phone", "")
    return said(
        {
            "contact_name": length(answers.get("contact_name", ""), 2, 60),
            "contact_phone": phone_complaint(phone) if phone else _("Please enter a telephone number."),
            "contact_email": email_complaint(answers.get("contact_email", "")),
        }
    )


def said(found: Mapping[str, str | None]) -> Complaints:
    """The complaints among the answers of checks."""
    return {field: str(sentence) for field, sentence in found.items() if sentence}


def length(text: str, least: int, most: int) -> str | None:
    """Why a text is too short or too long, or None."""
    if not text:
        return str(_("Please fill this in."))
    if len(text) < least:
        return str(_("At least %(least)s characters, please.", least=least))
    return str(_("At most %(most)s characters, please.", most=most)) if len(text) > most else None


def unless(fine: bool, sentence: str) -> str | None:
    """The sentence, unless all is fine."""
    return None if fine else sentence
