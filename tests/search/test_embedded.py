"""The embedded engine keeps the contract, alone and beside other processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.contract_words import Contract
from search.embedded import Embedded


class TestEmbedded(Contract):
    @pytest.fixture
    def engine(self, tmp_path: Path) -> Embedded:
        return Embedded(tmp_path)
