"""What a login, an address and a password must be: judgement without database or clock."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from flask_babel import gettext as _

from marketplace.kernel.forms import narrow

LOGIN = re.compile(r"^[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff_.-]{2,29}$")
# A mobile number, one with a country code, a 400 or 800 number: digits alone. A landline: area code, number, extension.
NUMBER = re.compile(r"^(\+?86)?1[3-9]\d{9}$|^\+[1-9]\d{6,14}$|^[48]00\d{7}$", re.ASCII)
LANDLINE = re.compile(r"^(010|02\d|0[3-9]\d{2})-?(\d{3,4}-?\d{4})(-\d{1,5})?$", re.ASCII)
BETWEEN = re.compile(r"[\s()（）.\-\u2010-\u2015\uff0d]+")
SHORTEST, LONGEST = 10, 128
GOOD_ENOUGH = 3  # of zxcvbn's 0 … 4: about 10^8 guesses
RESERVED = frozenset({"admin", "administrator", "root", "system", "market", "console", "support", "jishi", "service"})


def login_complaint(login: str) -> str | None:
    """Why this cannot be a login name, or None."""
    if not login:
        return str(_("Please choose a login name."))
    if not LOGIN.match(login):
        return str(
            _(
                "A login name has 3 to 30 letters, Chinese characters, digits, dots, dashes or underscores, "
                "and begins with a letter or a Chinese character."
            )
        )
    if login.lower() in RESERVED:
        return str(_("This login name is kept for the market. Please choose another."))
    return None


def email_of(text: str) -> str | None:
    """The address as it is kept, or None when it is none. The domain is not looked up: a letter will tell."""
    from email_validator import EmailNotValidError, validate_email  # tables of the world's domains: for who types an address

    try:
        return validate_email(narrow(text), check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def email_complaint(text: str) -> str | None:
    """Why this is no e-mail address, or None."""
    if not text:
        return str(_("Please enter your e-mail address."))
    if email_of(text) is None:
        return str(_("This is not an e-mail address. It looks like name@example.com."))
    return None


def phone_of(text: str) -> str:
    """A telephone number as it is kept, however its parts were set apart: 13800138000, +16502530000, 0575-84123456-12."""
    typed = narrow(text)
    parts = BETWEEN.sub("-", typed).strip("-")
    if NUMBER.match(parts.replace("-", "")):
        return parts.replace("-", "")
    if found := LANDLINE.match(parts):
        area, number, extension = found.groups(default="")
        return f"{area}-{number.replace('-', '')}{extension}"
    return "".join(typed.split())


def phone_complaint(text: str) -> str | None:
    """Why this is no telephone number, or None; nothing is allowed."""
    kept = phone_of(text)
    if text and not (NUMBER.match(kept) or LANDLINE.match(kept)):
        return str(
            _(
                "This is not a telephone number. Enter a mobile number of 11 digits, a landline with its area code "
                "such as 0575-84123456, a 400 or 800 number, or a number from abroad with + and its country code."
            )
        )
    return None


def password_complaint(password: str, *, known: tuple[str, ...] = ()) -> str | None:
    """Why this password is too weak, or None. `known` is what strangers know of the person (login, e-mail)."""
    if len(password) < SHORTEST:
        return str(_("A password has at least %(least)s characters.", least=SHORTEST))
    if len(password) > LONGEST:
        return str(_("A password has at most %(most)s characters.", most=LONGEST))
    words = [word for text in known for word in (text, *re.split(r"[@._-]", text)) if len(word) > 2]
    from zxcvbn import zxcvbn  # its word lists take 12 MB: only who chooses a password needs them

    judged = zxcvbn(password[:72], user_inputs=words)
    if judged["score"] >= GOOD_ENOUGH:
        return None
    return _why_weak(judged["sequence"], set(map(str.lower, words)))


def _why_weak(parts: list[dict[str, Any]], words: set[str]) -> str:
    for part in parts:
        if {str(part.get(key, "")).lower() for key in ("matched_word", "base_token")} & words:
            return str(_("This password contains your name or address. Choose something that nobody knows of you."))
    patterns = {part.get("pattern") for part in parts}
    if patterns & {"repeat", "sequence", "spatial"}:
        return str(_("Repeated signs, rows like abcd and rows of keys are guessed first. Use four unrelated words."))
    if "date" in patterns:
        return str(_("Dates are guessed quickly. Use four unrelated words."))
    return str(_("This password is easy to guess. Use four unrelated words, or a few signs more."))


def normal_login(login: str) -> str:
    """A login name in one Unicode form, so that two that look alike are one."""
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


def browser_of(agent: str | None) -> str:
    """Browser and system as people know them: "Chrome · Windows"; empty when it says neither."""
    agent = agent or ""
    browser = next((name for sign, name in BROWSERS if sign in agent), "Safari" if "Safari/" in agent else "")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return " · ".join(word for word in (browser, system) if word)
