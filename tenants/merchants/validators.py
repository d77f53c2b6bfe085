"""Validators for a merchant's profile; no database access (MA3, MA4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from tenants.accounts.validators import validate_email_address, validate_phone
from tenants.merchants.models import MerchantKind, Ownership, StaffSize
from tenants.regions import queries as regions

SLUG_PATTERN = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
RESERVED_SLUG_LIST = """
    www api app admin console desk shop shops store market media static mail smtp imap ftp help support account accounts about
    blog status cdn assets root system test apply merchants search cart orders home index
"""
RESERVED_SLUGS = frozenset(RESERVED_SLUG_LIST.split())
CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_CODE_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
MIN_FOUNDED_YEAR = 1850
FieldErrors = dict[str, str]


def validate_slug(slug: str) -> str | None:
    """Return why this cannot be a shop's address, or None."""
    if not SLUG_PATTERN.match(slug) or not 3 <= len(slug) <= 40:
        return str(_("The address has 3 to 40 small letters, digits and dashes, and begins with a letter."))
    return str(_("This address is kept for the market. Please choose another.")) if slug in RESERVED_SLUGS else None


def is_valid_credit_code(code: str) -> bool:
    """Return whether both check digits of a unified social credit code match (GB 32100-2015, containing GB 11714)."""
    if len(code) != 18 or any(char not in CREDIT_CODE_ALPHABET for char in code):
        return False
    total = sum(CREDIT_CODE_ALPHABET.index(char) * pow(3, position, 31) for position, char in enumerate(code[:17]))
    check_digit = (
        -sum(
            ORGANISATION_CODE_ALPHABET.index(char) * weight
            for char, weight in zip(code[8:16], ORGANISATION_WEIGHTS, strict=True)
        )
        % 11
    )
    return CREDIT_CODE_ALPHABET[-total % 31] == code[17] and ("X" if check_digit == 10 else str(check_digit)) == code[16]


def validate_profile(entries: Mapping[str, Any], *, year: int) -> FieldErrors:
    """Return the errors of a merchant's whole profile by field."""
    return {**validate_business(entries, year=year, with_slug=False), **validate_legal(entries), **validate_contact(entries)}


def validate_business(answers: Mapping[str, Any], *, year: int, with_slug: bool = True) -> FieldErrors:
    """Return the errors of the public fields; `year` is the current one, `with_slug` includes the shop address."""
    checks: dict[str, str | None] = {}
    if answers.get("kind") not in set(MerchantKind):
        checks["kind"] = _("Please choose the kind of merchant.")
    if answers.get("ownership") not in set(Ownership):
        checks["ownership"] = _("Please choose to whom the business belongs.")
    elif answers.get("kind") == MerchantKind.TRADER and answers["ownership"] != Ownership.SOLE:
        checks["ownership"] = _("An individual trader is a sole proprietor.")
    checks["name_zh"] = validate_length(answers.get("name_zh", ""), 2, 60)
    if answers.get("name_en"):
        checks["name_en"] = validate_length(answers["name_en"], 2, 60)
    if with_slug:
        checks["slug"] = validate_slug(answers.get("slug", ""))
    founded = answers.get("founded_year", "")
    if founded and not (founded.isdecimal() and len(founded) == 4 and MIN_FOUNDED_YEAR <= int(founded) <= year):
        checks["founded_year"] = _("Please enter a year like 2006.")
    if answers.get("staff_size") and answers["staff_size"] not in set(StaffSize):
        checks["staff_size"] = _("Please choose one of these.")
    return drop_none(checks)


def validate_legal(answers: Mapping[str, Any]) -> FieldErrors:
    """Return the errors of the legal identity by field."""
    code = answers.get("credit_code", "")
    checksum_error = _("This code does not fit its check characters. Compare it with the business licence, sign by sign.")
    length_error = _("A unified social credit code has 18 signs.")
    return drop_none(
        {
            "company_name": validate_length(answers.get("company_name", ""), 4, 120),
            "credit_code": error_unless(is_valid_credit_code(code), checksum_error if len(code) == 18 else length_error),
            "legal_person": validate_length(answers.get("legal_person", ""), 2, 60),
            "region": error_unless(regions.is_leaf(answers.get("region", "")), _("Please choose province, city and district.")),
            "address": validate_length(answers.get("address", ""), 4, 200),
        }
    )


def validate_contact(answers: Mapping[str, Any]) -> FieldErrors:
    """Return the errors of the contact person by field."""
    phone = answers.get("contact_phone", "")
    return drop_none(
        {
            "contact_name": validate_length(answers.get("contact_name", ""), 2, 60),
            "contact_phone": validate_phone(phone) if phone else _("Please enter a telephone number."),
            "contact_email": validate_email_address(answers.get("contact_email", "")),
        }
    )


def drop_none(checks: Mapping[str, str | None]) -> FieldErrors:
    """Return the failed checks with their errors as text."""
    return {field: str(error) for field, error in checks.items() if error}


def validate_length(text: str, min_length: int, max_length: int) -> str | None:
    """Return why a text is too short or too long, or None."""
    if not text:
        return str(_("Please fill this in."))
    if len(text) < min_length:
        return str(_("At least %(least)s characters, please.", least=min_length))
    return str(_("At most %(most)s characters, please.", most=max_length)) if len(text) > max_length else None


def error_unless(is_valid: bool, error: str) -> str | None:
    """Return the error unless the value is valid."""
    return None if is_valid else error
