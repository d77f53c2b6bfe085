"""What the tests of this package share: the categories that a contract can name."""

from __future__ import annotations

import pytest

from tenants.merchants import scopes

CATEGORIES = (
    ("cotton", {"zh_Hans": "棉布", "en": "Cotton"}, ("cotton",)),
    ("linen", {"zh_Hans": "麻料", "en": "Linen"}, ("linen",)),
    ("silk", {"zh_Hans": "丝绸", "en": "Silk"}, ("silk",)),
)


@pytest.fixture
def categories(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cotton, linen and silk, whatever the catalogue says."""
    monkeypatch.setattr(scopes, "_sources", [lambda: CATEGORIES])
