"""Parcels: split and merged orders (OR10, OR11), delivery management (DE1) and tracking by both sides (DE2)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask

from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.errors import ValidationError
from marketplace.orders import queries as order_queries
from marketplace.orders.models import OrderState
from marketplace.orders.workflow import TransitionForbidden, UnknownTransition
from marketplace.shipping import queries, services, tasks
from marketplace.shipping.errors import AlreadyDelivered, ParcelNotFound, RecipientsDiffer
from marketplace.shipping.models import Carrier, ParcelState
from marketplace.shipping.services import ParcelInput
from tenants.access.permissions import StaffRole
from tenants.isolation import as_merchant
from tests.actors import Actors
from tests.factories import order_factory
from tests.factories.order_factory import SHIPPING_ADDRESS, FakeGateway, SampleProducts
from tests.marketplace.orders.test_orders import run_transitions, staff_actor


def create_shippable_order(ctx: Flask, actors: Actors, sample_products: SampleProducts, metres: int = 10) -> UUID:
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, metres), expected=1850 * metres)
    order_factory.pay_order(ctx, actors.buyer, order_id)
    run_transitions(actors, order_id, "approve_order", "approve_finance", "release")
    return order_id


def ship_parcel(
    actors: Actors, number: str, *, role: StaffRole = StaffRole.OWNER, carrier: Carrier = Carrier.SF, **quantities_by_order: int
) -> UUID:
    """Ship a quantity of the only line of each order: `ship_parcel(actors, "SF123456", **{str(order_id): 4})`."""
    with unit_of_work(), as_merchant(actors.acme_id):
        lines = {
            line.order_id: line.id for line in order_queries.get_lines([UUID(order_key) for order_key in quantities_by_order])
        }
        quantities = {order_id: {line: Decimal(quantities_by_order[str(order_id)])} for order_id, line in lines.items()}
        draft = ParcelInput(carrier=carrier, tracking_number=number, quantities=quantities)
        return services.ship_parcel(draft=draft, actor=staff_actor(actors, role)).id


def test_ship_parcel_order_split_into_two_parcels(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    order_id = create_shippable_order(ctx, actors, sample_products)
    ship_parcel(actors, "SF000001", **{str(order_id): 4})
    assert order_factory.get_order(order_id).state is OrderState.SHIPPING
    with pytest.raises(ValidationError, match="validation_error"):
        ship_parcel(actors, "SF000002", **{str(order_id): 7})
    ship_parcel(actors, "SF000002", **{str(order_id): 6})
    assert order_factory.get_order(order_id).state is OrderState.RECEIPT
    assert order_factory.reserved_quantity(sample_products.cloth) == 0
    with unit_of_work(), order_factory.as_person(actors.buyer):
        parcels = queries.list_parcels_of_orders([order_id])
        assert [parcel.tracking_number for parcel in parcels] == ["SF000001", "SF000002"]
        contents = queries.get_contents([parcel.id for parcel in parcels])
        assert sorted(rows[0].quantity for rows in contents.values()) == [4, 6]  # type: ignore[type-var]


def test_ship_parcel_combines_two_orders(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    first_id, second_id = (
        create_shippable_order(ctx, actors, sample_products),
        create_shippable_order(ctx, actors, sample_products, 5),
    )
    parcel_id = ship_parcel(actors, "SF000003", **{str(first_id): 10, str(second_id): 5})
    assert [order_factory.get_order(order_id).state for order_id in (first_id, second_id)] == [OrderState.RECEIPT] * 2
    with unit_of_work(), as_merchant(actors.acme_id):
        assert set(queries.list_order_ids(parcel_id)) == {first_id, second_id}


def test_ship_parcel_different_recipients_is_rejected(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    first_id = create_shippable_order(ctx, actors, sample_products)
    order_factory.add_to_cart(actors.other_buyer, (sample_products.cloth, 1))
    with unit_of_work(), order_factory.as_person(actors.other_buyer):
        purchase = order_factory.checkout_services.place_purchase(
            command=order_factory.place_order_command(actors.other_buyer, 1850, ship_to={**SHIPPING_ADDRESS, "name": "李四"})
        )
        (second_id,) = [order.id for order in order_queries.get_orders_of_purchase(purchase.id)]
    order_factory.pay_order(ctx, actors.other_buyer, second_id)
    run_transitions(actors, second_id, "approve_order", "approve_finance", "release")
    with pytest.raises(RecipientsDiffer):
        ship_parcel(actors, "SF000004", **{str(first_id): 1, str(second_id): 1})


def test_ship_parcel_invalid_requests_are_rejected(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    (unpaid_order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 1), expected=1850)
    with pytest.raises(UnknownTransition):
        ship_parcel(actors, "SF000005", **{str(unpaid_order_id): 1})
    order_id = create_shippable_order(ctx, actors, sample_products)
    with pytest.raises(TransitionForbidden):
        ship_parcel(actors, "SF000005", role=StaffRole.SERVICE, **{str(order_id): 1})
    with pytest.raises(ValidationError):
        ship_parcel(actors, "?", **{str(order_id): 1})
    ship_parcel(actors, "SF000005", **{str(order_id): 1})
    with pytest.raises(ValidationError):
        ship_parcel(actors, "sf-000005", **{str(order_id): 1})


def test_poll_carriers_sandbox_delivers_once(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    """Verify that events are polled once each, and that delivery starts the receipt deadline (tracking by both sides, DE2)."""
    order_id = create_shippable_order(ctx, actors, sample_products)
    parcel_id = ship_parcel(actors, "", carrier=Carrier.SANDBOX, **{str(order_id): 10})
    with clock.shift_time(timedelta(hours=30)):
        tasks.poll_carriers.run()
        tasks.poll_carriers.run()
        assert parcel_state(actors, parcel_id) is ParcelState.IN_TRANSIT
    with clock.shift_time(timedelta(hours=60)):
        tasks.poll_carriers.run()
        assert parcel_state(actors, parcel_id) is ParcelState.DELIVERED
    order = order_factory.get_order(order_id)
    assert order.delivered_at is not None
    assert order.due_at == order.delivered_at + timedelta(days=10)
    with unit_of_work(), order_factory.as_person(actors.buyer):
        events = queries.tracking_events([parcel_id])[parcel_id]
        assert [event.event_key for event in reversed(events)] == [
            "shipped", "collected", "sorted", "on_road", "arrived", "out", "delivered",
        ]  # fmt: skip


def parcel_state(actors: Actors, parcel_id: UUID) -> ParcelState:
    with unit_of_work(), as_merchant(actors.acme_id):
        return queries.get_parcel(parcel_id).state


def test_add_tracking_event_after_delivery_is_rejected(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    order_id = create_shippable_order(ctx, actors, sample_products)
    parcel_id = ship_parcel(actors, "DP000001", carrier=Carrier.DEPPON, **{str(order_id): 10})
    for new_state in (ParcelState.EXCEPTION, ParcelState.DELIVERED):
        with unit_of_work(), as_merchant(actors.acme_id):
            services.add_tracking_event(parcel_id=parcel_id, state=new_state, description="外包装破损", location="杭州")
    with pytest.raises(AlreadyDelivered), unit_of_work(), as_merchant(actors.acme_id):
        services.add_tracking_event(parcel_id=parcel_id, state=ParcelState.IN_TRANSIT, description="")
    with pytest.raises(ParcelNotFound), unit_of_work(), as_merchant(actors.rival_id):
        services.add_tracking_event(parcel_id=parcel_id, state=ParcelState.IN_TRANSIT, description="")


def test_parcel_list_filters_by_state(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    order_id = create_shippable_order(ctx, actors, sample_products)
    delivered_id = ship_parcel(actors, "SF000001", carrier=Carrier.DEPPON, **{str(order_id): 4})
    ship_parcel(actors, "SF000002", carrier=Carrier.DEPPON, **{str(order_id): 6})
    with unit_of_work(), as_merchant(actors.acme_id):
        services.add_tracking_event(parcel_id=delivered_id, state=ParcelState.DELIVERED, description="", location="")
    client = actors.owner.client()
    delivered_page = client.get("/desk/acme/parcels/?state=delivered").get_data(as_text=True)
    assert ("SF000001" in delivered_page, "SF000002" in delivered_page) == (True, False)
    shipped_page = client.get("/desk/acme/parcels/?state=shipped&q=SF").get_data(as_text=True)
    assert ("SF000001" in shipped_page, "SF000002" in shipped_page) == (False, True)
    assert "state=exception" not in delivered_page  # no parcel has an exception
    assert "SF000002" in client.get("/desk/acme/parcels/?state=nowhere").get_data(as_text=True)
