"""Sanitizing of formatted text: allowed markup stays, active content goes."""

from __future__ import annotations

import pytest

from marketplace.kernel import sanitize

MALICIOUS_HTML = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='//evil.test'>x</a>",
    "<p hx-get='/x' data-hx-on:click='x'>x</p>",
    "<p id=csrf_token name=x style='position:fixed'>x</p>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src='https://evil.test'></iframe>",
    "<p><style>*{display:none}</style></p>",
]


@pytest.mark.parametrize("html", MALICIOUS_HTML)
def test_render_html_removes_malicious_markup(html: str) -> None:
    rendered = str(sanitize.render_html(html))
    for forbidden in ("script", "onerror", "javascript", "evil.test", "hx-", "id=", "name=", "style", "iframe", "svg"):
        assert forbidden not in rendered


def test_sanitize_html_preserves_allowed_tags() -> None:
    html = "<h3>Cloth</h3><ul><li><strong>40×40</strong></li></ul>"
    assert sanitize.sanitize_html(html) == html


def test_text_to_html_wraps_paragraphs() -> None:
    assert sanitize.text_to_html("a < b\nc\n\nd") == "<p>a &lt; b<br>c</p><p>d</p>"


@pytest.mark.parametrize(
    "text", ["17\" & 'A4'", "a < b > c", "&amp; &#34;", "first\nsecond\n\nthird", '<p>kept "so"</p>', "\u00a0x"]
)
def test_text_to_html_is_idempotent(text: str) -> None:
    converted = sanitize.text_to_html(text)
    assert sanitize.text_to_html(converted) == converted


def test_strip_html_returns_plain_text() -> None:
    assert sanitize.strip_html("<p>Cotton &amp; linen</p><ul><li>40s</li></ul>") == "Cotton & linen 40s"
