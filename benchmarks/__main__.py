"""`make bench`: measurement of the site with 10,000 products and of the baseline, in alternating rounds.

    python -m benchmarks [--size large] [--rounds 3] [--seconds 3]

The report is written to var/reports/bench.json. Every figure is a ratio to the baseline of the same rounds, because
machines differ and are shared.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
from dataclasses import asdict
from itertools import cycle, islice

from benchmarks import scenarios, servers
from benchmarks.environment import ROOT, Environment, start_environment
from benchmarks.load import LOCAL_HOSTS, GetRequests, Measurement, Scenario, run_load
from benchmarks.report import ReportLine, format_line, limit_line, report_lines
from benchmarks.targets import MAX_FIRST_PAGE_S, MAX_GROWTH_PERCENT, MAX_MEMORY_MB, MAX_PLACE_ORDER_MS, TARGETS

REPORT = ROOT / "var" / "reports" / "bench.json"
PLACE_ORDER_RUNS = 30
# Two rounds of five seconds each: until connections have planned their statements, all caches are filled, and entries
# that expire after some seconds have been renewed once. Memory growth after that is a leak, not a cache filling up.
WARMUP_ROUNDS, WARMUP_S = 2, 5.0
BASELINE_S = 1.0
Measurements = dict[str, list[Measurement]]
Workloads = dict[str, tuple[int, Scenario]]


def main() -> int:
    """Run the benchmark, print the report and write it. Return 1 if requests have failed."""
    options = _options()
    with start_environment(options.size) as environment:
        workloads = _workloads(environment)
        baselines = _baselines(environment)
        _run_rounds(workloads | baselines, rounds=WARMUP_ROUNDS, seconds=WARMUP_S)
        memory_before = _worker_memory_mb(environment)
        measured, baseline_measured = _measure_with_baseline(
            workloads, baselines, rounds=options.rounds, seconds=options.seconds
        )
        lines = [
            line
            for target in TARGETS
            for line in report_lines(target, measured.get(target.id, []), baseline_measured.get(target.id, []))
        ]
        lines += [_measure_place_order(environment, measured), *_resource_lines(environment, measured, memory_before)]
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps([asdict(line) for line in lines], indent=1, ensure_ascii=False))
    print("\n".join(format_line(line) for line in lines))
    failed = {
        name: [measurement for measurement in measurements if measurement.failures] for name, measurements in measured.items()
    }
    failures = {
        name: [(measurement.statuses, measurement.reasons) for measurement in measurements]
        for name, measurements in failed.items()
        if measurements
    }
    if failures:
        print(f"requests failed: {failures}", file=sys.stderr)
    print(f"written to {REPORT.relative_to(ROOT)}")
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="large", choices=["small", "demo", "large"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    return parser.parse_args()


def _baselines(environment: Environment) -> Workloads:
    """Return the workloads of the baseline: a page of cards, and hello."""
    if environment.baseline_port is None:
        return {}
    cards = GetRequests(tuple(f"/cards?c={number}" for number in range(1, 51)))
    return {"baseline": (environment.baseline_port, cards), "hello": (environment.baseline_port, GetRequests(("/hello",)))}


def _workloads(environment: Environment) -> Workloads:
    """Return the workloads by target id: port and scenario."""
    port = environment.site.port
    workloads: Workloads = {name: (port, scenario) for name, scenario in scenarios.page_scenarios(environment.site).items()}
    workloads["add-to-cart"] = (port, scenarios.AddToCart(environment.site).prepare())
    workloads["add-to-cart.page"] = (port, scenarios.ProductPageAndAddToCart(environment.site))
    workloads["checkout"] = (port, scenarios.Checkout(environment.site))
    workloads["checkout.paid"] = (port, scenarios.Purchase(environment.site))
    return workloads


def _measure_with_baseline(
    workloads: Workloads, baselines: Workloads, *, rounds: int, seconds: float
) -> tuple[Measurements, Measurements]:
    """Run every workload once per round, with its baseline directly before and after it."""
    measured: Measurements = {name: [] for name in workloads}
    baseline_measured: Measurements = {name: [] for name in workloads}
    baseline_names = {target.id: target.baseline for target in TARGETS}
    for name in islice(cycle(workloads), rounds * len(workloads)):
        baseline = baselines.get(baseline_names[name])
        before = run_load(baseline[0], baseline[1], seconds=BASELINE_S) if baseline else None
        measured[name].append(run_load(*workloads[name], seconds=seconds))
        if baseline and before:
            baseline_measured[name].append(before.merge(run_load(baseline[0], baseline[1], seconds=BASELINE_S)))
    return measured, baseline_measured


def _run_rounds(workloads: Workloads, *, rounds: int, seconds: float) -> Measurements:
    """Run every workload once per round."""
    measured: Measurements = {name: [] for name in workloads}
    for name in islice(cycle(workloads), rounds * len(workloads)):
        port, scenario = workloads[name]
        measured[name].append(run_load(port, scenario, seconds=seconds))
    return measured


def _measure_place_order(environment: Environment, measured: Measurements) -> ReportLine:
    """Measure placing an order without concurrent requests."""
    connection = http.client.HTTPConnection(LOCAL_HOSTS[0], environment.site.port, timeout=30)
    checkout = scenarios.Checkout(environment.site)
    median_ms = statistics.median(checkout.time_place_order(connection, turn) for turn in range(PLACE_ORDER_RUNS)) * 1000
    connection.close()
    return limit_line("place-order", "placing an order of two merchants alone, p50", median_ms, "ms", MAX_PLACE_ORDER_MS)


def _resource_lines(environment: Environment, measured: Measurements, memory_before: float) -> list[ReportLine]:
    """Return the lines for memory and start-up time."""
    memory_after = _worker_memory_mb(environment)
    request_count = sum(len(measurement.times) for measurements in measured.values() for measurement in measurements)
    growth_percent = (memory_after - memory_before) / memory_before * 100 if memory_before else 0.0
    return [
        limit_line("memory", "memory of the largest worker after the bench", memory_after, "MB", MAX_MEMORY_MB),
        limit_line("memory.growth", f"growth of that over {request_count} requests", growth_percent, "%", MAX_GROWTH_PERCENT),
        limit_line(
            "first-page", "from the start of the server to its first page", environment.first_page_s, "s", MAX_FIRST_PAGE_S
        ),
    ]


def _worker_memory_mb(environment: Environment) -> float:
    """Return the megabytes of the largest worker, with shared pages counted proportionally."""
    return max(servers.worker_memory_kb(environment.gunicorn_pid)) / 1024


if __name__ == "__main__":
    sys.exit(main())
