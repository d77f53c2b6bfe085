"""Change of an order before it is shipped, with stock, freight, payment and commission (OR3, OR9)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from billing.payments import queries as payments
from billing.payments import services as payment_services
from billing.payments.errors import PaymentInProgress
from billing.payments.services import Payer
from marketplace.checkout import services
from marketplace.checkout.errors import TotalChanged
from marketplace.inventory import queries as stock
from marketplace.inventory.errors import OutOfStock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.events import Event
from marketplace.kernel.money import Money
from marketplace.orders import queries as order_queries
from marketplace.orders.changes import allowed_changes
from marketplace.orders.errors import OrderLocked, OrderNotFound, StaleOrder
from marketplace.orders.events import OrderChanged
from marketplace.orders.models import OrderState
from marketplace.orders.numbering import ledger_reference
from marketplace.shipping import services as shipping
from marketplace.shipping.models import Carrier
from marketplace.shipping.rates import FreightRates, Zone
from marketplace.shipping.services import ParcelInput
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tests.actors import Actors
from tests.factories import order_factory, product_factory
from tests.factories.order_factory import FakeGateway, SampleProducts
from tests.marketplace.checkout.order_changes import (
    change_order,
    commission_entries,
    hidden_fields,
    net_commission,
    run_transitions,
    staff_actor,
)


@pytest.mark.parametrize(("quantity", "total"), [("80", 148000), ("150", 247500)])
def test_change_quantity_updates_stock_price_and_commission(
    actors: Actors, sample_products: SampleProducts, order_ids: tuple[UUID, UUID], quantity: str, total: int
) -> None:
    change_order(actors, order_ids[0], total, quantity)
    order = order_factory.get_order(order_ids[0])
    assert (order.subtotal_minor, order.total_minor, order.line_preview["quantity"]) == (total, total, quantity)
    assert (
        order_factory.reserved_quantity(sample_products.cloth),
        order_factory.reserved_quantity(sample_products.thread),
    ) == (Decimal(quantity), Decimal(3))
    assert commission_entries(order_ids[0]) == [
        ("charge", 198000, 9900),
        ("reversal", 198000, -9900),
        ("charge", total, total // 20),
    ]
    assert order_factory.get_order(order_ids[1]).total_minor == 2700


def test_change_twice_reverses_each_commission_once(actors: Actors, order_ids: tuple[UUID, UUID]) -> None:
    for quantity, total in (("80", 148000), ("150", 247500), ("80", 148000)):
        change_order(actors, order_ids[0], total, quantity)
        assert net_commission(order_ids[0]) == total // 20
    assert len(commission_entries(order_ids[0])) == 7


def test_change_remove_line_keeps_other_line(
    actors: Actors, sample_products: SampleProducts, published_events: list[Event]
) -> None:
    with unit_of_work():
        other_products = order_factory.create_sample_products(actors)
    (order_id,) = order_factory.place_orders(
        actors.buyer, (sample_products.cloth, 10), (other_products.cloth, 10), expected=37000
    )
    with unit_of_work(), order_factory.as_person(actors.buyer):
        first, second = order_queries.get_lines([order_id])
    change_order(actors, order_id, 18500, quantities={first.id: Decimal(0)})
    with unit_of_work(), order_factory.as_person(actors.buyer):
        (remaining,) = order_queries.get_lines([order_id])
        (event,) = order_queries.list_events(order_id)
    order = order_factory.get_order(order_id)
    assert (remaining.id, order.lines_count, order.total_minor) == (second.id, 1, 18500)
    assert (order_factory.reserved_quantity(first.variant_id), order_factory.reserved_quantity(second.variant_id)) == (0, 10)
    assert net_commission(order_id) == 925
    assert (event.kind, event.details["total"]) == ("change", [37000, 18500])
    assert [published_event.total for published_event in published_events if isinstance(published_event, OrderChanged)] == [
        Money(18500, "CNY")
    ]


def test_change_remove_all_lines_rejected_and_noop_publishes_nothing(
    actors: Actors, order_ids: tuple[UUID, UUID], published_events: list[Event]
) -> None:
    with pytest.raises(ValidationError) as exc_info:
        change_order(actors, order_ids[0], 0, "0")
    assert "取消订单" in exc_info.value.errors[""]
    before = order_factory.get_order(order_ids[0]).version
    change_order(actors, order_ids[0], 198000, "120")
    assert (order_factory.get_order(order_ids[0]).version, order_factory.get_order(order_ids[0]).changed_at) == (before, None)
    assert not [published_event for published_event in published_events if isinstance(published_event, OrderChanged)]


def test_change_reprices_only_changed_lines(
    actors: Actors, sample_products: SampleProducts, order_ids: tuple[UUID, UUID], superuser: Engine
) -> None:
    with superuser.begin() as connection:
        connection.execute(text("update price_tiers set price = price + 100 where price in (1850, 1650)"))
    change_order(actors, order_ids[0], 198000, note="请开发票")
    assert order_factory.get_order(order_ids[0]).total_minor == 198000
    with pytest.raises(TotalChanged):
        change_order(actors, order_ids[0], 130 * 1650, "130")
    change_order(actors, order_ids[0], 130 * 1750, "130")
    assert order_factory.get_order(order_ids[0]).total_minor == 130 * 1750


@pytest.mark.parametrize(("quantity", "message"), [("1.5", "倍数"), ("1001", "库存")])
def test_change_invalid_quantity_rejected(
    actors: Actors, order_ids: tuple[UUID, UUID], sample_products: SampleProducts, quantity: str, message: str
) -> None:
    with pytest.raises(ValidationError) as exc_info:
        change_order(actors, order_ids[0], 0, quantity)
    ((field, error),) = exc_info.value.errors.items()
    assert field.startswith("quantity-")
    assert message in error
    assert order_factory.reserved_quantity(sample_products.cloth) == 120


def test_change_delisted_product_can_only_stay_or_be_removed(
    actors: Actors, order_ids: tuple[UUID, UUID], sample_products: SampleProducts, superuser: Engine
) -> None:
    with superuser.begin() as connection:
        connection.execute(text("update products set state = 'off_sale' where id = :id"), {"id": sample_products.cloth_product})
    with pytest.raises(ValidationError):
        change_order(actors, order_ids[0], 0, "100")
    change_order(actors, order_ids[0], 198000, note="快一点")
    assert order_factory.get_order(order_ids[0]).note == "快一点"


def test_change_mixed_variants_share_price_tier(ctx: Flask, actors: Actors) -> None:
    """A smaller quantity of one colour raises the price of the other: both count for the same price tiers."""
    colours = [{"value": value, "names": {"zh_Hans": value, "en": value}} for value in ("red", "blue")]
    axes = [{"code": "colour", "names": {"zh_Hans": "颜色", "en": "Colour"}, "options": colours}]
    variants = [product_factory.VariantInput(sku=f"MIX-{value}", options={"colour": value}) for value in ("red", "blue")]
    with unit_of_work():
        category_id = product_factory.create_category(attributes=True).id
        product = product_factory.create_product(
            actors.acme_id, category_id, on_hand=500, axes=axes, variants=variants, mix_variants=True
        )
        first_variant, second_variant = (variant.id for variant in product.variants)
    (order_id,) = order_factory.place_orders(actors.buyer, (first_variant, 60), (second_variant, 60), expected=198000)
    with unit_of_work(), order_factory.as_person(actors.buyer):
        line = next(line for line in order_queries.get_lines([order_id]) if line.variant_id == first_variant)
    change_order(actors, order_id, 70 * 1850, quantities={line.id: Decimal(10)})
    with unit_of_work(), order_factory.as_person(actors.buyer):
        assert {order_line.price_minor for order_line in order_queries.get_lines([order_id])} == {1850}
    assert net_commission(order_id) == 70 * 1850 // 20


def test_change_unpaid_order_recalculates_freight(
    actors: Actors, sample_products: SampleProducts, order_ids: tuple[UUID, UUID]
) -> None:
    rules = FreightRates(
        zones=(Zone(base_minor=1000), Zone(regions=("11",), base_minor=3000), Zone(regions=("54",), excluded=True))
    )
    with unit_of_work(), as_merchant(actors.acme_id):
        shipping.save_freight_rates(merchant_id=actors.acme_id, rates=rules)
    change_order(actors, order_ids[0], 198000, note="放门卫")
    assert order_factory.get_order(order_ids[0]).freight_minor == 0
    change_order(actors, order_ids[0], 201000, ship_to={"region_code": "110105", "region": "北京市朝阳区"})
    assert order_factory.get_order(order_ids[0]).freight_minor == 3000
    with pytest.raises(ValidationError) as exc_info:
        change_order(actors, order_ids[0], 201000, ship_to={"region_code": "540102"})
    assert set(exc_info.value.errors) == {"region"}


def test_change_paid_order_allows_only_delivery(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, order_ids: tuple[UUID, UUID]
) -> None:
    order_factory.pay_order(ctx, actors.buyer, order_ids[0])
    rules = FreightRates(zones=(Zone(base_minor=0), Zone(regions=("11",), base_minor=3000)))
    with unit_of_work(), as_merchant(actors.acme_id):
        shipping.save_freight_rates(merchant_id=actors.acme_id, rates=rules)
    change_order(actors, order_ids[0], 198000, "80")  # quantities of a paid order are ignored
    assert order_factory.get_order(order_ids[0]).subtotal_minor == 198000
    with pytest.raises(ValidationError) as exc_info:
        change_order(actors, order_ids[0], 198000, ship_to={"region_code": "110105"})
    assert "30.00" in exc_info.value.errors["region"]
    change_order(actors, order_ids[0], 198000, ship_to={"name": "李师傅", "phone": "13900001111", "street": "文一西路 1 号"})
    order = order_factory.get_order(order_ids[0])
    assert (order.ship_to["name"], order.phone_digits, order.total_minor) == ("李师傅", "13900001111", 198000)
    assert "李师傅" in order.search_text
    run_transitions(actors, order_ids[0], "approve_order", "approve_finance", "release")
    change_order(actors, order_ids[0], 198000, note="到货前打电话")
    assert order_factory.get_order(order_ids[0]).state is OrderState.SHIPPING


def test_change_reviewed_order_locks_lines(actors: Actors, sample_products: SampleProducts) -> None:
    order_factory.configure_workflow(actors.acme_id, actors.owner.account_id, payment="after_order")
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 120), expected=198000)
    change_order(actors, order_id, 148000, "80")
    assert order_factory.get_order(order_id).total_minor == 148000
    run_transitions(actors, order_id, "approve_order")
    with unit_of_work(), order_factory.as_person(actors.buyer):
        order = order_queries.get_order(order_id)
        assert not allowed_changes(order, order_queries.get_workflow(order.workflow_id)).lines


def test_change_shipped_order_raises_order_locked(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, order_ids: tuple[UUID, UUID]
) -> None:
    order_factory.pay_order(ctx, actors.buyer, order_ids[0])
    run_transitions(actors, order_ids[0], "approve_order", "approve_finance", "release")
    with unit_of_work(), as_merchant(actors.acme_id):
        (line,) = order_queries.get_lines([order_ids[0]])
        quantities = {order_ids[0]: {line.id: Decimal(20)}}
        shipping.ship_parcel(
            draft=ParcelInput(carrier=Carrier.SF, tracking_number="SF1234567890", quantities=quantities),
            actor=staff_actor(actors),
        )
    with pytest.raises(OrderLocked):
        change_order(actors, order_ids[0], 198000, note="别发了")


def test_ship_with_stale_address_returns_409(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, order_ids: tuple[UUID, UUID]
) -> None:
    order_factory.pay_order(ctx, actors.buyer, order_ids[0])
    run_transitions(actors, order_ids[0], "approve_order", "approve_finance", "release")
    client = actors.owner.client()
    number = order_factory.get_order(order_ids[0]).number
    url = f"/desk/acme/parcels/ship/{number}"
    form = hidden_fields(client.get(url).text)
    change_order(actors, order_ids[0], 198000, ship_to={"street": "文一西路 1 号"})
    with unit_of_work(), as_merchant(actors.acme_id):
        (line,) = order_queries.get_lines([order_ids[0]])
    form |= {"carrier": "sf", "tracking_number": "SF1234567890", f"take-{line.id}": "120"}
    response = client.post(url, data=form)
    assert response.status_code == 409
    assert "订单刚刚有变动" in response.text
    assert "文一西路 1 号" in response.text
    assert order_factory.get_order(order_ids[0]).shipped_at is None
    assert client.post(url, data=form | hidden_fields(response.text)).status_code == 303
    assert order_factory.get_order(order_ids[0]).shipped_all


def test_change_total_cancels_open_payment_and_next_uses_new_total(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, order_ids: tuple[UUID, UUID]
) -> None:
    order = order_factory.get_order(order_ids[0])
    payer = Payer(buyer_id=actors.buyer.buyer_id, account_id=actors.buyer.account_id)
    with order_factory.as_person(actors.buyer):
        services.pay_reference(reference=order.payment_reference, payer=payer, return_url="http://localhost/back")
    change_order(actors, order_ids[0], 198000, note="只改留言")
    with unit_of_work(), order_factory.as_person(actors.buyer):
        assert payments.get_active_intent(order.payment_reference) is not None
    change_order(actors, order_ids[0], 148000, "80")
    with unit_of_work(), order_factory.as_person(actors.buyer):
        assert payments.get_active_intent(order.payment_reference) is None
    gateway_id = order_factory.pay_order(ctx, actors.buyer, order_ids[0])
    assert fake_gateway.payments[gateway_id].amount == Money(148000 + 2700, "CNY")
    assert {order_factory.get_order(order_id).state for order_id in order_ids} == {OrderState.ORDER_REVIEW}


def test_change_with_payment_in_progress_rejected(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, order_ids: tuple[UUID, UUID]
) -> None:
    order_factory.start_pending_payment(ctx, actors.buyer, order_ids[0])
    with pytest.raises(PaymentInProgress):
        change_order(actors, order_ids[0], 148000, "80")
    assert (order_factory.get_order(order_ids[0]).total_minor, order_factory.reserved_quantity(sample_products.cloth)) == (
        198000,
        120,
    )


def test_pay_uses_current_total_not_stale_session(
    ctx: Flask,
    actors: Actors,
    sample_products: SampleProducts,
    fake_gateway: FakeGateway,
    order_ids: tuple[UUID, UUID],
    superuser: Engine,
) -> None:
    """The paying session has cached the order before a second tab changed it."""
    payer = Payer(buyer_id=actors.buyer.buyer_id, account_id=actors.buyer.account_id)
    with order_factory.as_person(actors.buyer):
        stale_order = order_queries.get_order(order_ids[0])
        update_totals = "update orders set subtotal_minor = 148000, total_minor = 148000 where id = :id"
        with superuser.begin() as connection:
            connection.execute(text(update_totals), {"id": order_ids[0]})
        services.pay_reference(reference=stale_order.payment_reference, payer=payer, return_url="http://localhost/back")
    (remote,) = fake_gateway.payments.values()
    assert remote.amount == Money(148000 + 2700, "CNY")


def test_change_with_stale_version_raises_stale_order(actors: Actors, order_ids: tuple[UUID, UUID]) -> None:
    version = order_factory.get_order(order_ids[0]).version
    change_order(actors, order_ids[0], 148000, "80", expected_version=version)
    with pytest.raises(StaleOrder):
        change_order(actors, order_ids[0], 165000, "100", expected_version=version)
    assert order_factory.get_order(order_ids[0]).total_minor == 148000


def test_change_out_of_stock_at_reservation_rolls_back(
    actors: Actors, sample_products: SampleProducts, order_ids: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that was priced with enough stock but fails at the reservation is rolled back completely."""
    monkeypatch.setattr(stock, "get_available", lambda ids: dict.fromkeys(ids, Decimal(5000)))
    with pytest.raises(OutOfStock):
        change_order(actors, order_ids[0], 3000 * 1650, "3000")
    order = order_factory.get_order(order_ids[0])
    assert (order.total_minor, order_factory.reserved_quantity(sample_products.cloth), net_commission(order_ids[0])) == (
        198000,
        120,
        9900,
    )


