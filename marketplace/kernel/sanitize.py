"""Formatted text from users: a safe subset of HTML, sanitized when it is stored and again when it is rendered."""

from __future__ import annotations

import html as html_lib
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


def sanitize_html(html: str) -> str:
    """Return the HTML with allowed tags only, without scripts, styles, ids, names, htmx attributes and unsafe URLs."""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"https", "http", "mailto"},
        attribute_filter=_filter_href,
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    ).strip()


def text_to_html(text: str) -> str:
    """Convert plain text to paragraphs; text with tags is sanitized. Idempotent."""
    if "<" in text and re.search(r"<(p|ul|ol|br|h3|h4|table|strong|em)\b", text):
        return sanitize_html(text)
    paragraphs = [paragraph.strip() for paragraph in BLANK_LINES.split(text.replace("\r\n", "\n")) if paragraph.strip()]
    # Sanitizing normalizes escaped characters, which have several spellings.
    return sanitize_html(
        "".join(f"<p>{Markup.escape(paragraph).replace(chr(10), Markup('<br>'))}</p>" for paragraph in paragraphs)
    )


def strip_html(html: str) -> str:
    """Return the plain text, for search documents and e-mails."""
    spaced = re.sub(r"</(p|li|h3|h4|tr|td|th)>|<br ?/?>", " ", html)
    return " ".join(html_lib.unescape(nh3.clean(spaced, tags=set())).split())


@lru_cache(maxsize=64)
def render_html(html: str | None) -> Markup:
    """Return HTML for a template, sanitized again in case it was stored under older rules."""
    return Markup(sanitize_html(html or ""))  # noqa: S704 - sanitized in the same expression


def _filter_href(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href" and not value.startswith(("https://", "http://", "mailto:", "/")):
        return None
    return None if attribute == "href" and value.startswith("//") else value
