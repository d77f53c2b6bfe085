"""Parcels: one order in two, two orders in one, nothing twice, followed by both sides (OR10, OR11, DE1, DE2)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask

from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.errors import Invalid
from marketplace.orders import queries as orders
from marketplace.orders.models import OrderState
from marketplace.orders.workflow import NoSuchMove, NotYours
from marketplace.shipping import queries, services, tasks
from marketplace.shipping.errors import HasArrived, NoSuchParcel, NotTogether
from marketplace.shipping.models import Carrier, ParcelState
from marketplace.shipping.services import ParcelDraft
from tenants.access.permissions import StaffRole
from tenants.scope import acting_for
from tests.cast import Cast
from tests.factories import trade
from tests.factories.trade import HOME, Street, Till
from tests.marketplace.orders.test_orders import move, staff


def ready(ctx: Flask, cast: Cast, street: Street, metres: int = 10) -> UUID:
    (order_id,) = trade.place(cast.buyer, (street.cloth, metres), expected=1850 * metres)
    trade.pay(ctx, cast.buyer, order_id)
    move(cast, order_id, "pass_order", "pass_finance", "release")
    return order_id


def ship(cast: Cast, number: str, *, role: StaffRole = StaffRole.OWNER, carrier: Carrier = Carrier.SF, **taken: int) -> UUID:
    """Ship so much of the only line of each order: `ship(cast, "SF123456", **{str(order): 4})`."""
    with unit_of_work(), acting_for(cast.acme_id):
        lines = {line.order_id: line.id for line in orders.lines_of([UUID(key) for key in taken])}
        quantities = {order: {line: Decimal(taken[str(order)])} for order, line in lines.items()}
        draft = ParcelDraft(carrier=carrier, tracking_number=number, quantities=quantities)
        return services.ship(draft=draft, by=staff(cast, role)).id


def test_one_order_in_two_parcels(ctx: Flask, cast: Cast, street: Street, till: Till) -> None:
    order_id = ready(ctx, cast, street)
    ship(cast, "SF000001", **{str(order_id): 4})
    assert trade.order(order_id).state is OrderState.SHIPPING
    with pytest.raises(Invalid, match="Invalid"):
        ship(cast, "SF000002", **{str(order_id): 7})
    ship(cast, "SF000002", **{str(order_id): 6})
    assert trade.order(order_id).state is OrderState.RECEIPT
    assert trade.held(street.cloth) == 0
    with unit_of_work(), trade.as_buyer(cast.buyer):
        seen = queries.of_orders([order_id])
        assert [one.tracking_number for one in seen] == ["SF000001", "SF000002"]
        inside = queries.contents([one.id for one in seen])
        assert sorted(rows[0].quantity for rows in inside.values()) == [4, 6]  # type: ignore[type-var]


def test_two_orders_in_one_parcel(ctx: Flask, cast: Cast, street: Street, till: Till) -> None:
    first, second = ready(ctx, cast, street), ready(ctx, cast, street, 5)
    parcel_id = ship(cast, "SF000003", **{str(first): 10, str(second): 5})
    assert [trade.order(one).state for one in (first, second)] == [OrderState.RECEIPT] * 2
    with unit_of_work(), acting_for(cast.acme_id):
        assert set(queries.orders_in(parcel_id)) == {first, second}


def test_different_recipients_do_not_share_a_parcel(ctx: Flask, cast: Cast, street: Street, till: Till) -> None:
    first = ready(ctx, cast, street)
    trade.put(cast.other_buyer, (street.cloth, 1))
    with unit_of_work(), trade.as_buyer(cast.other_buyer):
        placed = trade.checkout.place(wish=trade.wish(cast.other_buyer, 1850, ship_to={**HOME, "name": "李四"}))
        (second,) = [one.id for one in orders.of_purchase(placed.id)]
    trade.pay(ctx, cast.other_buyer, second)
    move(cast, second, "pass_order", "pass_finance", "release")
    with pytest.raises(NotTogether):
        ship(cast, "SF000004", **{str(first): 1, str(second): 1})


def test_what_cannot_be_shipped_is_refused(ctx: Flask, cast: Cast, street: Street, till: Till) -> None:
    (waiting,) = trade.place(cast.buyer, (street.cloth, 1), expected=1850)
    with pytest.raises(NoSuchMove):
        ship(cast, "SF000005", **{str(waiting): 1})
    order_id = ready(ctx, cast, street)
    with pytest.raises(NotYours):
        ship(cast, "SF000005", role=StaffRole.SERVICE, **{str(order_id): 1})
    with pytest.raises(Invalid):
        ship(cast, "?", **{str(order_id): 1})
    ship(cast, "SF000005", **{str(order_id): 1})
    with pytest.raises(Invalid):
        ship(cast, "sf-000005", **{str(order_id): 1})


def test_the_practice_carrier_moves_with_the_clock(ctx: Flask, cast: Cast, street: Street, till: Till) -> None:
    """DE2: reports come by themselves, once each, and the last one starts the receipt's clock."""
    order_id = ready(ctx, cast, street)
    parcel_id = ship(cast, "", carrier=Carrier.PRETEND, **{str(order_id): 10})
    with clock.shifted(timedelta(hours=30)):
        tasks.ask_carriers.run()
        tasks.ask_carriers.run()
        assert state(cast, parcel_id) is ParcelState.MOVING
    with clock.shifted(timedelta(hours=60)):
        tasks.ask_carriers.run()
        assert state(cast, parcel_id) is ParcelState.DELIVERED
    order = trade.order(order_id)
    assert order.delivered_at is not None
    assert order.due_at == order.delivered_at + timedelta(days=10)
    with unit_of_work(), trade.as_buyer(cast.buyer):
        story = queries.stories([parcel_id])[parcel_id]
        assert [event.report_key for event in reversed(story)] == [
            "shipped", "collected", "sorted", "on_road", "arrived", "out", "delivered",
        ]  # fmt: skip


