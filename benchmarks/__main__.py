"""`make bench`: the market at 10,000 products beside the floor, in rounds that alternate; writes var/reports/bench.json.

    python -m benchmarks [--size large] [--rounds 3] [--seconds 3]

Every figure is a ratio to the floor of the same rounds, because machines differ and are busy.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
from dataclasses import asdict
from itertools import cycle, islice

from benchmarks import servers, visits
from benchmarks.load import LOCAL, Get, Measured, Visit, burst
from benchmarks.marks import FIRST_PAGE_S, GROWTH_PERCENT, MARKS, MEMORY_MB, PLACING_MS
from benchmarks.report import Line, bounded, lines_of, printed
from benchmarks.stage import ROOT, Stage, standing

REPORT = ROOT / "var" / "reports" / "bench.json"
PLACINGS = 30
# Twice round, five seconds each: until connections have planned their statements, all that is kept ready is drawn, and
# what is kept for some seconds only has been drawn anew once. What memory grows by after that is a leak, not a filling.
WARM_ROUNDS, WARM_S = 2, 5.0
FLOOR_S = 1.0
Seen = dict[str, list[Measured]]
Plans = dict[str, tuple[int, Visit]]


def main() -> int:
    """Measure, print, write. 1 when an answer failed."""
    options = _options()
    with standing(options.size) as stage:
        plans = _plans(stage)
        floors = _floors(stage)
        _rounds(plans | floors, rounds=WARM_ROUNDS, seconds=WARM_S)
        before = _memory(stage)
        seen, beside = _side_by_side(plans, floors, rounds=options.rounds, seconds=options.seconds)
        lines = [line for mark in MARKS for line in lines_of(mark, seen.get(mark.id, []), beside.get(mark.id, []))]
        lines += [_placing(stage, seen), *_standing_figures(stage, seen, before)]
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps([asdict(line) for line in lines], indent=1, ensure_ascii=False))
    print("\n".join(printed(line) for line in lines))
    failed = {name: [one for one in found if one.failures] for name, found in seen.items()}
    failures = {name: [(one.statuses, one.reasons) for one in found] for name, found in failed.items() if found}
    if failures:
        print(f"answers failed: {failures}", file=sys.stderr)
    print(f"written to {REPORT.relative_to(ROOT)}")
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="large", choices=["small", "demo", "large"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    return parser.parse_args()


def _floors(stage: Stage) -> Plans:
    """What is measured beside: a page of cards, and hello."""
    if stage.floor_port is None:
        return {}
    cards = Get(tuple(f"/cards?c={number}" for number in range(1, 51)))
    return {"floor": (stage.floor_port, cards), "hello": (stage.floor_port, Get(("/hello",)))}


def _plans(stage: Stage) -> Plans:
    """Whom to ask for what."""
    port = stage.market.port
    plans: Plans = {name: (port, visit) for name, visit in visits.pages(stage.market).items()}
    plans["P9"] = (port, visits.AddToCart(stage.market).prepare())
    plans["P9.page"] = (port, visits.PageAndAdd(stage.market))
    plans["P10"] = (port, visits.Checkout(stage.market))
    plans["P10.paid"] = (port, visits.Purchase(stage.market))
    return plans


def _side_by_side(plans: Plans, floors: Plans, *, rounds: int, seconds: float) -> tuple[Seen, Seen]:
    """Each round asks everybody in turn, and the floor of each right before and after it."""
    seen: Seen = {name: [] for name in plans}
    beside: Seen = {name: [] for name in plans}
    kinds = {mark.id: mark.floor for mark in MARKS}
    for name in islice(cycle(plans), rounds * len(plans)):
        floor = floors.get(kinds[name])
        before = burst(floor[0], floor[1], seconds=FLOOR_S) if floor else None
        seen[name].append(burst(*plans[name], seconds=seconds))
        if floor and before:
            beside[name].append(before.and_then(burst(floor[0], floor[1], seconds=FLOOR_S)))
    return seen, beside


def _rounds(plans: Plans, *, rounds: int, seconds: float) -> Seen:
    """Each round asks everybody in turn."""
    seen: Seen = {name: [] for name in plans}
    for name in islice(cycle(plans), rounds * len(plans)):
        port, visit = plans[name]
        seen[name].append(burst(port, visit, seconds=seconds))
    return seen


def _placing(stage: Stage, seen: Seen) -> Line:
    """Ordering alone, with nobody else in the market."""
    connection = http.client.HTTPConnection(LOCAL[0], stage.market.port, timeout=30)
    checkout = visits.Checkout(stage.market)
    took = statistics.median(checkout.place(connection, turn) for turn in range(PLACINGS)) * 1000
    connection.close()
    return bounded("P10.placing", "placing an order of two merchants alone, p50", took, "ms", PLACING_MS)


def _standing_figures(stage: Stage, seen: Seen, before: float) -> list[Line]:
    """Memory and start."""
    after = _memory(stage)
    asked = sum(len(one.times) for found in seen.values() for one in found)
    grown = (after - before) / before * 100 if before else 0.0
    return [
        bounded("P14", "memory of the largest worker after the bench", after, "MB", MEMORY_MB),
        bounded("P14.growth", f"growth of that over {asked} requests", grown, "%", GROWTH_PERCENT),
        bounded("P14.start", "from the start of the server to its first page", stage.first_page, "s", FIRST_PAGE_S),
    ]


def _memory(stage: Stage) -> float:
    """Megabytes of the largest worker, shared pages counted by their share."""
    return max(servers.memory_of(stage.arbiter)) / 1024


if __name__ == "__main__":
    sys.exit(main())
