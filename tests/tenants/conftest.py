"""Fixtures of the tests of this package."""

from __future__ import annotations

import pytest

from tenants.merchants import business_scopes

CATEGORIES = (
    ("cotton", {"zh_Hans": "棉布", "en": "Cotton"}, ("cotton",)),
    ("linen", {"zh_Hans": "麻料", "en": "Linen"}, ("linen",)),
    ("silk", {"zh_Hans": "丝绸", "en": "Silk"}, ("silk",)),
)


@pytest.fixture
def categories(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register cotton, linen and silk as the categories that can be granted, whatever the catalogue contains."""
    monkeypatch.setattr(business_scopes, "_sources", [lambda: CATEGORIES])
