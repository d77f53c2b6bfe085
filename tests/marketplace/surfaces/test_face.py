"""The face: it renders everywhere, in both languages and themes, and what it names exists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template, render_template_string

from marketplace.kernel import clock, colours
from marketplace.kernel.money import Money
from marketplace.surfaces import assets
from tests.cast import Cast

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "templates"
CSS = assets.CSS_OUTPUT.read_text("utf-8")
LANGUAGES = ("zh-CN", "en")
TOKENS = {
    name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+):light-dark\((#\w{6}),(#\w{6})\)", CSS)
}  # fmt: skip
# Text on ground, as the stylesheet pairs them.
PAIRS = [
    *((text, ground) for text in ("ink", "ink-2", "ink-3") for ground in ("paper", "card", "sunk", "indigo-faint")),
    *((text, ground) for text in ("indigo", "vermilion", "jade") for ground in ("paper", "card")),
    *(("ink", f"{tone}-soft") for tone in ("indigo", "vermilion", "jade", "amber")),
    *((tone, f"{tone}-soft") for tone in ("indigo", "vermilion", "jade", "amber")),
    ("card", "indigo"),
    ("card", "indigo-deep"),
    ("on-vermilion", "vermilion"),
    ("paper", "ink"),
    ("side-ink", "side"),
    ("side-faint", "side"),
    ("ink-2", "vermilion-soft"),
    ("ink-2", "amber-soft"),
]


@pytest.fixture
def speaking(app: Flask) -> Callable[[str], Any]:
    """A request context in a language, for rendering parts by themselves."""
    return lambda language: app.test_request_context(headers={"Accept-Language": language})


@pytest.fixture
def part(app: Flask) -> Iterator[Callable[[str, str], Any]]:
    """`part('money', 'price')` is that macro, in Chinese."""
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        yield lambda file, name: getattr(app.jinja_env.get_template(f"macros/{file}.html").module, name)


def macros() -> Iterator[tuple[str, str]]:
    for path in sorted((TEMPLATES / "macros").glob("*.html")):
        for name in re.findall(r"{% macro (\w+)", path.read_text("utf-8")):
            if not name.startswith("_"):
                yield path.stem, name


def test_the_joined_files_are_those_of_their_sources() -> None:
    assert assets.CSS_OUTPUT.read_text("utf-8") == assets.joined_css(), "run python -m marketplace.surfaces.assets"
    assert assets.JS_OUTPUT.read_text("utf-8") == assets.joined_js(), "run python -m marketplace.surfaces.assets"


def test_every_token_that_is_used_is_defined() -> None:
    used, defined = set(re.findall(r"var\((--[\w-]+)", CSS)), set(re.findall(r"(--[\w-]+):", CSS))
    assert used - defined == set()
    assert len(TOKENS) > 25


@pytest.mark.parametrize(("text", "ground"), PAIRS)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_its_ground(text: str, ground: str, theme: int) -> None:
    assert colours.contrast(TOKENS[text][theme], TOKENS[ground][theme]) >= colours.READABLE


def test_edges_of_fields_can_be_seen() -> None:
    for theme in (0, 1):
        assert colours.contrast(TOKENS["edge"][theme], TOKENS["card"][theme]) >= 3


@pytest.mark.parametrize("accent", ["#7a2f5d", "#ffe94d", "#00c2a8", "#000000", "#ffffff", "#BF3217"])
def test_a_shops_accent_is_made_readable_in_both_themes(accent: str) -> None:
    css = colours.theme_css(accent)
    light, dark, on_light, on_dark = re.findall(r"#[0-9a-f]{6}", css.lower())
    assert colours.contrast(light, on_light) >= colours.READABLE
    assert colours.contrast(dark, on_dark) >= colours.READABLE
    assert colours.contrast(light, TOKENS["sunk"][0]) >= colours.READABLE


@pytest.mark.parametrize("accent", ["red", "#fff", "#12345g", "#123456;}body{display:none"])
def test_an_accent_that_is_no_colour_is_refused(accent: str) -> None:
    with pytest.raises(ValueError, match=re.escape(accent)):
        colours.theme_css(accent)


def test_contrast_is_counted_as_the_standard_counts_it() -> None:
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_icons_that_are_named_are_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (assets.STATIC / "icons.svg").read_text("utf-8")))
    named: set[str] = set()
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text("utf-8")
        named.update(re.findall(r"\bicon(?:_name)?(?:\(|=|': ?)'([a-z][\w-]*)'", text))
        for group in re.findall(r"{% set (?:TONE_)?ICONS = {(.*?)} %}", text):
            named.update(re.findall(r": '([\w-]+)'", group))
    for folder in ("marketplace", "tenants", "billing"):
        for source in (ROOT / folder).rglob("*.py"):
            named.update(re.findall(r"\bicon=\"([\w-]+)\"", source.read_text("utf-8")))
    named.update(re.findall(r'icon\("([\w-]+)"\)', assets.joined_js()))
    named.update(re.findall(r'"icon": "([\w-]+)"', (ROOT / "marketplace/surfaces/style_samples.json").read_text("utf-8")))
    assert len(named) > 30
    assert named - drawn - {"none"} == set()


def test_no_template_carries_what_the_content_policy_refuses() -> None:
    refused = re.compile(r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<style|<script(?![^>]*\bsrc=)", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {match.group()!r}"
        for path in sorted(TEMPLATES.rglob("*.*"))
        for match in refused.finditer(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_style_page_shows_everything(cast: Cast, language: str) -> None:
    answer = cast.admin.browser().get("/console/style", headers={"Accept-Language": language})
    page = answer.text
    assert answer.status_code == 200
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "ids are doubled"
    for described in re.findall(r'aria-describedby="([^"]+)"', page):
        assert set(described.split()) <= set(ids)
    for target in re.findall(r'<li><a href="#(f-[^"]+)"', page):
        assert target in ids
    for control in re.findall(r'<label[^>]* for="([^"]+)"', page):
        assert control in ids


def test_every_macro_has_its_place_on_the_style_page() -> None:
    style = (TEMPLATES / "console" / "style.html").read_text("utf-8")
    frames = "".join(path.read_text("utf-8") for path in (TEMPLATES / "layouts").glob("*.html"))
    inner = "".join(path.read_text("utf-8") for path in (TEMPLATES / "macros").glob("*.html"))
    missing = [
        f"{file}.{name}"
        for file, name in macros()
        if file != "email"
        and not re.search(rf"\b{name}\(", style)
        and not re.search(rf"\b{name}\(", frames)
        and len(re.findall(rf"{{{{ {name}\(", inner)) == 0
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 418, 422, 429, 500, 503])
def test_every_refusal_has_a_page_that_says_what_to_do(speaking: Callable[[str], Any], language: str, status: int) -> None:
    with speaking(language):
        page = render_template("error.html", status=status, sentence="x < y")
    assert "x &lt; y" in page
    assert ("Something broke on our side" in page or "我们这边出了故障" in page) == (status == 500)
    assert f'lang="{language}"' in page
    assert len(re.findall(r"<p>[^<]{6,}</p>", page)) >= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_layout_renders(speaking: Callable[[str], Any], language: str) -> None:
    tabs = [{"label": "a", "url": "#", "current": True}]
    shop = {"name": "兴隆布行", "url": "#", "line": "x", "theme_url": "/s/acme/theme.css", "tabs": tabs, "announcement": "好"}
    paper = {"title": "配货单", "number": "1", "date": clock.now(), "lines": ["a"], "back": "/"}
    with speaking(language):
        for name in ("shop", "plain", "storefront", "paper"):
            page = render_template_string(
                "{% extends 'layouts/" + name + ".html' %}{% block main %}hier{% endblock %}", shop=shop, paper=paper
            )
            assert "hier" in page
            assert page.count('id="main"') == 1
        mail = (
            "{% extends 'layouts/email.html' %}{% from 'macros/email.html' import button, lines %}"
            "{% block body %}{{ button('/x', 'Go') }}{{ lines([('a', 'b')]) }}{% endblock %}"
        )
        assert 'href="/x"' in render_template_string(mail, market="m", locale="en", home_url="/")
        assert "m\n" in render_template("layouts/email.txt", market="m", home_url="/")


def shown(markup: Any) -> str:
    """What a reader sees of it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", str(markup))).strip()


