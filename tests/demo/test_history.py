"""The generated history: deterministic, within stock, in every state, with weekly and monthly variation for charts."""

from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from demo.buyers import BY_SLUG as BUYERS
from demo.history import DAYS, generate_history
from demo.order_outcomes import CARRIERS
from demo.products import generate_products

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=timezone(timedelta(hours=8)))  # a Tuesday
PRODUCTS = generate_products(420)
PURCHASES = generate_history(PRODUCTS, NOW)
ORDERS = [order for purchase in PURCHASES for order in purchase.orders]
VARIANTS = {variant.sku: (product, variant) for product in PRODUCTS for variant in product.variants}


def test_generate_history_is_deterministic() -> None:
    assert generate_history(PRODUCTS, NOW) == PURCHASES
    assert generate_history(PRODUCTS, NOW, seed=3) != PURCHASES


def test_purchases_are_ordered_within_90_days() -> None:
    assert len(PURCHASES) > 300
    placed = [purchase.placed_at for purchase in PURCHASES]
    assert NOW - timedelta(days=DAYS + 1) < placed[0]
    assert placed[-1] < NOW
    assert [moment.date() for moment in placed] == sorted(moment.date() for moment in placed)
    assert [purchase.number for purchase in PURCHASES] == list(range(1, len(PURCHASES) + 1))


def test_purchases_follow_buyer_registration() -> None:
    for purchase in PURCHASES:
        buyer = BUYERS[purchase.buyer]
        assert buyer.since_days >= (NOW - purchase.placed_at).days
        assert 0 <= purchase.address < len(buyer.addresses)


def test_order_lines_are_on_sale_with_valid_quantities() -> None:
    for order in ORDERS:
        for line in order.lines:
            product, _ = VARIANTS[line.sku]
            assert product.merchant == order.merchant
            assert product.state == "on_sale"
            assert line.quantity >= product.minimum
            assert (line.quantity - product.minimum) % product.step == 0
            assert product.maximum is None or line.quantity <= product.maximum


def test_sold_quantity_does_not_exceed_stock() -> None:
    sold: Counter[str] = Counter()
    for order in ORDERS:
        sold.update({line.sku: line.quantity for line in order.lines})
    assert [sku for sku, quantity in sold.items() if quantity > VARIANTS[sku][1].stock] == []


def test_history_contains_every_order_state() -> None:
    states = Counter(order.outcome.state for order in ORDERS)
    assert set(states) == {
        "payment", "order_review", "finance_review", "outbound_review", "shipping", "receipt", "finished", "cancelled", "closed",
    }  # fmt: skip
    assert states["finished"] > len(ORDERS) / 2


def test_purchase_orders_share_payment_state() -> None:
    for purchase in PURCHASES:
        assert len({order.outcome.paid for order in purchase.orders}) == 1
        assert (purchase.paid_after is not None) == purchase.orders[0].outcome.paid
        assert len({order.merchant for order in purchase.orders}) == len(purchase.orders)


def test_parcel_contents_match_order() -> None:
    for order in ORDERS:
        ordered = {line.sku: line.quantity for line in order.lines}
        packed: Counter[str] = Counter()
        for parcel in order.parcels:
            assert parcel.carrier in CARRIERS
            assert parcel.delivered_after is None or parcel.delivered_after > parcel.shipped_after
            packed.update(parcel.contents)
        assert all(packed[sku] <= quantity for sku, quantity in ordered.items())
        if order.outcome.state in ("receipt", "finished"):
            assert dict(packed) == ordered
        if order.outcome.state == "finished":
            assert all(parcel.delivered_after for parcel in order.parcels)
    assert sum(len(order.parcels) == 2 for order in ORDERS) > 20


def test_no_event_is_in_the_future() -> None:
    for purchase in PURCHASES:
        for order in purchase.orders:
            ends = [
                order.outcome.closed_after,
                *(parcel.delivered_after for parcel in order.parcels),
                *(p.shipped_after for p in order.parcels),
            ]
            assert all(purchase.placed_at + end <= NOW for end in ends if end)


def test_history_grows_and_drops_on_weekends() -> None:
    ages = Counter((NOW - purchase.placed_at).days // 30 for purchase in PURCHASES)
    assert ages[0] > ages[1] > ages[2]
    days = Counter(purchase.placed_at.weekday() for purchase in PURCHASES)
    assert days[0] > 1.5 * days[5]


def test_small_size_has_fewer_purchases() -> None:
    assert len(generate_history(generate_products(60), NOW)) < len(PURCHASES) / 2


@pytest.mark.parametrize("hours", range(0, 24 * 7, 13))
def test_demo_logins_have_orders_at_any_seed_time(hours: int) -> None:
    purchases = generate_history(generate_products(60), NOW + timedelta(hours=hours), days=30)
    assert {"yunshang", "chen-yu"} <= {purchase.buyer for purchase in purchases}
    shop_orders = [order for purchase in purchases for order in purchase.orders if order.merchant == "jinlan"]
    assert len(shop_orders) >= 3
    assert any(order.parcels for order in shop_orders)


@pytest.mark.parametrize("hours", range(0, 7 * 24, 9))
def test_every_order_state_present_at_any_seed_time(hours: int) -> None:
    purchases = generate_history(PRODUCTS, NOW + timedelta(hours=hours))
    assert len({order.outcome.state for purchase in purchases for order in purchase.orders}) == 9
