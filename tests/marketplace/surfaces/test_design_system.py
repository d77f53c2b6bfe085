"""Design system: macros and layouts render in both languages, contrasts suffice, referenced icons and variables exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template, render_template_string

from marketplace.kernel import clock, colors
from marketplace.kernel.money import Money
from marketplace.surfaces import page_context
from tests.actors import Actors
from tools import build_assets

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "templates"
CSS = build_assets.bundle_css()
LANGUAGES = ("zh-CN", "en")
TOKENS = {
    name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+):light-dark\((#\w{6}),(#\w{6})\)", CSS)
}  # fmt: skip
# Pairs of text and background as the stylesheet combines them.
CONTRAST_PAIRS = [
    *((text, ground) for text in ("ink", "ink-2", "ink-3") for ground in ("paper", "card", "sunk", "indigo-faint")),
    *((text, ground) for text in ("indigo", "vermilion", "jade") for ground in ("paper", "card")),
    *(("ink", f"{tone}-soft") for tone in ("indigo", "vermilion", "jade", "amber")),
    *((tone, f"{tone}-soft") for tone in ("indigo", "vermilion", "jade", "amber")),
    ("card", "indigo"),
    ("card", "indigo-deep"),
    ("on-vermilion", "vermilion"),
    ("paper", "ink"),
    ("sidebar-ink", "sidebar"),
    ("sidebar-faint", "sidebar"),
    ("ink-2", "vermilion-soft"),
    ("ink-2", "amber-soft"),
]


@pytest.fixture
def request_context_in(app: Flask) -> Callable[[str], Any]:
    """Return a factory of request contexts in a language, for rendering single templates."""
    return lambda language: app.test_request_context(headers={"Accept-Language": language})


@pytest.fixture
def load_macro(app: Flask) -> Iterator[Callable[[str, str], Any]]:
    """Return a loader of macros in Chinese, for example `load_macro('money', 'price')`."""
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        yield lambda file, name: getattr(app.jinja_env.get_template(f"macros/{file}.html").module, name)


def list_macros() -> Iterator[tuple[str, str]]:
    for path in sorted((TEMPLATES / "macros").glob("*.html")):
        for name in re.findall(r"{% macro (\w+)", path.read_text("utf-8")):
            if not name.startswith("_"):
                yield path.stem, name


def test_session_fixture_builds_current_bundles() -> None:
    assert build_assets.CSS_OUTPUT.read_text("utf-8") == build_assets.bundle_css()
    assert build_assets.JS_OUTPUT.read_text("utf-8") == build_assets.bundle_js()


def test_missing_bundle_is_reported(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(app, "static_folder", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="run `make assets`"):
        page_context.require_assets(app)


def test_css_variables_are_defined() -> None:
    used, defined = set(re.findall(r"var\((--[\w-]+)", CSS)), set(re.findall(r"(--[\w-]+):", CSS))
    assert used - defined == set()
    assert len(TOKENS) > 25


@pytest.mark.parametrize(("text", "ground"), CONTRAST_PAIRS)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_contrast_is_sufficient(text: str, ground: str, theme: int) -> None:
    assert colors.contrast_ratio(TOKENS[text][theme], TOKENS[ground][theme]) >= colors.MIN_CONTRAST


def test_field_border_contrast_is_sufficient() -> None:
    for theme in (0, 1):
        assert colors.contrast_ratio(TOKENS["edge"][theme], TOKENS["card"][theme]) >= 3


@pytest.mark.parametrize("accent", ["#7a2f5d", "#ffe94d", "#00c2a8", "#000000", "#ffffff", "#BF3217"])
def test_shop_accent_contrast_in_both_themes(accent: str) -> None:
    css = colors.theme_css(accent)
    light, dark, on_light, on_dark = re.findall(r"#[0-9a-f]{6}", css.lower())
    assert colors.contrast_ratio(light, on_light) >= colors.MIN_CONTRAST
    assert colors.contrast_ratio(dark, on_dark) >= colors.MIN_CONTRAST
    assert colors.contrast_ratio(light, TOKENS["sunk"][0]) >= colors.MIN_CONTRAST


@pytest.mark.parametrize("accent", ["red", "#fff", "#12345g", "#123456;}body{display:none"])
def test_theme_css_rejects_invalid_accent(accent: str) -> None:
    with pytest.raises(ValueError, match=re.escape(accent)):
        colors.theme_css(accent)


def test_contrast_matches_wcag() -> None:
    assert colors.contrast_ratio("#000000", "#ffffff") == pytest.approx(21)
    assert colors.contrast_ratio("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_used_icons_exist_in_sprite() -> None:
    defined = set(re.findall(r'<symbol id="([\w-]+)"', (build_assets.STATIC / "icons.svg").read_text("utf-8")))
    used: set[str] = set()
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text("utf-8")
        used.update(re.findall(r"\bicon(?:_name)?(?:\(|=|': ?)'([a-z][\w-]*)'", text))
        for group in re.findall(r"{% set (?:TONE_)?ICONS = {(.*?)} %}", text):
            used.update(re.findall(r": '([\w-]+)'", group))
    for folder in ("marketplace", "tenants", "billing"):
        for source in (ROOT / folder).rglob("*.py"):
            used.update(re.findall(r"\bicon=\"([\w-]+)\"", source.read_text("utf-8")))
    used.update(re.findall(r'icon\("([\w-]+)"\)', build_assets.bundle_js()))
    used.update(re.findall(r'"icon": "([\w-]+)"', (ROOT / "marketplace/surfaces/styleguide_samples.json").read_text("utf-8")))
    assert len(used) > 30
    assert used - defined - {"none"} == set()


def test_templates_comply_with_content_security_policy() -> None:
    forbidden = re.compile(r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<style|<script(?![^>]*\bsrc=)", re.IGNORECASE)
    offenders = [
        f"{path.relative_to(ROOT)}: {match.group()!r}"
        for path in sorted(TEMPLATES.rglob("*.*"))
        for match in forbidden.finditer(path.read_text("utf-8"))
    ]
    assert offenders == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_styleguide_renders_with_valid_ids(actors: Actors, language: str) -> None:
    response = actors.admin.client().get("/console/style", headers={"Accept-Language": language})
    page = response.text
    assert response.status_code == 200
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "duplicate ids"
    for id_list in re.findall(r'aria-describedby="([^"]+)"', page):
        assert set(id_list.split()) <= set(ids)
    for target in re.findall(r'<li><a href="#(f-[^"]+)"', page):
        assert target in ids
    for control in re.findall(r'<label[^>]* for="([^"]+)"', page):
        assert control in ids


def test_every_macro_is_used_on_styleguide() -> None:
    styleguide = (TEMPLATES / "console" / "styleguide.html").read_text("utf-8")
    layouts = "".join(path.read_text("utf-8") for path in (TEMPLATES / "layouts").glob("*.html"))
    macro_sources = "".join(path.read_text("utf-8") for path in (TEMPLATES / "macros").glob("*.html"))
    missing = [
        f"{file}.{name}"
        for file, name in list_macros()
        if file != "email"
        and not re.search(rf"\b{name}\(", styleguide)
        and not re.search(rf"\b{name}\(", layouts)
        and len(re.findall(rf"{{{{ {name}\(", macro_sources)) == 0
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 418, 422, 429, 500, 503])
def test_error_page_renders_for_every_status(request_context_in: Callable[[str], Any], language: str, status: int) -> None:
    with request_context_in(language):
        page = render_template("error.html", status=status, message="x < y")
    assert "x &lt; y" in page
    assert ("Something broke on our side" in page or "我们这边出了故障" in page) == (status == 500)
    assert f'lang="{language}"' in page
    assert len(re.findall(r"<p>[^<]{6,}</p>", page)) >= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_layout_renders(request_context_in: Callable[[str], Any], language: str) -> None:
    tabs = [{"label": "a", "url": "#", "current": True}]
    shop = {"name": "兴隆布行", "url": "#", "line": "x", "theme_url": "/s/acme/theme.css", "tabs": tabs, "announcement": "好"}
    document = {"title": "配货单", "number": "1", "date": clock.now(), "lines": ["a"], "back": "/"}
    with request_context_in(language):
        for name in ("shop", "minimal", "merchant_shop", "print"):
            page = render_template_string(
                "{% extends 'layouts/" + name + ".html' %}{% block main %}content{% endblock %}", shop=shop, document=document
            )
            assert "content" in page
            assert page.count('id="main"') == 1
        email_template = (
            "{% extends 'layouts/email.html' %}{% from 'macros/email.html' import button, lines %}"
            "{% block body %}{{ button('/x', 'Go') }}{{ lines([('a', 'b')]) }}{% endblock %}"
        )
        assert 'href="/x"' in render_template_string(email_template, market_name="m", locale="en", home_url="/")
        assert "m\n" in render_template("layouts/email.txt", market_name="m", home_url="/")


def visible_text(markup: Any) -> str:
    """Return the text of markup without tags, with collapsed spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", str(markup))).strip()


