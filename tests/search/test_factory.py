"""Selection of the engine, and its cost without Elasticsearch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from search.engines.tantivy import TantivyEngine
from search.factory import create_search_engine
from search.failover import FailoverEngine


def test_create_search_engine_without_url_is_tantivy(tmp_path: Path) -> None:
    assert isinstance(create_search_engine(tmp_path), TantivyEngine)


def test_create_search_engine_with_url_is_failover(tmp_path: Path) -> None:
    engine = create_search_engine(tmp_path, "http://127.0.0.1:9")
    assert isinstance(engine, FailoverEngine)
    assert engine.name == "elasticsearch"


def test_web_process_does_not_import_elasticsearch_or_pypinyin(tmp_path: Path) -> None:
    """The Elasticsearch client and the pinyin dictionary take 85 MB of memory together."""
    program = f"""
import sys
from pathlib import Path
from search import Query
from search.factory import create_search_engine
engine = create_search_engine(Path({str(tmp_path)!r}))
engine.search("things", Query(audience=("public",), text="純棉布 mianbu"))
assert not {{"elasticsearch", "pypinyin"}} & set(sys.modules), sorted(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
