"""The template fragment cache: one rendering per key, language and host, without personal data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale

from marketplace.kernel import cache
from marketplace.kernel.fragment_cache import NO_CACHE
from tests.actors import Actors

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
PERSONAL_PATTERNS = (
    "account",
    "csrf",
    "cart_",
    "session",
    "page_context.menu",
    r"page_context\.merchant\b",
    r"\bg\.",
    "caller",
)
FRAGMENT = "{% cache 'part', key %}{{ render() }} {{ _('Cart') }}{% endcache %}"


@pytest.fixture
def renders() -> list[int]:
    cache.clear_all()
    return []


def render_fragment(app: Flask, renders: list[int], key: str, host: str = "localhost", language: str = "zh_Hans_CN") -> str:
    def render() -> str:
        renders.append(1)
        return f"<{len(renders)}>"

    with app.test_request_context("/", base_url=f"http://{host}"), force_locale(language):
        return render_template_string(FRAGMENT, key=key, render=render)


def test_fragment_rendered_once_per_key(app: Flask, renders: list[int]) -> None:
    first = render_fragment(app, renders, "a")
    assert render_fragment(app, renders, "a") == first
    assert len(renders) == 1
    assert render_fragment(app, renders, "b") != first
    assert len(renders) == 2


def test_fragment_cached_per_language_and_host(app: Flask, renders: list[int]) -> None:
    assert "Cart" in render_fragment(app, renders, "a", language="en")
    assert "Cart" not in render_fragment(app, renders, "a")
    render_fragment(app, renders, "a", host="acme.localhost")
    assert len(renders) == 3


def test_cached_fragment_stays_escaped(app: Flask, renders: list[int]) -> None:
    assert "&lt;1&gt;" in render_fragment(app, renders, "a")
    assert "&lt;1&gt;" in render_fragment(app, renders, "a")
    assert "&amp;lt;" not in render_fragment(app, renders, "a")


def test_placeholder_filled_per_request(app: Flask, renders: list[int]) -> None:
    fragment = (
        "{% cache 'part', 1, placeholders={'name': name} %}"
        "{{ render() }} for {{ placeholder('name') }}, {{ placeholder('name') }}{% endcache %}"
    )

    def render_for(name: str) -> str:
        with app.test_request_context("/"):
            return render_template_string(fragment, name=name, render=lambda: renders.append(1) or len(renders))

    assert render_for("Wang") == "1 for Wang, Wang"
    assert render_for("<Li>") == "1 for &lt;Li&gt;, &lt;Li&gt;"


def test_fragment_expires_after_timeout(app: Flask, renders: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: moment[0])
    fragment = "{% cache 'part', 1, timeout=60 %}{{ render() }}{% endcache %}"
    rendered = []
    for _second in range(180):
        moment[0] += 1
        with app.test_request_context("/"):
            rendered.append(render_template_string(fragment, render=lambda: renders.append(1) or len(renders)))
    assert len(set(rendered)) in (3, 4)


def test_no_cache_version_bypasses_cache(app: Flask, renders: list[int]) -> None:
    for count in (1, 2):
        with app.test_request_context("/"):
            fragment = "{% cache 'typed', version=version %}{{ render() }}{% endcache %}"
            render_template_string(fragment, version=NO_CACHE, render=lambda: renders.append(1) or len(renders))
        assert len(renders) == count


def test_only_newest_version_of_key_is_cached(app: Flask, renders: list[int]) -> None:
    fragment = "{% cache 'stock', 'cloth', version=version %}{{ render() }}{% endcache %}"

    def render_version(version: int) -> str:
        with app.test_request_context("/"):
            return render_template_string(fragment, version=version, render=lambda: renders.append(1) or len(renders))

    assert [render_version(1), render_version(1), render_version(2), render_version(2), render_version(1)] == [
        "1",
        "1",
        "2",
        "2",
        "3",
    ]


def test_cached_page_head_contains_no_personal_data(app: Flask, actors: Actors, renders: list[int]) -> None:
    """Check that a head cached for one user and served to another contains the other's search text, cart and URLs."""
    buyer, seller, first_guest, second_guest = (
        actors.buyer.client(),
        actors.owner.client(),
        app.test_client(),
        app.test_client(),
    )
    html_by_query = {
        "mine": buyer.get("/search?q=mine").text,
        "first": first_guest.get("/search?q=%22first%22").text,
        "second": second_guest.get("/search?q=second").text,
        "theirs": seller.get("/search?q=theirs").text,
        "again": buyer.get("/search?q=again").text,
    }
    assert 'value="&#34;first&#34;"' in html_by_query["first"]
    assert "q%3Dsecond" in html_by_query["second"]
    for search_term, html in html_by_query.items():
        assert [
            other_term
            for other_term in html_by_query
            if other_term != search_term and other_term in re.sub(r"<main.*</main>", "", html, flags=re.DOTALL)
        ] == []
    account_names = {
        search_term: re.findall(r'<span class="t">([^<]+)</span></summary>', html)
        for search_term, html in html_by_query.items()
    }
    assert len(account_names["mine"]) == len(account_names["theirs"]) == 1
    assert account_names["mine"] == account_names["again"] != account_names["theirs"]
    assert account_names["first"] == account_names["second"] == []
    tokens = [
        re.findall(r'name="csrf_token" value="([^"]+)"', html_by_query[search_term]) for search_term in ("mine", "theirs")
    ]
    assert tokens[0]
    assert not set(tokens[0]) & set(tokens[1])
    assert 'href="/orders"' in html_by_query["mine"]
    assert 'href="/orders"' not in html_by_query["first"]


def test_cached_fragments_contain_no_personal_patterns() -> None:
    violations = {
        f"{path.relative_to(TEMPLATES)}: {pattern}"
        for path in TEMPLATES.rglob("*.html")
        for fragment in re.findall(r"{% cache [^%]*%}(.*?)endcache %}", path.read_text(), re.DOTALL)
        for pattern in PERSONAL_PATTERNS
        if re.search(pattern, re.sub(r"\w+ = placeholder\('\w+'\)", "", fragment))  # placeholders are filled in after caching
    }
    included = {
        name
        for path in TEMPLATES.rglob("*.html")
        for fragment in re.findall(r"{% cache [^%]*%}(.*?)endcache %}", path.read_text(), re.DOTALL)
        for name in re.findall(r"{% include '([^']+)'", fragment)
    }
    assert violations == set()
    assert included == {"layouts/_site_header.html", "layouts/_mobile_nav.html"}
    personal_names = (
        r"page_context\.(user|search_text|cart_count|sign_in_url|language_url)\b",
        "csrf",
        "session",
        r"\bg\.",
    )
    assert [
        (name, pattern) for name in included for pattern in personal_names if re.search(pattern, (TEMPLATES / name).read_text())
    ] == []
    assert sum("{% cache" in path.read_text() for path in TEMPLATES.rglob("*.html")) >= 3
