"""Elasticsearch keeps the same contract, asked for real."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from search.contract import INDEX, thing
from search.contract_words import Contract
from search.elastic import Elastic

URL = os.environ.get("ELASTICSEARCH_TEST_URL")

pytestmark = pytest.mark.skipif(not URL, reason="ELASTICSEARCH_TEST_URL names no Elasticsearch 9 to test with")


class TestElastic(Contract):
    @pytest.fixture
    def engine(self) -> Iterator[Elastic]:
        engine = Elastic(str(URL), prefix=f"test-{secrets.token_hex(4)}", budget=10, refresh=True)
        yield engine
        engine.erase(INDEX)

    def test_rebuilds_leave_the_last_index_and_no_more(self, engine: Elastic) -> None:
        for version in range(1, 5):
            engine.rebuild(INDEX, [thing("a", version=version)])
        with Elasticsearch(str(URL)) as client:
            kept = client.indices.get(index=f"{engine.prefix}-*")
        assert len(kept) == 2
        assert dict(engine.versions(INDEX)) == {"a": 4}
