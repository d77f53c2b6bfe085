"""The table of a language: made from what translators wrote, kept for the next start, made anew when they write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.kernel import translations

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Cart"\nmsgstr "%s"\n'


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A translator's desk of our own."""
    (tmp_path / "zh_Hans").mkdir()
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    monkeypatch.setattr(translations, "_compiled", [tmp_path / "kept"])
    translations.load.cache_clear()
    yield tmp_path
    translations.load.cache_clear()


def cart(desk: Path, said: str) -> str:
    (desk / "zh_Hans" / "carts.po").write_text(PO % said)
    translations.load.cache_clear()
    return translations.load("zh_Hans").ugettext("Cart")


def test_what_translators_write_is_said_at_the_next_start(desk: Path) -> None:
    assert cart(desk, "购物车") == "购物车"
    assert cart(desk, "进货单") == "进货单"
    assert cart(desk, "购物车") == "购物车"
    assert len(list((desk / "kept").glob("*.mo"))) == 2


def test_what_is_kept_is_read_and_not_made_again(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cart(desk, "购物车")
    monkeypatch.setattr(translations, "_compile", lambda _locale: b"")
    assert cart(desk, "购物车") == "购物车"


def test_where_nothing_can_be_kept_it_is_made_each_time(desk: Path) -> None:
    (desk / "kept").write_text("a file where a folder should be")
    assert cart(desk, "购物车") == "购物车"