def test_money_macros_format_amounts(load_macro: Callable[[str, str], Any]) -> None:
    money = load_macro("money", "money")
    assert visible_text(money(Money(106800, "CNY"))) == "¥1,068.00"
    assert visible_text(money(Money(-5, "CNY"))) == "−¥0.05"
    assert visible_text(money(Money(220210, "CNY"), sign=True)) == "+¥2,202.10"
    assert visible_text(money(Money(1200, "JPY"))) == "JP¥1,200"
    assert visible_text(money(Money(1, "CHF"))) == "CHF 0.01"
    assert visible_text(load_macro("money", "price")(Money(1850, "CNY"), per="米")) == "¥18.50 /米"
    assert (
        visible_text(load_macro("money", "price_range")(Money(1640, "CNY"), Money(1850, "CNY"), per="米")) == "¥16.40–18.50 /米"
    )
    assert visible_text(load_macro("money", "price_range")(Money(1640, "CNY"), Money(1640, "CNY"))) == "¥16.40"


def test_text_field_renders_value_and_error(load_macro: Callable[[str, str], Any]) -> None:
    markup = str(load_macro("field", "text")("name", "名称", '<b>"x"', error="太长", hint="80 字", required=True))
    assert 'value="&lt;b&gt;&#34;x&#34;"' in markup
    assert 'aria-describedby="f-name-error f-name-hint"' in markup
    assert 'aria-invalid="true"' in markup
    assert "选填" not in markup
    assert "选填" in str(load_macro("field", "text")("name", "名称"))


