"""What a shop may look like: judgement without a database."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

from flask_babel import gettext as _

from marketplace.kernel import colours
from tenants.accounts.rules import email_complaint, phone_complaint

HEX = re.compile(r"^#[0-9a-f]{6}$")
WHITE = "#ffffff"
GROUNDS = ("#fffefb", "#efeae0")  # the cards and the sunk ground of the light face


@dataclass(frozen=True, kw_only=True)
class Entries:
    """A shop's arrangement as it was typed."""

    accent: str
    announcement: dict[str, str] = field(default_factory=dict)
    introduction: dict[str, str] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)

    def complaints(self) -> dict[str, str]:
        """Why it cannot be saved, by field; nothing when it can."""
        found: dict[str, str | None] = {"accent": accent_complaint(self.accent)}
        for locale, text in self.announcement.items():
            found[f"announcement_{locale}"] = _longest(text, 200)
        for locale, text in self.introduction.items():
            found[f"introduction_{locale}"] = _longest(text, 5000)
        found["phone"] = phone_complaint(self.contact.get("phone", ""))
        if self.contact.get("email"):
            found["email"] = email_complaint(self.contact["email"])
        found["hours"] = _longest(self.contact.get("hours", ""), 80)
        found["wechat"] = _longest(self.contact.get("wechat", ""), 40)
        return {name: sentence for name, sentence in found.items() if sentence}


def accent_complaint(accent: str) -> str | None:
    """Why this colour cannot be the shop's accent, with the nearest that can; or None.

    Text and buttons in it must be readable on our light grounds; on dark ones the face makes it lighter by itself.
    """
    if not HEX.match(accent):
        return str(_("Please choose a colour, written like #1f4e8c."))
    have = colours.contrast(accent, WHITE)
    nearest = suggestion(accent)
    if have >= colours.READABLE and nearest == accent:
        return None
    return str(
        _(
            "%(accent)s is hard to read (contrast %(have)s; %(least)s is needed). The nearest that can be read is %(nearest)s.",
            accent=accent,
            have=f"{have:.1f}",
            least=colours.READABLE,
            nearest=nearest,
        )
    )


def suggestion(accent: str) -> str:
    """The nearest colour that can be read on all our light grounds."""
    return colours.readable(accent, on=(*GROUNDS, WHITE))


def _longest(text: str, most: int) -> str | None:
    return str(_("At most %(most)s characters, please.", most=most)) if len(text) > most else None


def as_typed(html: str) -> str:
    """Kept text as one types it: bare paragraphs become lines again; what has other tags stays as it is."""
    bare = re.sub(r"<br ?/?>", "\n", re.sub(r"</p>\s*<p>", "\n\n", html))
    bare = bare.removeprefix("<p>").removesuffix("</p>")
    return html if "<" in bare else unescape(bare)
