"""Location of the PO files: one per language and feature."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS_DIR = ROOT / "marketplace" / "translations"


def po_files(locale: str) -> list[Path]:
    """Return the PO files of one language, by name."""
    return sorted((TRANSLATIONS_DIR / locale).glob("*.po"))
