"""The bench's own reckoning: what it reads of a page, what it makes of times, when a mark holds."""

from __future__ import annotations

from benchmarks.browser import fields, local
from benchmarks.load import Get, Measured, burst
from benchmarks.marks import MARKS, Mark
from benchmarks.report import bounded, lines_of, printed


def test_the_fields_of_a_page_are_read_with_their_first_values() -> None:
    page = '<input type="hidden" name="key" value="a&amp;b"><input name="q"><input name="key" value="later">'
    assert fields(page) == {"key": "a&b", "q": ""}


def test_an_address_of_this_machine_is_taken_apart() -> None:
    assert local("http://127.0.0.1:8001/pay/7?lang=en") == (8001, "/pay/7?lang=en")


def test_a_burst_knows_its_rate_its_quantiles_and_its_failures() -> None:
    seen = Measured(2.0, [0.004, 0.001, 0.002, 0.003], {200: 2, 404: 1, 0: 1})
    assert (seen.rate, seen.quantile(0.5), seen.quantile(0.95), seen.failures) == (2.0, 3.0, 4.0, 2)


def test_a_burst_says_why_nothing_came() -> None:
    seen = burst(1, Get(("/",)), seconds=0.05, clients=2)
    assert set(seen.statuses) == {0}
    assert seen.failures == sum(seen.reasons.values()) > 0
    assert all(reason.startswith("ConnectionRefusedError") for reason in seen.reasons)


def test_a_mark_holds_when_its_share_of_the_floor_is_reached() -> None:
    mine, floor = [Measured(1.0, [0.01] * 50, {200: 50})], [Measured(1.0, [0.005] * 100, {200: 100})]
    for reach, holds in ((0.5, True), (0.51, False), (None, None)):
        line = lines_of(Mark("P1", "category", reach), mine, floor)[0]
        assert (line.value, line.floor, line.ratio, line.holds) == (50.0, 100.0, 0.5, holds)
    assert [line.id for line in lines_of(Mark("P1", "category"), mine, [])] == ["P1", "P1.p50", "P1.p95"]
    assert lines_of(Mark("P1", "category"), mine, [])[0].ratio is None


def test_what_is_wished_for_beyond_a_mark_is_a_line_of_its_own() -> None:
    mine, floor = [Measured(1.0, [0.01] * 50, {200: 50})], [Measured(1.0, [0.005] * 100, {200: 100})]
    lines = {line.id: line for line in lines_of(Mark("P1", "category", 0.4, stretch=0.6), mine, floor)}
    assert (lines["P1"].holds, lines["P1.stretch"].holds, lines["P1.stretch"].reach) == (True, False, 0.6)


def test_each_round_is_held_against_the_floor_beside_it() -> None:
    mine = [Measured(1.0, [0.01] * number, {200: number}) for number in (50, 110, 40)]
    floor = [Measured(1.0, [0.005] * number, {200: number}) for number in (100, 200, 50)]
    beside = [one.and_then(one) for one in floor]
    assert lines_of(Mark("P1", "category", 0.5), mine, beside)[0].ratio == 0.55
    assert (beside[0].rate, beside[0].statuses, len(beside[0].times)) == (100.0, {200: 200}, 200)


def test_a_bounded_figure_holds_up_to_its_bound() -> None:
    assert bounded("P14", "memory", 85.0, "MB", 85.0).holds is True
    missed = bounded("P14", "memory", 85.1, "MB", 85.0)
    assert missed.holds is False
    assert printed(missed).endswith("MISSED")


def test_the_marks_reach_as_far_above_the_peers_as_was_agreed() -> None:
    reaches = {mark.id: mark.reach for mark in MARKS if mark.reach}
    assert reaches == {"P1": 0.5, "P2": 0.509, "P3": 0.5, "P5": 0.295, "P5.common": 0.1, "P9": 0.438, "P10": 0.112}
    assert {mark.id: mark.stretch for mark in MARKS if mark.stretch} == {"P1": 0.65}
