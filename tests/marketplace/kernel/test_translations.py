"""The compiled catalog of a language: built from PO files, cached on disk, rebuilt when a PO file changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.kernel import po_files, translations

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Cart"\nmsgstr "%s"\n'


@pytest.fixture
def po_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Use a temporary translations directory."""
    (tmp_path / "zh_Hans").mkdir()
    monkeypatch.setattr(po_files, "TRANSLATIONS_DIR", tmp_path)
    monkeypatch.setattr(translations, "_cache_dirs", [tmp_path / "cache"])
    translations.load_catalog.cache_clear()
    yield tmp_path
    translations.load_catalog.cache_clear()


def load_cart_translation(po_dir: Path, translation: str) -> str:
    (po_dir / "zh_Hans" / "carts.po").write_text(PO % translation)
    translations.load_catalog.cache_clear()
    return translations.load_catalog("zh_Hans").ugettext("Cart")


def test_load_catalog_recompiles_changed_po_file(po_dir: Path) -> None:
    assert load_cart_translation(po_dir, "购物车") == "购物车"
    assert load_cart_translation(po_dir, "进货单") == "进货单"
    assert load_cart_translation(po_dir, "购物车") == "购物车"
    assert len(list((po_dir / "cache").glob("*.mo"))) == 2


def test_load_catalog_uses_cached_mo_file(po_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_cart_translation(po_dir, "购物车")
    monkeypatch.setattr(translations, "_compile", lambda _locale: b"")
    assert load_cart_translation(po_dir, "购物车") == "购物车"


def test_load_catalog_without_writable_cache_compiles(po_dir: Path) -> None:
    (po_dir / "cache").write_text("a file where a folder should be")
    assert load_cart_translation(po_dir, "购物车") == "购物车"
