"""Relevance measures against manually calculated values, and one data set from files to report."""

from __future__ import annotations

import gzip
import json
from math import log2
from pathlib import Path

import pytest

from benchmarks import relevance

GAINS = {"a": 1.0, "b": 0.5, "c": 0.0}
DOCUMENTS = [
    {"id": "k", "title": "Copper kettle", "brand": "Acme", "category": ["Kitchen", "Kettles"], "color": "red"},
    {"id": "t", "title": "Teapot", "manufacturer": "Bolt", "description": "goes with a copper kettle"},
    {"id": "m", "title": "遮瑕膏", "attributes": {"品牌": "花西子", "是否进口": "否", "功效": "遮瑕"}},
]
QUERIES = [{"id": "q1", "text": "copper kettle"}, {"id": "q2", "text": "花西子"}, {"id": "q3", "text": "zzzz"}]
QRELS = "query_id\tdoc_id\tgain\nq1\tk\t1\nq1\tt\t0.1\nq2\tm\t1\nq3\tk\t1\n"


def test_ndcg_matches_manual_calculation() -> None:
    best = 1 + 0.5 / log2(3)
    assert relevance.ndcg(["b", "a"], GAINS) == pytest.approx((0.5 + 1 / log2(3)) / best)
    assert relevance.ndcg(["x", "a", "b"], GAINS) == pytest.approx((1 / log2(3) + 0.5 / 2) / best)
    assert relevance.ndcg(["a", "b", "c"], GAINS) == pytest.approx(1)
    assert relevance.ndcg(["x"] * 10 + ["a"], GAINS) == 0


def test_reciprocal_rank_and_recall_match_manual_calculation() -> None:
    assert relevance.reciprocal_rank(["x", "c", "b"], GAINS) == pytest.approx(1 / 3)
    assert relevance.reciprocal_rank(["x"] * 10 + ["a"], GAINS) == 0
    assert relevance.recall(["a", "x", "x", "x", "x", "b"], GAINS) == 0.5


def make_dataset(folder: Path) -> Path:
    folder.mkdir(parents=True)
    with gzip.open(folder / "docs.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(document, ensure_ascii=False) + "\n" for document in DOCUMENTS)
    (folder / "queries.dev.jsonl").write_text("\n".join(json.dumps(query) for query in QUERIES), encoding="utf-8")
    (folder / "qrels.dev.tsv").write_text(QRELS, encoding="utf-8")
    return folder


def test_main_writes_report_for_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_dataset(tmp_path / "sets" / "tiny")
    (tmp_path / "sets" / "no-set").mkdir()
    env = {"SETS": str(tmp_path / "sets"), "REPORT": str(tmp_path / "reports"), "ENGINE": "embedded"}
    assert relevance.main(env) == 0
    run = json.loads((tmp_path / "reports/runs/tiny.embedded.json").read_text())
    assert run == {"q1": ["k", "t"], "q2": ["m"], "q3": []}
    [score] = json.loads((tmp_path / "reports/relevance.json").read_text())["scores"]
    assert (score["set"], score["queries"]) == ("tiny", 3)
    assert score["ndcg_at_10"] == pytest.approx(2 / 3)
    assert score["mrr_at_10"] == pytest.approx(2 / 3)
    assert score["empty"] == pytest.approx(1 / 3)
    assert "tiny" in capsys.readouterr().out


def test_main_without_datasets_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert relevance.main({"SETS": str(tmp_path)}) == 2
    assert "no set" in capsys.readouterr().err


def test_main_with_unavailable_engine_exits(tmp_path: Path) -> None:
    make_dataset(tmp_path / "tiny")
    with pytest.raises(SystemExit, match="elastic"):
        relevance.main({"SETS": str(tmp_path), "ENGINE": "elastic", "REPORT": str(tmp_path)})
