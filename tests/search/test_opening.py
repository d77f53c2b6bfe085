"""Which engine a market gets, and what it costs one that has no Elasticsearch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from search.embedded import Embedded
from search.failover import Failover
from search.opening import open_engine


def test_without_an_address_the_embedded_engine_stands_alone(tmp_path: Path) -> None:
    assert isinstance(open_engine(tmp_path), Embedded)


def test_with_an_address_it_stands_behind(tmp_path: Path) -> None:
    engine = open_engine(tmp_path, "http://127.0.0.1:9")
    assert isinstance(engine, Failover)
    assert engine.name == "elasticsearch"


def test_a_web_process_does_not_load_what_it_never_needs(tmp_path: Path) -> None:
    """P14: the client of a server that there is none of, and the dictionary of sounds, take 85 MB together."""
    program = f"""
import sys
from pathlib import Path
from search import Query
from search.opening import open_engine
engine = open_engine(Path({str(tmp_path)!r}))
engine.find("things", Query(audience=("public",), text="純棉布 mianbu"))
assert not {{"elasticsearch", "pypinyin"}} & set(sys.modules), sorted(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
