"""What an application must say: judgement without a database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from tenants.accounts.rules import email_complaint, phone_complaint
from tenants.admission.fields import Step
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


def complaints(step: Step, answers: Mapping[str, Any], *, year: int) -> Complaints:
    """Why the answers of one page cannot be handed in, by field; `year` is the present one."""
    checks = {Step.IDENTITY: _identity, Step.CONTACT: _contact, Step.GOODS: _goods, Step.PAPERS: _papers}
    found = checks[step](answers) if step in checks else {}
    if step is Step.BUSINESS:
        found = _business(answers, year)
    return {field: str(sentence) for field, sentence in found.items() if sentence}


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


def _business(answers: Mapping[str, Any], year: int) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    if answers.get("kind") not in set(MerchantKind):
        found["kind"] = _("Please choose what kind of merchant you are.")
    if answers.get("ownership") not in set(Ownership):
        found["ownership"] = _("Please choose to whom the business belongs.")
    elif answers.get("kind") == MerchantKind.TRADER and answers["ownership"] != Ownership.SOLE:
        found["ownership"] = _("An individual trader is a sole proprietor.")
    found["name_zh"] = _length(answers.get("name_zh", ""), 2, 60)
    if answers.get("name_en"):
        found["name_en"] = _length(answers["name_en"], 2, 60)
    found["slug"] = slug_complaint(answers.get("slug", ""))
    founded = answers.get("founded_year", "")
    if founded and not (founded.isdecimal() and len(founded) == 4 and FIRST_YEAR <= int(founded) <= year):
        found["founded_year"] = _("Please enter a year like 2006.")
    if answers.get("staff_size") and answers["staff_size"] not in set(StaffSize):
        found["staff_size"] = _("Please choose one of these.")
    return found


def _identity(answers: Mapping[str, Any]) -> dict[str, str | None]:
    code = answers.get("credit_code", "")
    wrong = _("This code does not fit its check characters. Compare it with the business licence, sign by sign.")
    short = _("A unified social credit code has 18 signs.")
    return {
        "company_name": _length(answers.get("company_name", ""), 4, 120),
        "credit_code": _unless(is_credit_code(code), wrong if len(code) == 18 else short),
        "legal_person": _length(answers.get("legal_person", ""), 2, 60),
        "region": _unless(regions.is_whole(answers.get("region", "")), _("Please choose province, city and district.")),
        "address": _length(answers.get("address", ""), 4, 200),
    }


def _contact(answers: Mapping[str, Any]) -> dict[str, str | None]:
    phone = answers.get("contact_phone", "")
    return {
        "contact_name": _length(answers.get("contact_name", ""), 2, 60),
        "contact_phone": phone_complaint(phone) if phone else _("Please enter a telephone number."),
        "contact_email": email_complaint(answers.get("contact_email", "")),
    }


def _goods(answers: Mapping[str, Any]) -> dict[str, str | None]:
    return {
        "scopes": _unless(bool(answers.get("scopes")), _("Please choose at least one category.")),
        "introduction": _length(answers.get("introduction", ""), 20, 1000),
    }


def _papers(answers: Mapping[str, Any]) -> dict[str, str | None]:
    found: dict[str, str | None] = {
        "licence": _unless(bool(answers.get("licence")), _("Please add a picture or PDF of the business licence.")),
        "agreement": _unless(bool(answers.get("agreement")), _("Please read and accept the agreement.")),
    }
    if answers.get("kind") == MerchantKind.AGENT and not answers.get("authorisation"):
        found["authorisation"] = _("An agent needs the authorisation of the brand. Please add it.")
    return found


def _length(text: str, least: int, most: int) -> str | None:
    if not text:
        return str(_("Please fill this in."))
    if len(text) < least:
        return str(_("At least %(least)s characters, please.", least=least))
    return str(_("At most %(most)s characters, please.", most=most)) if len(text) > most else None


def _unless(fine: bool, sentence: str) -> str | None:
    return None if fine else sentence
