"""Measures how well the market finds: `python -m search.relevance`, by the environment:

    SETS    a folder of sets, each with docs.jsonl.gz, queries.<split>.jsonl and qrels.<split>.tsv
    SPLIT   which queries to ask (dev)
    ENGINE  embedded, elastic or both; by default embedded, and elastic as well when ELASTICSEARCH_URL is set
    REPORT  where to write (var/reports)

Every set goes through the product's own document builder and engine. Each run is kept as {query: [documents]}.
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

from search import EVERYBODY, Document, Engine, Query
from search.documents import ProductWords, product_document
from search.elastic import Elastic
from search.embedded import Embedded

INDEX = "products"
DEPTH = 100
Run = dict[str, list[str]]
Judgments = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Score:
    """How one engine did on one set. `empty` is the share of queries that found nothing; times are milliseconds."""

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
    """Measure every set with every engine, print and write what came out."""
    sets, split = Path(env.get("SETS", "../shared/data")), env.get("SPLIT", "dev")
    report = Path(env.get("REPORT", "var/reports"))
    folders = [folder for folder in sorted(sets.glob("*")) if is_set(folder, split)]
    if not folders:
        print(f"no set with {split} queries in {sets}", file=sys.stderr)
        return 2
    scores: list[Score] = []
    for folder in folders:
        for name in engines_wanted(env):
            with engine_named(name, env) as engine:
                score, run = measure(folder, split, engine)
            scores.append(score)
            _write(report / "runs" / f"{folder.name}.{engine.name}.json", run)
            print(_line(score), flush=True)
    _write(report / "relevance.json", {"split": split, "scores": [asdict(score) for score in scores]})
    return 0


def is_set(folder: Path, split: str) -> bool:
    """Whether a folder has documents, queries and judgments."""
    names = ("docs.jsonl.gz", f"queries.{split}.jsonl", f"qrels.{split}.tsv")
    return all((folder / name).is_file() for name in names)


def engines_wanted(env: Mapping[str, str]) -> tuple[str, ...]:
    """Which engines to measure."""
    default = "both" if env.get("ELASTICSEARCH_URL") else "embedded"
    wanted = env.get("ENGINE") or default
    return ("embedded", "elastic") if wanted == "both" else (wanted,)


@contextmanager
def engine_named(name: str, env: Mapping[str, str]) -> Iterator[Engine]:
    """An empty engine that leaves nothing behind."""
    if name == "embedded":
        with tempfile.TemporaryDirectory() as folder:
            yield Embedded(Path(folder))
    elif name == "elastic" and env.get("ELASTICSEARCH_URL"):
        elastic = Elastic(env["ELASTICSEARCH_URL"], prefix=f"relevance-{secrets.token_hex(4)}", budget=10)
        try:
            yield elastic
        finally:
            elastic.erase(INDEX)
    else:
        raise SystemExit(f"ENGINE={name} needs to be embedded, elastic or both, and elastic needs ELASTICSEARCH_URL")


def measure(folder: Path, split: str, engine: Engine) -> tuple[Score, Run]:
    """Index the documents of a set, ask its queries, and judge the answers."""
    engine.rebuild(INDEX, (document(facts) for facts in _lines(folder / "docs.jsonl.gz")))
    run: Run = {}
    times: list[float] = []
    for query in _lines(folder / f"queries.{split}.jsonl"):
        started = time.perf_counter()
        found = engine.find(INDEX, Query(audience=(EVERYBODY,), text=query["text"], limit=DEPTH))
        times.append((time.perf_counter() - started) * 1000)
        run[query["id"]] = list(found.ids)
    return judge(folder.name, engine.name, run, judgments(folder / f"qrels.{split}.tsv"), times), run


def document(facts: Mapping[str, Any]) -> Document:
    """A product of a set, whatever its source calls things, by the builder that the catalogue uses."""
    specification = {name: str(value) for name, value in (facts.get("attributes") or {}).items()}
    if facts.get("color"):
        specification["color"] = facts["color"]
    brand = facts.get("brand") or facts.get("manufacturer") or specification.get("品牌") or ""
    told = "\n".join(filter(None, (facts.get("bullet_points"), facts.get("description"))))
    words = ProductWords(
        titles=(facts["title"],),
        brands=(brand,),
        categories=tuple(facts.get("category") or ()),
        specification=specification,
        description=told,
    )
    return product_document(facts["id"], version=1, audience=(EVERYBODY,), words=words)


def judge(name: str, engine: str, run: Run, judged: Judgments, times: Sequence[float]) -> Score:
    """Average over the queries that have anything to find; a query without an answer scores nothing."""
    worth = {query: gains for query, gains in judged.items() if any(gain > 0 for gain in gains.values())}
    ordered = sorted(times) or [0.0]
    return Score(
        set=name,
        engine=engine,
        queries=len(worth),
        ndcg_at_10=_mean([ndcg(run.get(query, []), gains) for query, gains in worth.items()]),
        mrr_at_10=_mean([reciprocal_rank(run.get(query, []), gains) for query, gains in worth.items()]),
        recall_at_5=_mean([recall(run.get(query, []), gains) for query, gains in worth.items()]),
        empty=_mean([float(not run.get(query)) for query in worth]),
        p50_ms=ordered[len(ordered) // 2],
        p95_ms=ordered[int(len(ordered) * 0.95)],
    )


def ndcg(ranking: Sequence[str], gains: Mapping[str, float], depth: int = 10) -> float:
    """Gain discounted by the logarithm of the place, as a share of the best order; linear gains, all judged."""
    best = sorted(gains.values(), reverse=True)[:depth]
    return _discounted([gains.get(id, 0.0) for id in ranking[:depth]]) / _discounted(best)


def reciprocal_rank(ranking: Sequence[str], gains: Mapping[str, float], depth: int = 10) -> float:
    """One through the place of the first good answer; nothing when it stands deeper."""
    return next((1 / place for place, id in enumerate(ranking[:depth], 1) if gains.get(id, 0) > 0), 0.0)


def recall(ranking: Sequence[str], gains: Mapping[str, float], depth: int = 5) -> float:
    """The share of all good answers that stand above this depth."""
    good = {id for id, gain in gains.items() if gain > 0}
    return len(good.intersection(ranking[:depth])) / len(good)


def judgments(path: Path) -> Judgments:
    """Gains by query and document, from a table with a header."""
    judged: Judgments = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        query, id, gain = line.split("\t")
        judged.setdefault(query, {})[id] = float(gain)
    return judged


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def _write(path: Path, facts: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")


def _line(score: Score) -> str:
    return (
        f"{score.set:24} {score.engine:14} nDCG@10 {score.ndcg_at_10:.4f}  MRR@10 {score.mrr_at_10:.4f}  "
        f"recall@5 {score.recall_at_5:.3f}  empty {score.empty:.1%}  p50 {score.p50_ms:.1f} ms  "
        f"p95 {score.p95_ms:.1f} ms"
    )


if __name__ == "__main__":
    raise SystemExit(main())