def test_choice_fields_compare_values_as_text(load_macro: Callable[[str, str], Any]) -> None:
    assert str(load_macro("field", "select")("n", "N", [(1, "a"), (2, "b")], "2")).count(" selected") == 1
    assert str(load_macro("field", "checkboxes")("n", "N", [(1, "a"), (2, "b")], ["1", 2])).count(" checked") == 2


def test_pagination_elides_page_numbers(load_macro: Callable[[str, str], Any]) -> None:
    pagination = load_macro("pagination", "pagination")
    assert visible_text(pagination(5, 18, lambda n: f"?page={n}")).replace(" ", "") == "上一页1…456…18下一页"
    assert visible_text(pagination(1, 1, lambda n: "", total=3)) == "共 3 条"
    assert visible_text(pagination(1, 1, lambda n: "")) == ""


def test_charts_render_any_series(load_macro: Callable[[str, str], Any]) -> None:
    for values in ([0, 0, 0], [5, 2, 9], [0.5, 0.25, 0], [123456, 9, 1000000]):
        chart = str(load_macro("chart", "lines")("x", ["a", "b", "c"], [{"name": "n", "values": values}]))
        points = re.search(r'<polyline class="line series-1" points="([^"]+)"', chart)
        assert points is not None
        heights = [float(pair.split(",")[1]) for pair in points.group(1).split()]
        assert all(20 <= height <= 196 for height in heights)
        assert chart.count('<th scope="row">') == 3
    assert "<polyline" in str(load_macro("chart", "lines")("x", ["a"], [{"name": "n", "values": [3]}]))
    assert str(load_macro("chart", "bars")("x", ["a"], [{"name": "n", "values": [0]}], stacked=True)).count("<rect") == 2
    assert "<circle" not in str(load_macro("chart", "donut")("x", [("a", 0), ("b", 0)]))


def test_price_tiers_highlight_matching_tier(load_macro: Callable[[str, str], Any]) -> None:
    tiers = [{"from": 2, "to": 49, "price": Money(1850, "CNY")}, {"from": 50, "price": None}]
    for quantity, tier in ((2, "2"), (49, "2"), (50, "50"), (9000, "50")):
        highlighted = re.findall(
            r'data-from="(\d+)"[^>]*class="is-on"', str(load_macro("shop", "price_tiers")(tiers, "米", quantity=quantity))
        )
        assert highlighted == [tier]


def test_timeline_renders_time_and_actor(load_macro: Callable[[str, str], Any]) -> None:
    moment = datetime.fromisoformat("2026-01-02T03:04:00+00:00")
    markup = str(load_macro("progress", "timeline")([{"label": "发货", "at": moment, "by": "陈店长", "comment": "<i>"}]))
    assert 'datetime="2026-01-02T03:04:00+00:00"' in markup
    assert "陈店长" in markup
    assert "&lt;i&gt;" in markup


def test_styleguide_form_post_changes_nothing(actors: Actors) -> None:
    client = actors.admin.client()
    response = client.post("/console/style", data={"name": "x"}, follow_redirects=True)
    assert response.status_code == 200
    assert "这只是样例" in response.text
    assert actors.owner.client().post("/console/style").status_code == 404
