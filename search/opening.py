"""Which engine a market has, decided once."""

from __future__ import annotations

from pathlib import Path

from search import Engine
from search.embedded import Embedded
from search.failover import Failover


def open_engine(root: Path, elasticsearch_url: str | None = None) -> Engine:
    """The embedded engine in this folder, behind Elasticsearch if there is one. Connects only when it is asked."""
    embedded = Embedded(root)
    if elasticsearch_url is None:
        return embedded
    # Its client takes 25 MB of every process: only markets that have a server pay for it.
    from search.elastic import Elastic

    return Failover(Elastic(elasticsearch_url), embedded, debts=root / "debts")
