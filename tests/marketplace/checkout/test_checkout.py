"""Checkout from cart to orders: once, to the cent, or not at all (behaviours 41–43, wants 5, 22; R13)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from marketplace.carts import queries as carts
from marketplace.checkout import services
from marketplace.checkout.errors import AlreadyPlaced, Drifted, EmptyCart
from marketplace.kernel.db import unit_of_work
from marketplace.orders import queries as orders
from marketplace.orders.models import OrderState
from tenants.scope import Purpose, buying_as, working_on
from tests.cast import Cast
from tests.factories import trade
from tests.factories.trade import Street, Till


def test_one_purchase_with_one_order_for_each_merchant(cast: Cast, street: Street) -> None:
    cloth, thread = trade.place(cast.buyer, (street.cloth, 100), (street.thread, 3), expected=165000 + 2700)
    first, second = trade.order(cloth), trade.order(thread)
    assert (first.merchant_id, first.goods_minor, first.state) == (cast.acme_id, 165000, OrderState.PAYMENT)
    assert (second.merchant_id, second.total_minor) == (cast.rival_id, 2700)
    assert first.payment_reference == second.payment_reference
    assert (trade.held(street.cloth), trade.held(street.thread)) == (Decimal(100), Decimal(3))
    with unit_of_work(), buying_as(buyer_id=cast.buyer.buyer_id, account_id=cast.buyer.account_id):
        assert carts.count(cast.buyer.buyer_id) == 0
        assert orders.purchase_by_key(cast.buyer.buyer_id, "nothing") is None
        assert [line.price_minor for line in orders.lines_of([cloth])] == [1650]


def test_another_total_than_seen_orders_nothing(cast: Cast, street: Street) -> None:
    with pytest.raises(Drifted) as drift:
        trade.place(cast.buyer, (street.cloth, 10), expected=1)
    assert drift.value.reckoning.total.minor == 18500
    with unit_of_work(), buying_as(buyer_id=cast.buyer.buyer_id, account_id=cast.buyer.account_id):
        assert carts.count(cast.buyer.buyer_id) == 1
    assert trade.held(street.cloth) == 0


def test_sold_out_orders_nothing_and_says_of_which(cast: Cast, street: Street) -> None:
    with pytest.raises(Drifted) as drift:
        trade.place(cast.buyer, (street.cloth, 1), (street.thread, 2000), expected=1850 + 1800000)
    assert drift.value.sold_out == {street.thread}
    assert trade.held(street.cloth) == 0


def test_the_same_form_twice_is_one_purchase(cast: Cast, street: Street) -> None:
    trade.place(cast.buyer, (street.cloth, 10), expected=18500, key="form-1")
    with pytest.raises(AlreadyPlaced):
        trade.place(cast.buyer, (street.cloth, 10), expected=18500, key="form-1")
    with unit_of_work(), working_on(Purpose.CONSOLE):
        assert len(orders.some(orders.orders(), 9)) == 1
    with pytest.raises(EmptyCart), unit_of_work(), buying_as(buyer_id=cast.other_buyer.buyer_id, account_id=None):
        services.place(wish=trade.wish(cast.other_buyer, 18500))


def test_paid_orders_move_on_together(ctx: Flask, cast: Cast, street: Street, till: Till) -> None:
    cloth, thread = trade.place(cast.buyer, (street.cloth, 10), (street.thread, 1), expected=18500 + 900)
    trade.pay(ctx, cast.buyer, cloth)
    assert [trade.order(one).state for one in (cloth, thread)] == [OrderState.ORDER_REVIEW] * 2
    assert trade.order(cloth).paid_at is not None
    assert till.transactions
    assert not any(till.transactions)
