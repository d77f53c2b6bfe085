"""The lines of the report: measured values, their baseline, and whether they reach the target."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load import Measurement
from benchmarks.targets import Target


@dataclass(frozen=True)
class ReportLine:
    """One line of the report.

    Attributes:
        ratio: The value relative to the baseline.
        target: The minimum of the ratio, or the maximum of the value.
    """

    id: str
    name: str
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    target: float | None
    passed: bool | None


def report_lines(target: Target, measured: Sequence[Measurement], baseline_measured: Sequence[Measurement]) -> list[ReportLine]:
    """Return the request rate and two quantiles as medians of the rounds; nothing if it was not measured.

    `baseline_measured` has the baseline just before and after each of `measured`: a shared machine is twice as fast in some
    minutes as in others, so each round has a ratio of its own.
    """
    if not measured:
        return []
    rate = statistics.median(measurement.rate for measurement in measured)
    baseline_rate = statistics.median(measurement.rate for measurement in baseline_measured) if baseline_measured else None
    ratio = _median_ratio(
        [measurement.rate for measurement in measured], [measurement.rate for measurement in baseline_measured]
    )
    passed = None if ratio is None or target.min_ratio is None else ratio >= target.min_ratio
    lines = [
        ReportLine(
            target.id, target.name, round(rate, 1), "requests/s", _round(baseline_rate), _round(ratio), target.min_ratio, passed
        )
    ]
    if target.stretch_ratio is not None and ratio is not None:
        stretch_name, stretch_passed = f"{target.name}, stretched", ratio >= target.stretch_ratio
        lines.append(
            ReportLine(
                f"{target.id}.stretch",
                stretch_name,
                round(rate, 1),
                "requests/s",
                _round(baseline_rate),
                _round(ratio),
                target.stretch_ratio,
                stretch_passed,
            )
        )
    for quantile, title in ((0.5, "p50"), (0.95, "p95")):
        value = statistics.median(measurement.quantile(quantile) for measurement in measured)
        baseline_value = (
            statistics.median(measurement.quantile(quantile) for measurement in baseline_measured)
            if baseline_measured
            else None
        )
        quantile_ratio = _median_ratio(
            [measurement.quantile(quantile) for measurement in measured],
            [measurement.quantile(quantile) for measurement in baseline_measured],
        )
        name = f"{target.name}, {title}"
        lines.append(
            ReportLine(
                f"{target.id}.{title}", name, round(value, 2), "ms", _round(baseline_value), _round(quantile_ratio), None, None
            )
        )
    return lines


def _median_ratio(measured: Sequence[float], baseline_measured: Sequence[float]) -> float | None:
    """Return the median of the rounds' ratios; None without a baseline."""
    ratios = (
        [value / baseline for value, baseline in zip(measured, baseline_measured, strict=True) if baseline]
        if baseline_measured
        else []
    )
    return statistics.median(ratios) if ratios else None


def limit_line(id: str, name: str, value: float, unit: str, maximum: float) -> ReportLine:
    """Return a line for a value with a maximum that does not depend on the baseline."""
    return ReportLine(id, name, round(value, 2), unit, None, None, maximum, value <= maximum)


def format_line(line: ReportLine) -> str:
    """Return a line of text for the terminal."""
    verdict = {True: "passed", False: "MISSED", None: ""}[line.passed]
    ratio = f"{line.ratio:8.3f} of baseline" if line.ratio is not None else ""
    target = f"(target {line.target:g})" if line.target is not None else ""
    return f"{line.id:20} {line.name:52} {line.value:10.2f} {line.unit:11} {ratio:22} {target:14} {verdict}".rstrip()


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
