"""Tests of the search package."""

import pytest

pytest.register_assert_rewrite("tests.search.engine_contract", "tests.search.engine_contract_text")
