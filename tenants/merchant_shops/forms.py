"""Shop form and its validation; no database access."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

from flask_babel import gettext as _

from marketplace.kernel import colors
from tenants.accounts.validators import validate_email_address, validate_phone

HEX_COLOR = re.compile(r"^#[0-9a-f]{6}$")
WHITE = "#ffffff"
LIGHT_BACKGROUNDS = ("#fffefb", "#efeae0")  # card and inset background of the light theme


@dataclass(frozen=True, kw_only=True)
class MerchantShopForm:
    """The settings of a shop as typed by the user."""

    accent: str
    announcement: dict[str, str] = field(default_factory=dict)
    introduction: dict[str, str] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)

    def validate(self) -> dict[str, str]:
        """Return the errors by field; empty when the settings are valid."""
        checks: dict[str, str | None] = {"accent": validate_accent(self.accent)}
        for locale, text in self.announcement.items():
            checks[f"announcement_{locale}"] = _max_length_error(text, 200)
        for locale, text in self.introduction.items():
            checks[f"introduction_{locale}"] = _max_length_error(text, 5000)
        checks["phone"] = validate_phone(self.contact.get("phone", ""))
        if self.contact.get("email"):
            checks["email"] = validate_email_address(self.contact["email"])
        checks["hours"] = _max_length_error(self.contact.get("hours", ""), 80)
        checks["wechat"] = _max_length_error(self.contact.get("wechat", ""), 40)
        return {name: error for name, error in checks.items() if error}


def validate_accent(accent: str) -> str | None:
    """Return why this colour cannot be the shop's accent, with the nearest one that can; or None.

    Text and buttons in it must be readable on the light backgrounds; for dark ones the theme makes it lighter by itself.
    """
    if not HEX_COLOR.match(accent):
        return str(_("Please choose a colour, written like #1f4e8c."))
    contrast = colors.contrast_ratio(accent, WHITE)
    nearest = suggest_accent(accent)
    if contrast >= colors.MIN_CONTRAST and nearest == accent:
        return None
    return str(
        _(
            "%(accent)s is hard to read (contrast %(have)s; %(least)s is needed). The nearest that can be read is %(nearest)s.",
            accent=accent,
            have=f"{contrast:.1f}",
            least=colors.MIN_CONTRAST,
            nearest=nearest,
        )
    )


def suggest_accent(accent: str) -> str:
    """Return the nearest colour that is readable on all light backgrounds."""
    return colors.ensure_contrast(accent, backgrounds=(*LIGHT_BACKGROUNDS, WHITE))


def _max_length_error(text: str, max_length: int) -> str | None:
    return str(_("At most %(most)s characters, please.", most=max_length)) if len(text) > max_length else None


def html_to_input(html: str) -> str:
    """Return stored HTML as typed text: plain paragraphs become lines again; HTML with other tags is returned unchanged."""
    plain = re.sub(r"<br ?/?>", "\n", re.sub(r"</p>\s*<p>", "\n\n", html))
    plain = plain.removeprefix("<p>").removesuffix("</p>")
    return html if "<" in plain else unescape(plain)