def state(cast: Cast, parcel_id: UUID) -> ParcelState:
    with unit_of_work(), acting_for(cast.acme_id):
        return queries.get(parcel_id).state


def test_a_merchant_reports_and_a_delivered_parcel_is_closed(ctx: Flask, cast: Cast, street: Street, till: Till) -> None:
    order_id = ready(ctx, cast, street)
    parcel_id = ship(cast, "DP000001", carrier=Carrier.DEPPON, **{str(order_id): 10})
    for reached in (ParcelState.TROUBLE, ParcelState.DELIVERED):
        with unit_of_work(), acting_for(cast.acme_id):
            services.report(parcel_id=parcel_id, state=reached, said="外包装破损", place="杭州")
    with pytest.raises(HasArrived), unit_of_work(), acting_for(cast.acme_id):
        services.report(parcel_id=parcel_id, state=ParcelState.MOVING, said="")
    with pytest.raises(NoSuchParcel), unit_of_work(), acting_for(cast.rival_id):
        services.report(parcel_id=parcel_id, state=ParcelState.MOVING, said="")


def test_the_list_is_narrowed_to_parcels_in_a_state(ctx: Flask, cast: Cast, street: Street, till: Till) -> None:
    order_id = ready(ctx, cast, street)
    arrived = ship(cast, "SF000001", carrier=Carrier.DEPPON, **{str(order_id): 4})
    ship(cast, "SF000002", carrier=Carrier.DEPPON, **{str(order_id): 6})
    with unit_of_work(), acting_for(cast.acme_id):
        services.report(parcel_id=arrived, state=ParcelState.DELIVERED, said="", place="")
    desk = cast.owner.browser()
    delivered = desk.get("/desk/acme/parcels/?state=delivered").get_data(as_text=True)
    assert ("SF000001" in delivered, "SF000002" in delivered) == (True, False)
    underway = desk.get("/desk/acme/parcels/?state=shipped&q=SF").get_data(as_text=True)
    assert ("SF000001" in underway, "SF000002" in underway) == (False, True)
    assert "state=trouble" not in delivered  # nothing is in trouble
    assert "SF000002" in desk.get("/desk/acme/parcels/?state=nowhere").get_data(as_text=True)