def test_money_reads_as_people_write_it(part: Callable[[str, str], Any]) -> None:
    money = part("money", "money")
    assert shown(money(Money(106800, "CNY"))) == "¥1,068.00"
    assert shown(money(Money(-5, "CNY"))) == "−¥0.05"
    assert shown(money(Money(220210, "CNY"), sign=True)) == "+¥2,202.10"
    assert shown(money(Money(1200, "JPY"))) == "JP¥1,200"
    assert shown(money(Money(1, "CHF"))) == "CHF 0.01"
    assert shown(part("money", "price")(Money(1850, "CNY"), per="米")) == "¥18.50 /米"
    assert shown(part("money", "price_range")(Money(1640, "CNY"), Money(1850, "CNY"), per="米")) == "¥16.40–18.50 /米"
    assert shown(part("money", "price_range")(Money(1640, "CNY"), Money(1640, "CNY"))) == "¥16.40"


def test_a_field_keeps_what_was_typed_and_says_its_error(part: Callable[[str, str], Any]) -> None:
    markup = str(part("field", "text")("name", "名称", '<b>"x"', error="太长", hint="80 字", required=True))
    assert 'value="&lt;b&gt;&#34;x&#34;"' in markup
    assert 'aria-describedby="f-name-error f-name-hint"' in markup
    assert 'aria-invalid="true"' in markup
    assert "选填" not in markup
    assert "选填" in str(part("field", "text")("name", "名称"))


