"""The lines of the report: what was measured, beside what, and whether it reaches its mark."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load import Measured
from benchmarks.marks import Mark


@dataclass(frozen=True)
class Line:
    """One line. `ratio` is value through floor; `reach` is what the ratio should be at least (or the value at most)."""

    id: str
    name: str
    value: float
    unit: str
    floor: float | None
    ratio: float | None
    reach: float | None
    holds: bool | None


def lines_of(mark: Mark, mine: Sequence[Measured], beside: Sequence[Measured]) -> list[Line]:
    """Requests a second, then the two quantiles: medians of the rounds. Nothing when it was not measured.

    `beside` is the floor just before and after each of `mine`: a machine that is shared is twice as quick in some minutes as
    in others, so each round is a ratio of its own.
    """
    if not mine:
        return []
    rate = statistics.median(one.rate for one in mine)
    base = statistics.median(one.rate for one in beside) if beside else None
    ratio = _apart([one.rate for one in mine], [one.rate for one in beside])
    holds = None if ratio is None or mark.reach is None else ratio >= mark.reach
    lines = [Line(mark.id, mark.name, round(rate, 1), "requests/s", _round(base), _round(ratio), mark.reach, holds)]
    if mark.stretch is not None and ratio is not None:
        further, held = f"{mark.name}, stretched", ratio >= mark.stretch
        lines.append(
            Line(f"{mark.id}.stretch", further, round(rate, 1), "requests/s", _round(base), _round(ratio), mark.stretch, held)
        )
    for quantile, title in ((0.5, "p50"), (0.95, "p95")):
        value = statistics.median(one.quantile(quantile) for one in mine)
        other = statistics.median(one.quantile(quantile) for one in beside) if beside else None
        apart = _apart([one.quantile(quantile) for one in mine], [one.quantile(quantile) for one in beside])
        name = f"{mark.name}, {title}"
        lines.append(Line(f"{mark.id}.{title}", name, round(value, 2), "ms", _round(other), _round(apart), None, None))
    return lines


def _apart(mine: Sequence[float], beside: Sequence[float]) -> float | None:
    """The median of the rounds' ratios; none without a floor."""
    found = [one / floor for one, floor in zip(mine, beside, strict=True) if floor] if beside else []
    return statistics.median(found) if found else None


def bounded(id: str, name: str, value: float, unit: str, most: float) -> Line:
    """A figure that may be at most so much, whatever the floor does."""
    return Line(id, name, round(value, 2), unit, None, None, most, value <= most)


def printed(line: Line) -> str:
    """A line for people."""
    said = {True: "holds", False: "MISSED", None: ""}[line.holds]
    ratio = f"{line.ratio:8.3f} of the floor" if line.ratio is not None else ""
    reach = f"(reach {line.reach:g})" if line.reach is not None else ""
    return f"{line.id:14} {line.name:52} {line.value:10.2f} {line.unit:11} {ratio:22} {reach:14} {said}".rstrip()


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
