"""Search relevance benchmark: `python -m benchmarks.relevance`, configured by the environment.

    SETS    a folder of data sets, each with docs.jsonl.gz, queries.<split>.jsonl and qrels.<split>.tsv
    SPLIT   which queries to run (dev)
    ENGINE  embedded, elastic or both; by default embedded, and elastic as well when ELASTICSEARCH_URL is set
    REPORT  where to write (var/reports)

Every data set goes through the product's own document builder and engine. Each run is written as {query: [documents]}.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from search import PUBLIC_AUDIENCE, Document, Query, SearchEngine
from search.documents import ProductText, product_document
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.tantivy import TantivyEngine

INDEX = "products"
DEPTH = 100
Run = dict[str, list[str]]
Judgments = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Score:
    """The scores of one engine on one data set.

    `empty` is the share of queries without results; times are milliseconds.
    """

    set: str
    engine: str
    queries: int
    ndcg_at_10: float
    mrr_at_10: float
    recall_at_5: float
    empty: float
    p50_ms: float
    p95_ms: float


def main(env: Mapping[str, str] = os.environ) -> int:
    """Measure every data set with every engine, print and write the scores."""
    datasets_dir, split = Path(env.get("SETS", "../shared/data")), env.get("SPLIT", "dev")
    report_dir = Path(env.get("REPORT", "var/reports"))
    folders = [folder for folder in sorted(datasets_dir.glob("*")) if is_dataset(folder, split)]
    if not folders:
        print(f"no set with {split} queries in {datasets_dir}", file=sys.stderr)
        return 2
    scores: list[Score] = []
    for folder in folders:
        for name in engine_names(env):
            with temporary_engine(name, env) as engine:
                score, run = measure(folder, split, engine)
            scores.append(score)
            _write_json(report_dir / "runs" / f"{folder.name}.{engine.name}.json", run)
            print(_format_score(score), flush=True)
    _write_json(report_dir / "relevance.json", {"split": split, "scores": [asdict(score) for score in scores]})
    return 0


def is_dataset(folder: Path, split: str) -> bool:
    """Return whether a folder has documents, queries and judgments."""
    names = ("docs.jsonl.gz", f"queries.{split}.jsonl", f"qrels.{split}.tsv")
    return all((folder / name).is_file() for name in names)


def engine_names(env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the engines to measure."""
    default = "both" if env.get("ELASTICSEARCH_URL") else "embedded"
    choice = env.get("ENGINE") or default
    return ("embedded", "elastic") if choice == "both" else (choice,)


@contextmanager
def temporary_engine(name: str, env: Mapping[str, str]) -> Iterator[SearchEngine]:
    """Yield an empty engine that is removed afterwards."""
    if name == "embedded":
        with tempfile.TemporaryDirectory() as folder:
            yield TantivyEngine(Path(folder))
    elif name == "elastic" and env.get("ELASTICSEARCH_URL"):
        elasticsearch = ElasticsearchEngine(env["ELASTICSEARCH_URL"], prefix=f"relevance-{secrets.token_hex(4)}", budget=10)
        try:
            yield elasticsearch
        finally:
            elasticsearch.drop_index(INDEX)
    else:
        raise SystemExit(f"ENGINE={name} needs to be embedded, elastic or both, and elastic needs ELASTICSEARCH_URL")


def measure(folder: Path, split: str, engine: SearchEngine) -> tuple[Score, Run]:
    """Index the documents of a data set, run its queries, and score the results."""
    engine.rebuild(INDEX, (document(record) for record in _read_jsonl(folder / "docs.jsonl.gz")))
    run: Run = {}
    times: list[float] = []
    for query in _read_jsonl(folder / f"queries.{split}.jsonl"):
        started = time.perf_counter()
        result = engine.search(INDEX, Query(audience=(PUBLIC_AUDIENCE,), text=query["text"], limit=DEPTH))
        times.append((time.perf_counter() - started) * 1000)
        run[query["id"]] = list(result.ids)
    return score_run(folder.name, engine.name, run, load_judgments(folder / f"qrels.{split}.tsv"), times), run


def document(record: Mapping[str, Any]) -> Document:
    """Return the document of a data set's product, built as the catalogue does, whatever fields its source uses."""
    specification = {name: str(value) for name, value in (record.get("attributes") or {}).items()}
    if record.get("color"):
        specification["color"] = record["color"]
    brand = record.get("brand") or record.get("manufacturer") or specification.get("品牌") or ""
    description = "\n".join(filter(None, (record.get("bullet_points"), record.get("description"))))
    text = ProductText(
        titles=(record["title"],),
        brands=(brand,),
        categories=tuple(record.get("category") or ()),
        specification=specification,
        description=description,
    )
    return product_document(record["id"], version=1, audience=(PUBLIC_AUDIENCE,), text=text)


def score_run(name: str, engine: str, run: Run, judgments_by_query: Judgments, times: Sequence[float]) -> Score:
    """Average the measures over the queries with relevant documents; a query without results scores 0."""
    relevant = {query: gains for query, gains in judgments_by_query.items() if any(gain > 0 for gain in gains.values())}
    ordered = sorted(times) or [0.0]
    return Score(
        set=name,
        engine=engine,
        queries=len(relevant),
        ndcg_at_10=_mean([ndcg(run.get(query, []), gains) for query, gains in relevant.items()]),
        mrr_at_10=_mean([reciprocal_rank(run.get(query, []), gains) for query, gains in relevant.items()]),
        recall_at_5=_mean([recall(run.get(query, []), gains) for query, gains in relevant.items()]),
        empty=_mean([float(not run.get(query)) for query in relevant]),
        p50_ms=ordered[len(ordered) // 2],
        p95_ms=ordered[int(len(ordered) * 0.95)],
    )


def ndcg(ranking: Sequence[str], gains: Mapping[str, float], depth: int = 10) -> float:
    """Return the discounted cumulative gain relative to the ideal ranking; linear gains, all judged documents."""
    best = sorted(gains.values(), reverse=True)[:depth]
    return _discounted([gains.get(id, 0.0) for id in ranking[:depth]]) / _discounted(best)


def reciprocal_rank(ranking: Sequence[str], gains: Mapping[str, float], depth: int = 10) -> float:
    """Return the reciprocal rank of the first relevant document; 0 if it ranks below the depth."""
    return next((1 / rank for rank, id in enumerate(ranking[:depth], 1) if gains.get(id, 0) > 0), 0.0)


def recall(ranking: Sequence[str], gains: Mapping[str, float], depth: int = 5) -> float:
    """Return the share of all relevant documents that rank above this depth."""
    relevant = {id for id, gain in gains.items() if gain > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant)


def load_judgments(path: Path) -> Judgments:
    """Return the gains by query and document from a table with a header."""
    judgments: Judgments = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        query, id, gain = line.split("\t")
        judgments.setdefault(query, {})[id] = float(gain)
    return judgments


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def _write_json(path: Path, data: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")


def _format_score(score: Score) -> str:
    return (
        f"{score.set:24} {score.engine:14} nDCG@10 {score.ndcg_at_10:.4f}  MRR@10 {score.mrr_at_10:.4f}  "
        f"recall@5 {score.recall_at_5:.3f}  empty {score.empty:.1%}  p50 {score.p50_ms:.1f} ms  "
        f"p95 {score.p95_ms:.1f} ms"
    )


if __name__ == "__main__":
    raise SystemExit(main())
