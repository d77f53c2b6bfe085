"""Query counts of cart and checkout: few, and independent of the number of lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from marketplace.kernel.db import unit_of_work
from tests.actors import Actors
from tests.factories import order_factory, product_factory
from tests.factories.order_factory import FakeGateway, SampleProducts
from tests.marketplace.checkout.test_checkout_pages import add_to_cart

StatementRecorder = Callable[[], Any]


def data_statements(statements: list[str]) -> list[str]:
    """Return the statements that read or write rows, without those that set the tenant context."""
    return [statement for statement in statements if not statement.startswith("select set_config")]


def test_add_to_cart_query_count(
    app: Flask, actors: Actors, sample_products: SampleProducts, record_statements: StatementRecorder
) -> None:
    """At most eight statements for a buyer; for a guest only the product query."""
    buyer, guest = actors.buyer.client(), app.test_client()
    add_to_cart(buyer, sample_products.thread, "1")
    with record_statements() as executed:
        add_to_cart(buyer, sample_products.cloth, "1")
    assert len(executed) <= 8, executed
    with record_statements() as executed:
        add_to_cart(guest, sample_products.cloth, "1")
    assert len(executed) <= 2, executed


def test_cart_page_query_count_independent_of_line_count(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, record_statements: StatementRecorder
) -> None:
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "1")
    buyer.get("/cart")
    with record_statements() as single_line:
        buyer.get("/cart")
    with unit_of_work():
        category_id = product_factory.create_category(attributes=True).id
        variant_ids = [product_factory.create_product(actors.acme_id, category_id).variants[0].id for _ in range(12)]
    order_factory.add_to_cart(actors.buyer, *((variant, 1) for variant in variant_ids))
    with record_statements() as many_lines:
        buyer.get("/cart")
    assert len(many_lines) == len(single_line), many_lines
    assert len(data_statements(many_lines)) <= 8, many_lines


def test_place_purchase_query_count(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, record_statements: StatementRecorder
) -> None:
    order_factory.place_orders(actors.other_buyer, (sample_products.cloth, 1), (sample_products.thread, 1), expected=2750)
    counts = {}
    for merchants in (1, 2):
        order_factory.add_to_cart(
            actors.buyer, (sample_products.cloth, 1), *([(sample_products.thread, 1)] if merchants == 2 else [])
        )
        with record_statements() as executed, unit_of_work(), order_factory.as_person(actors.buyer):
            order_factory.checkout_services.place_purchase(
                command=order_factory.place_order_command(actors.buyer, 1850 + 900 * (merchants - 1))
            )
        counts[merchants] = data_statements(executed)
    for merchants, executed in counts.items():
        assert len(executed) <= 12 + 2 * merchants, executed
