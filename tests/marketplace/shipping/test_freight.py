"""Freight: flat, by weight, by piece, by region, free above an amount; sums by hand (DE3)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.money import Money
from marketplace.shipping.rules import Basis, FreightRules, Item, Zone, quote
from tests.cast import Cast

HANGZHOU, LHASA, GUANGZHOU = "330110", "540102", "440104"


@pytest.fixture(autouse=True)
def _english(app: Flask) -> object:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def item(quantity: str, grams: int = 0, yuan: int = 100) -> Item:
    return Item(quantity=Decimal(quantity), weight_grams=grams, amount=Money(yuan * 100, "CNY"))


def cost(rules: FreightRules, *items: Item, to: str = HANGZHOU) -> int:
    return quote(rules, items, to, "CNY").freight.minor


def test_no_rules_cost_nothing() -> None:
    assert quote(None, [item("3")], HANGZHOU, "CNY").freight == Money(0, "CNY")


def test_flat() -> None:
    assert cost(FreightRules(zones=(Zone(first=1200),)), item("1"), item("90")) == 1200


@pytest.mark.parametrize(
    ("metres", "expected"),
    [("1", 800), ("5", 800), ("5.001", 1100), ("10", 1100), ("10.5", 1400)],
)
def test_by_weight_each_further_kilogram_begun_counts(metres: str, expected: int) -> None:
    """200 g a metre: the first kilogram (5 m) 8.00, each further one begun 3.00."""
    assert cost(FreightRules(basis=Basis.WEIGHT, zones=(Zone(first=800, more=300),)), item(metres, 200)) == expected


def test_by_piece() -> None:
    rules = FreightRules(basis=Basis.PIECE, zones=(Zone(first=500, first_units=Decimal(10), more=200, more_units=Decimal(5)),))
    assert [cost(rules, item(n)) for n in ("10", "11", "15", "16")] == [500, 700, 700, 900]


def test_the_most_precise_region_wins() -> None:
    rules = FreightRules(
        zones=(
            Zone(first=2000),
            Zone(regions=("33",), first=600),
            Zone(regions=("3301", "54"), first=400),
            Zone(regions=("44",), refused=True),
        )
    )
    assert cost(rules, item("1"), to=HANGZHOU) == 400
    assert cost(rules, item("1"), to="330603") == 600
    assert cost(rules, item("1"), to="110101") == 2000
    assert "does not deliver" in quote(rules, [item("1")], GUANGZHOU, "CNY").refusal


def test_a_region_that_no_zone_names_is_refused_in_words() -> None:
    assert quote(FreightRules(zones=(Zone(regions=("33",), first=600),)), [item("1")], LHASA, "CNY").refusal


def test_free_above_an_amount_and_what_is_missing() -> None:
    rules = FreightRules(zones=(Zone(first=900, free_above=50000),))
    short = quote(rules, [item("1", yuan=420)], HANGZHOU, "CNY")
    assert (short.freight.minor, short.missing) == (900, Money(8000, "CNY"))
    assert quote(rules, [item("1", yuan=500)], HANGZHOU, "CNY").freight.minor == 0


def test_rules_that_contradict_themselves_are_refused() -> None:
    twice = FreightRules(zones=(Zone(first=1), Zone(first=2)))
    same = FreightRules(zones=(Zone(regions=("33",), first=1), Zone(regions=("33",), first=2)))
    wrong = FreightRules(zones=(Zone(regions=("Zhejiang",), first=-1, more_units=Decimal(0)),))
    assert dict(twice.complaints()) == {"zone-1-regions": "Zone 1 stands for everywhere else already: choose regions here."}
    assert dict(same.complaints(called=lambda code: f"<{code}>")) == {
        "zone-1-regions": "<33> stands in zone 1 already; name it once."
    }
    assert set(dict(wrong.complaints())) == {"zone-0-first", "zone-0-more_units", "zone-0-regions"}


@pytest.mark.parametrize(
    ("zone", "field", "said"),
    [
        (Zone(first=100_000_001), "first", "At most 1,000,000."),
        (Zone(more=-1), "more", "An amount cannot be negative."),
        (Zone(free_above=0), "free_above", "Enter an amount above 0, or leave it empty."),
        (Zone(free_above=-5), "free_above", "An amount cannot be negative."),
        (Zone(first_units=Decimal("0.0001")), "first_units", "Enter a number from 0.001 to 1,000,000."),
        (Zone(more_units=Decimal(1_000_001)), "more_units", "Enter a number from 0.001 to 1,000,000."),
    ],
)
def test_figures_beyond_reason_are_refused(zone: Zone, field: str, said: str) -> None:
    assert dict(FreightRules(zones=(zone,)).complaints()) == {f"zone-0-{field}": said}


FORM = {"basis": "weight", "minimum": "", "zone-0-first": "8", "zone-0-first_units": "1", "zone-0-more_units": "1"}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"zone-0-first": "-1"}, "zone-0-first"),
        ({"zone-0-first": "8,50"}, "zone-0-first"),
        ({"zone-0-more_units": "0"}, "zone-0-more_units"),
        ({"zone-0-more_units": "much"}, "zone-0-more_units"),
        ({"zone-0-free_above": "0"}, "zone-0-free_above"),
        ({"minimum": "-5"}, "minimum"),
    ],
)
def test_the_form_and_the_rules_refuse_the_same(cast: Cast, typed: dict[str, str], field: str) -> None:
    browser = cast.owner.browser()
    answer = browser.post("/desk/acme/freight/", data=FORM | typed)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.get_data(as_text=True)
    assert browser.post("/desk/acme/freight/", data=FORM | {"zone-0-first": "８．５０"}).status_code == 303


@given(
    first=st.integers(0, 10_000),
    more=st.integers(0, 5_000),
    metres=st.decimals("0.001", "9999", places=3),
    grams=st.integers(0, 3_000),
)
def test_more_goods_never_cost_less(first: int, more: int, metres: Decimal, grams: int) -> None:
    rules = FreightRules(basis=Basis.WEIGHT, zones=(Zone(first=first, more=more),))
    less = quote(rules, [Item(quantity=metres, weight_grams=grams, amount=Money(1, "CNY"))], "330110", "CNY").freight
    much = quote(rules, [Item(quantity=metres * 2, weight_grams=grams, amount=Money(2, "CNY"))], "330110", "CNY").freight
    assert first <= less.minor <= much.minor


def test_rules_survive_being_stored() -> None:
    rules = FreightRules(
        basis=Basis.WEIGHT,
        zones=(
            Zone(name="江浙沪", regions=("33", "32", "31"), first=600, more=100, free_above=9900),
            Zone(first=1500, refused=True),
        ),
    )
    assert FreightRules.from_json(rules.to_json()) == rules
