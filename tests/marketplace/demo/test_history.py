"""Ninety days of trade: deterministic, within stock, in every state, with a rhythm that charts can show."""

from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from marketplace.demo.buyers import BY_SLUG as BUYERS
from marketplace.demo.endings import CARRIERS
from marketplace.demo.goods import goods
from marketplace.demo.history import DAYS, history

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=timezone(timedelta(hours=8)))  # a Tuesday
GOODS = goods(420)
PURCHASES = history(GOODS, NOW)
ORDERS = [order for purchase in PURCHASES for order in purchase.orders]
VARIANTS = {variant.sku: (product, variant) for product in GOODS for variant in product.variants}


def test_the_same_moment_gives_the_same_trade() -> None:
    assert history(GOODS, NOW) == PURCHASES
    assert history(GOODS, NOW, seed=3) != PURCHASES


def test_purchases_lie_in_the_ninety_days_in_order() -> None:
    assert len(PURCHASES) > 300
    placed = [purchase.placed_at for purchase in PURCHASES]
    assert NOW - timedelta(days=DAYS + 1) < placed[0]
    assert placed[-1] < NOW
    assert [moment.date() for moment in placed] == sorted(moment.date() for moment in placed)
    assert [purchase.number for purchase in PURCHASES] == list(range(1, len(PURCHASES) + 1))


def test_buyers_were_members_when_they_bought() -> None:
    for purchase in PURCHASES:
        buyer = BUYERS[purchase.buyer]
        assert buyer.since_days >= (NOW - purchase.placed_at).days
        assert 0 <= purchase.address < len(buyer.addresses)


def test_lines_name_goods_on_sale_in_quantities_that_may_be_ordered() -> None:
    for order in ORDERS:
        for line in order.lines:
            product, _ = VARIANTS[line.sku]
            assert product.merchant == order.merchant
            assert product.state == "on_sale"
            assert line.quantity >= product.minimum
            assert (line.quantity - product.minimum) % product.step == 0
            assert product.maximum is None or line.quantity <= product.maximum


def test_no_sku_is_sold_beyond_its_stock() -> None:
    sold: Counter[str] = Counter()
    for order in ORDERS:
        sold.update({line.sku: line.quantity for line in order.lines})
    assert [sku for sku, quantity in sold.items() if quantity > VARIANTS[sku][1].stock] == []


def test_something_stands_in_every_state() -> None:
    states = Counter(order.ending.state for order in ORDERS)
    assert set(states) == {
        "payment", "order_review", "finance_review", "outbound_review", "shipping", "receipt", "finished", "cancelled", "closed",
    }  # fmt: skip
    assert states["finished"] > len(ORDERS) / 2


def test_orders_of_one_purchase_are_paid_together() -> None:
    for purchase in PURCHASES:
        assert len({order.ending.paid for order in purchase.orders}) == 1
        assert (purchase.paid_after is not None) == purchase.orders[0].ending.paid
        assert len({order.merchant for order in purchase.orders}) == len(purchase.orders)


def test_parcels_carry_what_was_ordered() -> None:
    for order in ORDERS:
        ordered = {line.sku: line.quantity for line in order.lines}
        packed: Counter[str] = Counter()
        for parcel in order.parcels:
            assert parcel.carrier in CARRIERS
            assert parcel.arrived is None or parcel.arrived > parcel.left
            packed.update(parcel.contents)
        assert all(packed[sku] <= quantity for sku, quantity in ordered.items())
        if order.ending.state in ("receipt", "finished"):
            assert dict(packed) == ordered
        if order.ending.state == "finished":
            assert all(parcel.arrived for parcel in order.parcels)
    assert sum(len(order.parcels) == 2 for order in ORDERS) > 20


def test_nothing_ends_in_the_future() -> None:
    for purchase in PURCHASES:
        for order in purchase.orders:
            ends = [order.ending.closed_after, *(parcel.arrived for parcel in order.parcels), *(p.left for p in order.parcels)]
            assert all(purchase.placed_at + end <= NOW for end in ends if end)


def test_trade_grows_and_rests_at_the_weekend() -> None:
    ages = Counter((NOW - purchase.placed_at).days // 30 for purchase in PURCHASES)
    assert ages[0] > ages[1] > ages[2]
    days = Counter(purchase.placed_at.weekday() for purchase in PURCHASES)
    assert days[0] > 1.5 * days[5]


def test_a_small_market_trades_less() -> None:
    assert len(history(goods(60), NOW)) < len(PURCHASES) / 2


@pytest.mark.parametrize("hours", range(0, 24 * 7, 13))
def test_those_as_whom_visitors_sign_in_have_orders_whenever_the_market_is_planted(hours: int) -> None:
    planted = history(goods(60), NOW + timedelta(hours=hours), days=30)
    assert {"yunshang", "chen-yu"} <= {purchase.buyer for purchase in planted}
    theirs = [order for purchase in planted for order in purchase.orders if order.merchant == "jinlan"]
    assert len(theirs) >= 3
    assert any(order.parcels for order in theirs)


@pytest.mark.parametrize("hours", range(0, 7 * 24, 9))
def test_something_stands_in_every_state_whenever_it_was_planted(hours: int) -> None:
    plan = history(GOODS, NOW + timedelta(hours=hours))
    assert len({order.ending.state for purchase in plan for order in purchase.orders}) == 9
