"""Parts of a page that are kept ready (P1, P2): once for each key, in each language, and never anything personal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale

from marketplace.kernel import memo
from marketplace.kernel.kept import FRESH
from tests.cast import Cast

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
PERSONAL = ("account", "csrf", "cart_", "session", "frame.menu", r"frame\.merchant\b", r"\bg\.", "identity", "caller")
PART = "{% kept 'part', key %}{{ draw() }} {{ _('Cart') }}{% endkept %}"


@pytest.fixture
def drawn() -> list[int]:
    memo.forget_all()
    return []


def show(app: Flask, drawn: list[int], key: str, host: str = "localhost", language: str = "zh_Hans_CN") -> str:
    def draw() -> str:
        drawn.append(1)
        return f"<{len(drawn)}>"

    with app.test_request_context("/", base_url=f"http://{host}"), force_locale(language):
        return render_template_string(PART, key=key, draw=draw)


def test_a_part_is_drawn_once_for_each_key(app: Flask, drawn: list[int]) -> None:
    first = show(app, drawn, "a")
    assert show(app, drawn, "a") == first
    assert len(drawn) == 1
    assert show(app, drawn, "b") != first
    assert len(drawn) == 2


def test_language_and_host_are_part_of_every_key(app: Flask, drawn: list[int]) -> None:
    assert "Cart" in show(app, drawn, "a", language="en")
    assert "Cart" not in show(app, drawn, "a")
    show(app, drawn, "a", host="acme.localhost")
    assert len(drawn) == 3


def test_what_is_kept_is_still_escaped(app: Flask, drawn: list[int]) -> None:
    assert "&lt;1&gt;" in show(app, drawn, "a")
    assert "&lt;1&gt;" in show(app, drawn, "a")
    assert "&amp;lt;" not in show(app, drawn, "a")


def test_a_hole_is_filled_for_each_page(app: Flask, drawn: list[int]) -> None:
    part = (
        "{% kept 'with holes', 1 filled {'name': name} %}{{ draw() }} for {{ hole('name') }}, {{ hole('name') }}{% endkept %}"
    )

    def to(name: str) -> str:
        with app.test_request_context("/"):
            return render_template_string(part, name=name, draw=lambda: drawn.append(1) or len(drawn))

    assert to("Wang") == "1 for Wang, Wang"
    assert to("<Li>") == "1 for &lt;Li&gt;, &lt;Li&gt;"


def test_a_part_lasts_as_long_as_it_says(app: Flask, drawn: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: moment[0])
    part = "{% kept 'lasting', 1 lasting 60 %}{{ draw() }}{% endkept %}"
    seen = []
    for _second in range(180):
        moment[0] += 1
        with app.test_request_context("/"):
            seen.append(render_template_string(part, draw=lambda: drawn.append(1) or len(drawn)))
    assert len(set(seen)) in (3, 4)


def test_what_is_for_one_page_alone_is_not_kept(app: Flask, drawn: list[int]) -> None:
    for count in (1, 2):
        with app.test_request_context("/"):
            part = "{% kept 'typed' marked mark %}{{ draw() }}{% endkept %}"
            render_template_string(part, mark=FRESH, draw=lambda: drawn.append(1) or len(drawn))
        assert len(drawn) == count


def test_of_each_key_only_the_newest_is_kept(app: Flask, drawn: list[int]) -> None:
    part = "{% kept 'stock', 'cloth' marked mark %}{{ draw() }}{% endkept %}"

    def at(mark: int) -> str:
        with app.test_request_context("/"):
            return render_template_string(part, mark=mark, draw=lambda: drawn.append(1) or len(drawn))

    assert [at(1), at(1), at(2), at(2), at(1)] == ["1", "1", "2", "2", "3"]


def test_the_kept_head_is_nobodys(app: Flask, cast: Cast, drawn: list[int]) -> None:
    """Drawn first for one visitor and shown to another: what each has in the field, the cart and the address is their own."""
    buyer, seller, one, other = cast.buyer.browser(), cast.owner.browser(), app.test_client(), app.test_client()
    pages = {
        "mine": buyer.get("/search?q=mine").text,
        "first": one.get("/search?q=%22first%22").text,
        "second": other.get("/search?q=second").text,
        "theirs": seller.get("/search?q=theirs").text,
        "again": buyer.get("/search?q=again").text,
    }
    assert 'value="&#34;first&#34;"' in pages["first"]
    assert "q%3Dsecond" in pages["second"]
    for word, page in pages.items():
        assert [
            another for another in pages if another != word and another in re.sub(r"<main.*</main>", "", page, flags=re.DOTALL)
        ] == []
    names = {word: re.findall(r'<span class="t">([^<]+)</span></summary>', page) for word, page in pages.items()}
    assert len(names["mine"]) == len(names["theirs"]) == 1
    assert names["mine"] == names["again"] != names["theirs"]
    assert names["first"] == names["second"] == []
    tokens = [re.findall(r'name="csrf_token" value="([^"]+)"', pages[word]) for word in ("mine", "theirs")]
    assert tokens[0]
    assert not set(tokens[0]) & set(tokens[1])
    assert 'href="/orders"' in pages["mine"]
    assert 'href="/orders"' not in pages["first"]


def test_nothing_personal_is_ever_kept() -> None:
    found = {
        f"{path.relative_to(TEMPLATES)}: {word}"
        for path in TEMPLATES.rglob("*.html")
        for part in re.findall(r"{% kept [^%]*%}(.*?)endkept %}", path.read_text(), re.DOTALL)
        for word in PERSONAL
        if re.search(word, part)
    }
    included = {
        name
        for path in TEMPLATES.rglob("*.html")
        for part in re.findall(r"{% kept [^%]*%}(.*?)endkept %}", path.read_text(), re.DOTALL)
        for name in re.findall(r"{% include '([^']+)'", part)
    }
    assert found == set()
    assert included == {"layouts/_head.html", "layouts/_thumbs.html"}
    owned = (
        r"frame\.account\b",
        "csrf",
        "cart_count",
        "session",
        r"\bg\.",
        "identity",
        "sign_in_url",
        "search_text",
        "language_url",
    )
    assert [(name, word) for name in included for word in owned if re.search(word, (TEMPLATES / name).read_text())] == []
    assert sum("{% kept" in path.read_text() for path in TEMPLATES.rglob("*.html")) >= 3
