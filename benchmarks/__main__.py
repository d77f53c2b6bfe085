"""`make bench`: the market at 10,000 products beside the floor, in rounds that alternate; writes var/reports/bench.json.

    python -m benchmarks [--size large] [--rounds 3] [--seconds 4]

Every figure is a ratio to the floor of the same rounds, because machines differ and are busy.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import floor, servers
from benchmarks.load import Get, Measured, Visit, burst
from benchmarks.marks import MARKS, Mark, visits
from marketplace.kernel import embedded
from marketplace.kernel.embedded import Servers

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "var" / "reports" / "bench.json"


@dataclass(frozen=True)
class Line:
    """One line of the report."""

    id: str
    name: str
    value: float
    unit: str
    floor: float | None
    ratio: float | None
    reach: float | None
    holds: bool | None


def main() -> int:
    """Measure, print, write. 1 when a page failed."""
    options = _options()
    with _market(options.size) as (stage, env):
        port, floor_port, pid = stage
        lines, failures = _measure(options, env, port, floor_port)
        lines += _memory(pid)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps([asdict(line) for line in lines], indent=1, ensure_ascii=False))
    for line in lines:
        _print(line)
    print(f"written to {REPORT.relative_to(ROOT)}")
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="large", choices=["small", "demo", "large"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    return parser.parse_args()


@contextmanager
def _market(size: str) -> Iterator[tuple[tuple[int, int | None, int], dict[str, str]]]:
    """A market of this size and the floor, both under two workers."""
    with ExitStack() as stack:
        var = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jishi-bench-", dir="/tmp")))
        var.chmod(0o755)
        running = embedded.start(var, durable=True)
        stack.callback(running.stop)
        port, floor_port = servers.free_port(), servers.free_port()
        env = _environment(running, var, port)
        for words in (("migrate",), ("seed", "--size", size), ("reindex",)):
            print(f"flask {' '.join(words)}", flush=True)
            subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", *words], cwd=ROOT, env=env, check=True)
        log = var / "bench.log"
        pid = stack.enter_context(servers.serving("wsgi:app", port=port, env=env, folder=ROOT, probe="/healthz", log=log))
        floor_env = floor.prepare(running)
        if floor_env is not None:
            stack.enter_context(
                servers.serving("app:app", port=floor_port, env=floor_env, folder=floor.FLOOR, probe="/hello", log=log)
            )
        yield (port, floor_port if floor_env else None, pid), env


def _environment(running: Servers, var: Path, port: int) -> dict[str, str]:
    return {
        **os.environ,
        **running.environment(),
        "SECRET_KEY": secrets.token_hex(24),
        "GATEWAY_SECRET": secrets.token_hex(24),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "ENVIRONMENT": "development",
        "VAR_DIR": str(var),
        "RATE_LIMITS": "no",
    }


def _measure(options: Any, env: dict[str, str], port: int, floor_port: int | None) -> tuple[list[Line], int]:
    """Rounds of floor and marks, alternating; medians of the rounds."""
    plans = visits(env, port)
    seen: dict[str, list[Measured]] = {}
    for number in range(options.rounds + 1):
        warm = number == 0
        seconds = 1.0 if warm else options.seconds
        bursts: dict[str, tuple[int, Visit]] = {mark.id: (port, plans[mark.id]) for mark in MARKS if mark.id in plans}
        if floor_port is not None:
            bursts["floor"] = (floor_port, Get(tuple(f"/cards?c={c}" for c in range(1, 51))))
            bursts["hello"] = (floor_port, Get(("/hello",)))
        for name, (where, visit) in bursts.items():
            measured = burst(where, visit, seconds=seconds)
            if not warm:
                seen.setdefault(name, []).append(measured)
    failures = sum(one.failures for measured in seen.values() for one in measured)
    if failures:
        counted = {name: [one.statuses for one in measured] for name, measured in seen.items()}
        print(f"{failures} answers failed: {counted}", file=sys.stderr)
    return [line for mark in MARKS if mark.id in seen for line in _lines(mark, seen)], failures


def _lines(mark: Mark, seen: dict[str, list[Measured]]) -> list[Line]:
    mine, beside = seen[mark.id], seen.get(mark.floor)
    rate = statistics.median(one.rate for one in mine)
    base = statistics.median(one.rate for one in beside) if beside else None
    ratio = rate / base if base else None
    holds = ratio >= mark.reach if ratio is not None and mark.reach is not None else None
    lines = [Line(mark.id, mark.name, round(rate, 1), "requests/s", _round(base), _round(ratio), mark.reach, holds)]
    for share, title in ((0.5, "p50"), (0.95, "p95")):
        value = statistics.median(one.quantile(share) for one in mine)
        other = statistics.median(one.quantile(share) for one in beside) if beside else None
        apart = value / other if other else None
        lines.append(
            Line(f"{mark.id}.{title}", f"{mark.name}, {title}", round(value, 2), "ms", _round(other), _round(apart), None, None)
        )
    return lines


def _memory(pid: int) -> list[Line]:
    sizes = servers.memory_of(pid)
    most = max(sizes) / 1024 if sizes else 0.0
    return [Line("P14", "memory of the largest worker after the bench", round(most, 1), "MB", None, None, 85.0, most <= 85.0)]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _print(line: Line) -> None:
    mark = {True: "holds", False: "MISSED", None: ""}[line.holds]
    ratio = f"{line.ratio:8.3f} of the floor" if line.ratio is not None else ""
    print(f"{line.id:12} {line.name:46} {line.value:10.2f} {line.unit:11} {ratio:24} {mark}")


if __name__ == "__main__":
    sys.exit(main())
