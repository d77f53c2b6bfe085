"""Freight rates (DE3): flat, by weight, by piece, by region, free above an amount; expected values calculated by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.money import Money
from marketplace.shipping.rates import FreightRates, RateBasis, ShippingItem, Zone, quote_shipping
from tests.actors import Actors

HANGZHOU, LHASA, GUANGZHOU = "330110", "540102", "440104"


@pytest.fixture(autouse=True)
def _english(app: Flask) -> object:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def shipping_item(quantity: str, grams: int = 0, yuan: int = 100) -> ShippingItem:
    return ShippingItem(quantity=Decimal(quantity), weight_grams=grams, amount=Money(yuan * 100, "CNY"))


def freight_minor(rates: FreightRates, *items: ShippingItem, region_code: str = HANGZHOU) -> int:
    return quote_shipping(rates, items, region_code, "CNY").freight.minor


def test_quote_without_rates_is_free() -> None:
    assert quote_shipping(None, [shipping_item("3")], HANGZHOU, "CNY").freight == Money(0, "CNY")


def test_quote_flat_rate() -> None:
    assert freight_minor(FreightRates(zones=(Zone(base_minor=1200),)), shipping_item("1"), shipping_item("90")) == 1200


@pytest.mark.parametrize(
    ("metres", "expected"),
    [("1", 800), ("5", 800), ("5.001", 1100), ("10", 1100), ("10.5", 1400)],
)
def test_quote_by_weight_rounds_up_to_full_step(metres: str, expected: int) -> None:
    """Use 200 g per metre: the first kilogram (5 m) costs 8.00, each further one begun 3.00."""
    assert (
        freight_minor(
            FreightRates(basis=RateBasis.WEIGHT, zones=(Zone(base_minor=800, step_minor=300),)), shipping_item(metres, 200)
        )
        == expected
    )


def test_quote_by_piece_rounds_up_to_full_step() -> None:
    rates = FreightRates(
        basis=RateBasis.PIECE, zones=(Zone(base_minor=500, base_units=Decimal(10), step_minor=200, step_units=Decimal(5)),)
    )
    assert [freight_minor(rates, shipping_item(quantity)) for quantity in ("10", "11", "15", "16")] == [500, 700, 700, 900]


def test_match_zone_longest_prefix_wins() -> None:
    rates = FreightRates(
        zones=(
            Zone(base_minor=2000),
            Zone(regions=("33",), base_minor=600),
            Zone(regions=("3301", "54"), base_minor=400),
            Zone(regions=("44",), excluded=True),
        )
    )
    assert freight_minor(rates, shipping_item("1"), region_code=HANGZHOU) == 400
    assert freight_minor(rates, shipping_item("1"), region_code="330603") == 600
    assert freight_minor(rates, shipping_item("1"), region_code="110101") == 2000
    assert "does not deliver" in quote_shipping(rates, [shipping_item("1")], GUANGZHOU, "CNY").undeliverable_reason


def test_quote_unmatched_region_is_undeliverable() -> None:
    assert quote_shipping(
        FreightRates(zones=(Zone(regions=("33",), base_minor=600),)), [shipping_item("1")], LHASA, "CNY"
    ).undeliverable_reason


def test_quote_free_above_threshold_and_amount_to_free() -> None:
    rates = FreightRates(zones=(Zone(base_minor=900, free_above_minor=50000),))
    quote = quote_shipping(rates, [shipping_item("1", yuan=420)], HANGZHOU, "CNY")
    assert (quote.freight.minor, quote.amount_to_free) == (900, Money(8000, "CNY"))
    assert quote_shipping(rates, [shipping_item("1", yuan=500)], HANGZHOU, "CNY").freight.minor == 0


def test_iter_errors_contradictory_zones() -> None:
    two_catch_alls = FreightRates(zones=(Zone(base_minor=1), Zone(base_minor=2)))
    duplicate_regions = FreightRates(zones=(Zone(regions=("33",), base_minor=1), Zone(regions=("33",), base_minor=2)))
    invalid_values = FreightRates(zones=(Zone(regions=("Zhejiang",), base_minor=-1, step_units=Decimal(0)),))
    assert dict(two_catch_alls.iter_errors()) == {
        "zone-1-regions": "Zone 1 stands for everywhere else already: choose regions here."
    }
    assert dict(duplicate_regions.iter_errors(region_name=lambda code: f"<{code}>")) == {
        "zone-1-regions": "<33> stands in zone 1 already; name it once."
    }
    assert set(dict(invalid_values.iter_errors())) == {"zone-0-first", "zone-0-more_units", "zone-0-regions"}


@pytest.mark.parametrize(
    ("zone", "field", "message"),
    [
        (Zone(base_minor=100_000_001), "first", "At most 1,000,000."),
        (Zone(step_minor=-1), "more", "An amount cannot be negative."),
        (Zone(free_above_minor=0), "free_above", "Enter an amount above 0, or leave it empty."),
        (Zone(free_above_minor=-5), "free_above", "An amount cannot be negative."),
        (Zone(base_units=Decimal("0.0001")), "first_units", "Enter a number from 0.001 to 1,000,000."),
        (Zone(step_units=Decimal(1_000_001)), "more_units", "Enter a number from 0.001 to 1,000,000."),
    ],
)
def test_iter_errors_values_out_of_range(zone: Zone, field: str, message: str) -> None:
    assert dict(FreightRates(zones=(zone,)).iter_errors()) == {f"zone-0-{field}": message}


FORM = {"basis": "weight", "minimum": "", "zone-0-first": "8", "zone-0-first_units": "1", "zone-0-more_units": "1"}


@pytest.mark.parametrize(
    ("form_data", "field"),
    [
        ({"zone-0-first": "-1"}, "zone-0-first"),
        ({"zone-0-first": "8,50"}, "zone-0-first"),
        ({"zone-0-more_units": "0"}, "zone-0-more_units"),
        ({"zone-0-more_units": "many"}, "zone-0-more_units"),
        ({"zone-0-free_above": "0"}, "zone-0-free_above"),
        ({"minimum": "-5"}, "minimum"),
    ],
)
def test_save_invalid_rates_shows_field_error(actors: Actors, form_data: dict[str, str], field: str) -> None:
    client = actors.owner.client()
    response = client.post("/desk/acme/freight/", data=FORM | form_data)
    assert response.status_code == 422
    assert f'id="f-{field}-error"' in response.get_data(as_text=True)
    assert client.post("/desk/acme/freight/", data=FORM | {"zone-0-first": "８．５０"}).status_code == 303


@given(
    base_minor=st.integers(0, 10_000),
    step_minor=st.integers(0, 5_000),
    metres=st.decimals("0.001", "9999", places=3),
    grams=st.integers(0, 3_000),
)
def test_quote_larger_quantity_never_costs_less(base_minor: int, step_minor: int, metres: Decimal, grams: int) -> None:
    rates = FreightRates(basis=RateBasis.WEIGHT, zones=(Zone(base_minor=base_minor, step_minor=step_minor),))
    small_quote = quote_shipping(
        rates, [ShippingItem(quantity=metres, weight_grams=grams, amount=Money(1, "CNY"))], "330110", "CNY"
    ).freight
    large_quote = quote_shipping(
        rates, [ShippingItem(quantity=metres * 2, weight_grams=grams, amount=Money(2, "CNY"))], "330110", "CNY"
    ).freight
    assert base_minor <= small_quote.minor <= large_quote.minor


def test_rates_json_round_trip() -> None:
    rates = FreightRates(
        basis=RateBasis.WEIGHT,
        zones=(
            Zone(name="江浙沪", regions=("33", "32", "31"), base_minor=600, step_minor=100, free_above_minor=9900),
            Zone(base_minor=1500, excluded=True),
        ),
    )
    assert FreightRates.from_json(rates.to_json()) == rates
