"""What people format stays readable and harmless."""

from __future__ import annotations

import pytest

from marketplace.kernel import rich

HOSTILE = [
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


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_hostile_survives(html: str) -> None:
    shown = str(rich.show(html))
    for word in ("script", "onerror", "javascript", "evil.test", "hx-", "id=", "name=", "style", "iframe", "svg"):
        assert word not in shown


def test_formatting_stays() -> None:
    html = "<h3>Cloth</h3><ul><li><strong>40×40</strong></li></ul>"
    assert rich.clean(html) == html


def test_what_was_typed_plainly_becomes_paragraphs() -> None:
    assert rich.from_plain("a < b\nc\n\nd") == "<p>a &lt; b<br>c</p><p>d</p>"


@pytest.mark.parametrize(
    "text", ["17\" & 'A4'", "a < b > c", "&amp; &#34;", "first\nsecond\n\nthird", '<p>kept "so"</p>', "\u00a0x"]
)
def test_what_became_paragraphs_stays_as_it_is(text: str) -> None:
    once = rich.from_plain(text)
    assert rich.from_plain(once) == once


def test_the_words_alone() -> None:
    assert rich.plain("<p>Cotton &amp; linen</p><ul><li>40s</li></ul>") == "Cotton & linen 40s"