def test_refund_after_change_reverses_current_commission(
    ctx: Flask,
    actors: Actors,
    sample_products: SampleProducts,
    fake_gateway: FakeGateway,
    order_ids: tuple[UUID, UUID],
    drain_outbox: Callable[[], int],
) -> None:
    change_order(actors, order_ids[0], 148000, "80")
    order_factory.pay_order(ctx, actors.buyer, order_ids[0])
    for index, amount in enumerate((48000, 100000)):
        with unit_of_work(), with_purpose(AccessPurpose.FULFILMENT, merchant_id=actors.acme_id):
            payment_services.create_refund(
                order_reference=ledger_reference(order_ids[0]), amount=Money(amount, "CNY"), reason="test", key=f"r{index}"
            )
        assert net_commission(order_ids[0]) == (5000 if index == 0 else 0)


def test_change_other_buyers_order_not_found(actors: Actors, order_ids: tuple[UUID, UUID]) -> None:
    number = order_factory.get_order(order_ids[0]).number
    for person in (actors.other_buyer, actors.owner):
        assert person.client().get(f"/orders/{number}/change").status_code == 404
        assert person.client().post(f"/orders/{number}/change", data={"do": "save"}).status_code == 404
    with pytest.raises(OrderNotFound), unit_of_work(), order_factory.as_person(actors.other_buyer):
        order_queries.get_order_by_number(number)
