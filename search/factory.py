"""Selection of the search engine."""

from __future__ import annotations

from pathlib import Path

from search import SearchEngine
from search.engines.tantivy import TantivyEngine
from search.failover import FailoverEngine


def create_search_engine(root: Path, elasticsearch_url: str | None = None) -> SearchEngine:
    """Return the embedded engine in this folder, behind Elasticsearch if a URL is given. Connects lazily."""
    embedded = TantivyEngine(root)
    if elasticsearch_url is None:
        return embedded
    # The client takes 25 MB of memory in every process: it is only imported where a server is configured.
    from search.engines.elasticsearch import ElasticsearchEngine

    return FailoverEngine(ElasticsearchEngine(elasticsearch_url), embedded, retry_dir=root / "retry")
