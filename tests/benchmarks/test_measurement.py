"""The benchmark's own code: parsing of pages, evaluation of times, comparison with the targets."""

from __future__ import annotations

from benchmarks.http_client import parse_form_fields, port_and_path
from benchmarks.load import GetRequests, Measurement, run_load
from benchmarks.report import format_line, limit_line, report_lines
from benchmarks.targets import TARGETS, Target


def test_fields_returns_first_value_per_name() -> None:
    page = '<input type="hidden" name="key" value="a&amp;b"><input name="q"><input name="key" value="later">'
    assert parse_form_fields(page) == {"key": "a&b", "q": ""}


def test_local_splits_port_and_path() -> None:
    assert port_and_path("http://127.0.0.1:8001/pay/7?lang=en") == (8001, "/pay/7?lang=en")


def test_measured_rate_quantiles_and_failures() -> None:
    measured = Measurement(2.0, [0.004, 0.001, 0.002, 0.003], {200: 2, 404: 1, 0: 1})
    assert (measured.rate, measured.quantile(0.5), measured.quantile(0.95), measured.failures) == (2.0, 3.0, 4.0, 2)


def test_burst_reports_connection_errors() -> None:
    measured = run_load(1, GetRequests(("/",)), seconds=0.05, clients=2)
    assert set(measured.statuses) == {0}
    assert measured.failures == sum(measured.reasons.values()) > 0
    assert all(reason.startswith("ConnectionRefusedError") for reason in measured.reasons)


def test_target_passes_at_required_ratio() -> None:
    measured_rounds, baseline_rounds = [Measurement(1.0, [0.01] * 50, {200: 50})], [Measurement(1.0, [0.005] * 100, {200: 100})]
    for target_ratio, passed in ((0.5, True), (0.51, False), (None, None)):
        report_line = report_lines(Target("category", "category", target_ratio), measured_rounds, baseline_rounds)[0]
        assert (report_line.value, report_line.baseline, report_line.ratio, report_line.passed) == (50.0, 100.0, 0.5, passed)
    assert [report_line.id for report_line in report_lines(Target("category", "category"), measured_rounds, [])] == [
        "category",
        "category.p50",
        "category.p95",
    ]
    assert report_lines(Target("category", "category"), measured_rounds, [])[0].ratio is None


def test_stretch_target_is_separate_line() -> None:
    measured_rounds, baseline_rounds = [Measurement(1.0, [0.01] * 50, {200: 50})], [Measurement(1.0, [0.005] * 100, {200: 100})]
    lines = {
        report_line.id: report_line
        for report_line in report_lines(
            Target("category", "category", 0.4, stretch_ratio=0.6), measured_rounds, baseline_rounds
        )
    }
    assert (lines["category"].passed, lines["category.stretch"].passed, lines["category.stretch"].target) == (True, False, 0.6)


def test_rounds_compared_with_neighboring_baseline() -> None:
    measured_rounds = [Measurement(1.0, [0.01] * number, {200: number}) for number in (50, 110, 40)]
    baseline_rounds = [Measurement(1.0, [0.005] * number, {200: number}) for number in (100, 200, 50)]
    baselines = [measured.merge(measured) for measured in baseline_rounds]
    assert report_lines(Target("category", "category", 0.5), measured_rounds, baselines)[0].ratio == 0.55
    assert (baselines[0].rate, baselines[0].statuses, len(baselines[0].times)) == (100.0, {200: 200}, 200)


def test_bounded_passes_up_to_limit() -> None:
    assert limit_line("memory", "memory", 85.0, "MB", 85.0).passed is True
    missed = limit_line("memory", "memory", 85.1, "MB", 85.0)
    assert missed.passed is False
    assert format_line(missed).endswith("MISSED")


def test_targets_match_agreed_ratios() -> None:
    ratios = {target.id: target.min_ratio for target in TARGETS if target.min_ratio}
    assert ratios == {
        "category": 0.5,
        "product": 0.509,
        "no-sql": 0.5,
        "search": 0.295,
        "search.common": 0.1,
        "add-to-cart": 0.438,
        "checkout": 0.112,
    }
    assert {target.id: target.stretch_ratio for target in TARGETS if target.stretch_ratio} == {"category": 0.65}
