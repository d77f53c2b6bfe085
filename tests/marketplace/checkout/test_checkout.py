"""Checkout from cart to orders: exactly once, exact to the cent, or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from marketplace.carts import queries as carts
from marketplace.checkout import services
from marketplace.checkout.errors import DuplicatePurchase, EmptyCart, QuoteChanged
from marketplace.kernel.db import unit_of_work
from marketplace.orders import queries as order_queries
from marketplace.orders.models import OrderState
from tenants.isolation import AccessPurpose, as_buyer, with_purpose
from tests.actors import Actors
from tests.factories import order_factory
from tests.factories.order_factory import FakeGateway, SampleProducts


def test_place_purchase_creates_one_order_per_merchant(actors: Actors, sample_products: SampleProducts) -> None:
    cloth, thread = order_factory.place_orders(
        actors.buyer, (sample_products.cloth, 100), (sample_products.thread, 3), expected=165000 + 2700
    )
    first, second = order_factory.get_order(cloth), order_factory.get_order(thread)
    assert (first.merchant_id, first.subtotal_minor, first.state) == (actors.acme_id, 165000, OrderState.PAYMENT)
    assert (second.merchant_id, second.total_minor) == (actors.rival_id, 2700)
    assert first.payment_reference == second.payment_reference
    assert (
        order_factory.reserved_quantity(sample_products.cloth),
        order_factory.reserved_quantity(sample_products.thread),
    ) == (Decimal(100), Decimal(3))
    with unit_of_work(), as_buyer(buyer_id=actors.buyer.buyer_id, account_id=actors.buyer.account_id):
        assert carts.count_items(actors.buyer.buyer_id) == 0
        assert order_queries.get_purchase_by_key(actors.buyer.buyer_id, "nothing") is None
        assert [line.price_minor for line in order_queries.get_lines([cloth])] == [1650]


def test_place_purchase_with_stale_total_creates_nothing(actors: Actors, sample_products: SampleProducts) -> None:
    with pytest.raises(QuoteChanged) as exc_info:
        order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=1)
    assert exc_info.value.quote.total.minor == 18500
    with unit_of_work(), as_buyer(buyer_id=actors.buyer.buyer_id, account_id=actors.buyer.account_id):
        assert carts.count_items(actors.buyer.buyer_id) == 1
    assert order_factory.reserved_quantity(sample_products.cloth) == 0


def test_place_purchase_out_of_stock_names_variant(actors: Actors, sample_products: SampleProducts) -> None:
    with pytest.raises(QuoteChanged) as exc_info:
        order_factory.place_orders(
            actors.buyer, (sample_products.cloth, 1), (sample_products.thread, 2000), expected=1850 + 1800000
        )
    assert exc_info.value.sold_out == {sample_products.thread}
    assert order_factory.reserved_quantity(sample_products.cloth) == 0


def test_place_purchase_same_key_twice_creates_one_purchase(actors: Actors, sample_products: SampleProducts) -> None:
    order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500, key="form-1")
    with pytest.raises(DuplicatePurchase):
        order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500, key="form-1")
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        assert len(order_queries.fetch_orders(order_queries.select_orders(), 9)) == 1
    with pytest.raises(EmptyCart), unit_of_work(), as_buyer(buyer_id=actors.other_buyer.buyer_id, account_id=None):
        services.place_purchase(command=order_factory.place_order_command(actors.other_buyer, 18500))


def test_payment_captured_advances_all_orders(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    cloth, thread = order_factory.place_orders(
        actors.buyer, (sample_products.cloth, 10), (sample_products.thread, 1), expected=18500 + 900
    )
    order_factory.pay_order(ctx, actors.buyer, cloth)
    assert [order_factory.get_order(order_id).state for order_id in (cloth, thread)] == [OrderState.ORDER_REVIEW] * 2
    assert order_factory.get_order(cloth).paid_at is not None
    assert fake_gateway.calls_in_transaction
    assert not any(fake_gateway.calls_in_transaction)
