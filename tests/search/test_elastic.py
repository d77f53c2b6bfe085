"""Elasticsearch keeps the same contract, asked for real."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from search.contract_words import Contract
from search.elastic import Elastic

URL = os.environ.get("ELASTICSEARCH_TEST_URL")

pytestmark = pytest.mark.skipif(not URL, reason="ELASTICSEARCH_TEST_URL names no Elasticsearch 9 to test with")


class TestElastic(Contract):
    @pytest.fixture
    def engine(self) -> Iterator[Elastic]:
        prefix = f"test-{secrets.token_hex(4)}"
        yield Elastic(str(URL), prefix=prefix, budget=10, refresh=True)
        with Elasticsearch(str(URL)) as client:
            for index in client.indices.get(index=f"{prefix}-*"):
                client.indices.delete(index=index)
