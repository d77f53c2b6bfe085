"""The engine contract on a real Elasticsearch server."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from search.engines.elasticsearch import ElasticsearchEngine
from tests.search.engine_contract import INDEX, make_document
from tests.search.engine_contract_text import EngineContract

URL = os.environ.get("ELASTICSEARCH_TEST_URL")

pytestmark = pytest.mark.skipif(not URL, reason="ELASTICSEARCH_TEST_URL names no Elasticsearch 9 to test with")


class TestElasticsearchEngine(EngineContract):
    @pytest.fixture
    def engine(self) -> Iterator[ElasticsearchEngine]:
        engine = ElasticsearchEngine(str(URL), prefix=f"test-{secrets.token_hex(4)}", budget=10, refresh=True)
        yield engine
        engine.drop_index(INDEX)

    def test_rebuild_preserves_only_previous_index(self, engine: ElasticsearchEngine) -> None:
        for version in range(1, 5):
            engine.rebuild(INDEX, [make_document("a", version=version)])
        with Elasticsearch(str(URL)) as client:
            indexes = client.indices.get(index=f"{engine.prefix}-*")
        assert len(indexes) == 2
        assert dict(engine.versions(INDEX)) == {"a": 4}
