"""Validators for login names, addresses, phone numbers and passwords; pure functions without database or clock."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from flask_babel import gettext as _

from marketplace.kernel.form_input import to_halfwidth

LOGIN_PATTERN = re.compile(r"^[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff_.-]{2,29}$")
# Mobile numbers, numbers with a country code, and 400 or 800 numbers; then landlines: area code, number, extension.
PHONE_PATTERN = re.compile(r"^(\+?86)?1[3-9]\d{9}$|^\+[1-9]\d{6,14}$|^[48]00\d{7}$", re.ASCII)
LANDLINE_PATTERN = re.compile(r"^(010|02\d|0[3-9]\d{2})-?(\d{3,4}-?\d{4})(-\d{1,5})?$", re.ASCII)
PHONE_SEPARATORS = re.compile(r"[\s()（）.\-\u2010-\u2015\uff0d]+")
MIN_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH = 10, 128
MIN_PASSWORD_SCORE = 3  # on zxcvbn's scale from 0 to 4: about 10^8 guesses
RESERVED_LOGINS = frozenset({"admin", "administrator", "root", "system", "market", "console", "support", "jishi", "service"})


def validate_login(login: str) -> str | None:
    """Return why this cannot be a login name, or None."""
    if not login:
        return str(_("Please choose a login name."))
    if not LOGIN_PATTERN.match(login):
        return str(
            _(
                "A login name has 3 to 30 letters, Chinese characters, digits, dots, dashes or underscores, "
                "and begins with a letter or a Chinese character."
            )
        )
    if login.lower() in RESERVED_LOGINS:
        return str(_("This login name is kept for the market. Please choose another."))
    return None


def normalize_email(text: str) -> str | None:
    """Return the address in the stored form, or None if it is invalid; the domain is not looked up."""
    from email_validator import EmailNotValidError, validate_email  # imported lazily: it loads tables of all domains

    try:
        return validate_email(to_halfwidth(text), check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def validate_email_address(text: str) -> str | None:
    """Return why this is no e-mail address, or None."""
    if not text:
        return str(_("Please enter your e-mail address."))
    if normalize_email(text) is None:
        return str(_("This is not an e-mail address. It looks like name@example.com."))
    return None


def normalize_phone(text: str) -> str:
    """Return a phone number in the stored form, however it was separated: 13800138000, +16502530000, 0575-84123456-12."""
    narrowed = to_halfwidth(text)
    joined = PHONE_SEPARATORS.sub("-", narrowed).strip("-")
    if PHONE_PATTERN.match(joined.replace("-", "")):
        return joined.replace("-", "")
    if match := LANDLINE_PATTERN.match(joined):
        area_code, number, extension = match.groups(default="")
        return f"{area_code}-{number.replace('-', '')}{extension}"
    return "".join(narrowed.split())


def validate_phone(text: str) -> str | None:
    """Return why this is no phone number, or None; an empty text is valid."""
    normalized = normalize_phone(text)
    if text and not (PHONE_PATTERN.match(normalized) or LANDLINE_PATTERN.match(normalized)):
        return str(
            _(
                "This is not a telephone number. Enter a mobile number of 11 digits, a landline with its area code "
                "such as 0575-84123456, a 400 or 800 number, or a number from abroad with + and its country code."
            )
        )
    return None


def validate_password(password: str, *, personal_data: tuple[str, ...] = ()) -> str | None:
    """Return why this password is too weak, or None. `personal_data` is what strangers know of the user (login, e-mail)."""
    if len(password) < MIN_PASSWORD_LENGTH:
        return str(_("A password has at least %(least)s characters.", least=MIN_PASSWORD_LENGTH))
    if len(password) > MAX_PASSWORD_LENGTH:
        return str(_("A password has at most %(most)s characters.", most=MAX_PASSWORD_LENGTH))
    user_inputs = [token for text in personal_data for token in (text, *re.split(r"[@._-]", text)) if len(token) > 2]
    from zxcvbn import zxcvbn  # imported lazily: its dictionaries take 12 MB

    result = zxcvbn(password[:72], user_inputs=user_inputs)
    if result["score"] >= MIN_PASSWORD_SCORE:
        return None
    return _password_feedback(result["sequence"], set(map(str.lower, user_inputs)))


def _password_feedback(sequence: list[dict[str, Any]], user_inputs: set[str]) -> str:
    for match in sequence:
        if {str(match.get(key, "")).lower() for key in ("matched_word", "base_token")} & user_inputs:
            return str(_("This password contains your name or address. Choose something that nobody knows of you."))
    patterns = {match.get("pattern") for match in sequence}
    if patterns & {"repeat", "sequence", "spatial"}:
        return str(_("Repeated signs, rows like abcd and rows of keys are guessed first. Use four unrelated words."))
    if "date" in patterns:
        return str(_("Dates are guessed quickly. Use four unrelated words."))
    return str(_("This password is easy to guess. Use four unrelated words, or a few signs more."))


def normalize_login(login: str) -> str:
    """Return a login name in one Unicode form, so that two that look alike are equal."""
    return unicodedata.normalize("NFKC", login).strip()


BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("MicroMessenger", "WeChat"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"))
SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Harmony", "HarmonyOS"),
    ("Android", "Android"),
    ("Linux", "Linux"),
)


def describe_user_agent(user_agent: str | None) -> str:
    """Return browser and system by their common names: "Chrome · Windows"; empty when neither is recognised."""
    user_agent = user_agent or ""
    browser = next((name for marker, name in BROWSERS if marker in user_agent), "Safari" if "Safari/" in user_agent else "")
    system = next((name for marker, name in SYSTEMS if marker in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)