def test_choices_are_compared_as_text(part: Callable[[str, str], Any]) -> None:
    assert str(part("field", "select")("n", "N", [(1, "a"), (2, "b")], "2")).count(" selected") == 1
    assert str(part("field", "checkboxes")("n", "N", [(1, "a"), (2, "b")], ["1", 2])).count(" checked") == 2


def test_a_pager_leaves_gaps(part: Callable[[str, str], Any]) -> None:
    numbered = part("pager", "numbered")
    assert shown(numbered(5, 18, lambda n: f"?page={n}")).replace(" ", "") == "上一页1…456…18下一页"
    assert shown(numbered(1, 1, lambda n: "", total=3)) == "共 3 条"
    assert shown(numbered(1, 1, lambda n: "")) == ""


def test_charts_bear_every_row_of_figures(part: Callable[[str, str], Any]) -> None:
    for values in ([0, 0, 0], [5, 2, 9], [0.5, 0.25, 0], [123456, 9, 1000000]):
        chart = str(part("chart", "lines")("x", ["a", "b", "c"], [{"name": "n", "values": values}]))
        points = re.search(r'<polyline class="line s1" points="([^"]+)"', chart)
        assert points is not None
        heights = [float(pair.split(",")[1]) for pair in points.group(1).split()]
        assert all(20 <= height <= 196 for height in heights)
        assert chart.count('<th scope="row">') == 3
    assert "<polyline" in str(part("chart", "lines")("x", ["a"], [{"name": "n", "values": [3]}]))
    assert str(part("chart", "bars")("x", ["a"], [{"name": "n", "values": [0]}], stacked=True)).count("<rect") == 2
    assert "<circle" not in str(part("chart", "donut")("x", [("a", 0), ("b", 0)]))


def test_the_ladder_marks_the_rung_of_the_quantity(part: Callable[[str, str], Any]) -> None:
    tiers = [{"from": 2, "to": 49, "price": Money(1850, "CNY")}, {"from": 50, "price": None}]
    for quantity, rung in ((2, "2"), (49, "2"), (50, "50"), (9000, "50")):
        marked = re.findall(r'data-from="(\d+)"[^>]*class="is-on"', str(part("shop", "ladder")(tiers, "米", quantity=quantity)))
        assert marked == [rung]


def test_a_timeline_says_when_and_who(part: Callable[[str, str], Any]) -> None:
    at = datetime.fromisoformat("2026-01-02T03:04:00+00:00")
    said = str(part("progress", "timeline")([{"label": "发货", "at": at, "by": "陈店长", "said": "<i>"}]))
    assert 'datetime="2026-01-02T03:04:00+00:00"' in said
    assert "陈店长" in said
    assert "&lt;i&gt;" in said


def test_the_style_page_can_be_tried_without_harm(cast: Cast) -> None:
    browser = cast.admin.browser()
    answer = browser.post("/console/style", data={"name": "x"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "这只是样例" in answer.text
    assert cast.owner.browser().post("/console/style").status_code == 404
