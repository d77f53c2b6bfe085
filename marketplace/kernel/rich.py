"""Formatted text that people write: a small, safe part of HTML, cleaned when it is written and again when it is shown."""

from __future__ import annotations

import html as html_words
import re
from functools import lru_cache

import nh3
from markupsafe import Markup

TAGS = {
    "p",
    "br",
    "strong",
    "em",
    "b",
    "i",
    "u",
    "s",
    "ul",
    "ol",
    "li",
    "h3",
    "h4",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "hr",
    "a",
}
ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
BLANK_LINES = re.compile(r"\n\s*\n")


def clean(html: str) -> str:
    """Keep the allowed tags; drop scripts, styles, ids, names, htmx attributes and every address that leaves the web."""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"https", "http", "mailto"},
        attribute_filter=_own_links_only,
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    ).strip()


def from_plain(text: str) -> str:
    """What was typed without tags, as paragraphs; what has tags is cleaned. Given its own answer, it answers the same."""
    if "<" in text and re.search(r"<(p|ul|ol|br|h3|h4|table|strong|em)\b", text):
        return clean(text)
    parts = [part.strip() for part in BLANK_LINES.split(text.replace("\r\n", "\n")) if part.strip()]
    # Escaped signs have several spellings; cleaning knows one.
    return clean("".join(f"<p>{Markup.escape(part).replace(chr(10), Markup('<br>'))}</p>" for part in parts))


def plain(html: str) -> str:
    """The words alone, for search documents and mails."""
    spaced = re.sub(r"</(p|li|h3|h4|tr|td|th)>|<br ?/?>", " ", html)
    return " ".join(html_words.unescape(nh3.clean(spaced, tags=set())).split())


@lru_cache(maxsize=64)
def show(html: str | None) -> Markup:
    """Ready for a page: cleaned once more, so that what an older rule let in stays harmless."""
    return Markup(clean(html or ""))  # noqa: S704 - cleaned on the spot


def _own_links_only(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href" and not value.startswith(("https://", "http://", "mailto:", "/")):
        return None
    return None if attribute == "href" and value.startswith("//") else value
