"""A buyer changes an order before it is shipped; stock, freight, payment and commission follow (OR3, OR9, behaviour 45)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from billing.payments import queries as payments
from billing.payments import services as money
from billing.payments.errors import PaymentUnderway
from billing.payments.services import Payer
from marketplace.checkout import services
from marketplace.checkout.errors import CostsOtherwise
from marketplace.inventory import queries as stock
from marketplace.inventory.errors import SoldOut
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events import Event
from marketplace.kernel.money import Money
from marketplace.orders import queries as orders
from marketplace.orders.changes import may_change
from marketplace.orders.errors import ChangedMeanwhile, NoSuchOrder, TooLateToChange
from marketplace.orders.events import OrderChanged
from marketplace.orders.models import OrderState
from marketplace.orders.rules import order_word
from marketplace.shipping import services as shipping
from marketplace.shipping.models import Carrier
from marketplace.shipping.rules import FreightRules, Zone
from marketplace.shipping.services import ParcelDraft
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import goods, trade
from tests.factories.trade import Street, Till
from tests.marketplace.checkout.changes import change, fee, fees, hidden_fields, move, staff


@pytest.mark.parametrize(("quantity", "total"), [("80", 148000), ("150", 247500)])
def test_stock_price_and_commission_follow_the_quantity(
    cast: Cast, street: Street, placed: tuple[UUID, UUID], quantity: str, total: int
) -> None:
    change(cast, placed[0], total, quantity)
    order = trade.order(placed[0])
    assert (order.goods_minor, order.total_minor, order.first_line["quantity"]) == (total, total, quantity)
    assert (trade.held(street.cloth), trade.held(street.thread)) == (Decimal(quantity), Decimal(3))
    assert fees(placed[0]) == [("charge", 198000, 9900), ("reversal", 198000, -9900), ("charge", total, total // 20)]
    assert trade.order(placed[1]).total_minor == 2700


def test_a_second_change_gives_back_the_first_fee_only_once(cast: Cast, placed: tuple[UUID, UUID]) -> None:
    for quantity, total in (("80", 148000), ("150", 247500), ("80", 148000)):
        change(cast, placed[0], total, quantity)
        assert fee(placed[0]) == total // 20
    assert len(fees(placed[0])) == 7


def test_one_line_goes_and_the_other_stays_as_it_was(cast: Cast, street: Street, announced: list[Event]) -> None:
    with unit_of_work():
        other = trade.street(cast)
    (order_id,) = trade.place(cast.buyer, (street.cloth, 10), (other.cloth, 10), expected=37000)
    with unit_of_work(), trade.as_buyer(cast.buyer):
        first, second = orders.lines_of([order_id])
    change(cast, order_id, 18500, quantities={first.id: Decimal(0)})
    with unit_of_work(), trade.as_buyer(cast.buyer):
        (left,) = orders.lines_of([order_id])
        (event,) = orders.history(order_id)
    order = trade.order(order_id)
    assert (left.id, order.lines_count, order.total_minor) == (second.id, 1, 18500)
    assert (trade.held(first.variant_id), trade.held(second.variant_id)) == (0, 10)
    assert fee(order_id) == 925
    assert (event.kind, event.details["total"]) == ("change", [37000, 18500])
    assert [fact.total for fact in announced if isinstance(fact, OrderChanged)] == [Money(18500, "CNY")]


def test_everything_out_and_nothing_changed(cast: Cast, placed: tuple[UUID, UUID], announced: list[Event]) -> None:
    with pytest.raises(Invalid) as refusal:
        change(cast, placed[0], 0, "0")
    assert "取消订单" in refusal.value.errors[""]
    before = trade.order(placed[0]).version
    change(cast, placed[0], 198000, "120")
    assert (trade.order(placed[0]).version, trade.order(placed[0]).changed_at) == (before, None)
    assert not [fact for fact in announced if isinstance(fact, OrderChanged)]


def test_what_stays_keeps_its_price_and_what_changes_pays_todays(
    cast: Cast, street: Street, placed: tuple[UUID, UUID], superuser: Engine
) -> None:
    with superuser.begin() as connection:
        connection.execute(text("update price_tiers set price = price + 100 where price in (1850, 1650)"))
    change(cast, placed[0], 198000, note="请开发票")
    assert trade.order(placed[0]).total_minor == 198000
    with pytest.raises(CostsOtherwise):
        change(cast, placed[0], 130 * 1650, "130")
    change(cast, placed[0], 130 * 1750, "130")
    assert trade.order(placed[0]).total_minor == 130 * 1750


@pytest.mark.parametrize(("quantity", "said"), [("1.5", "倍数"), ("1001", "库存")])
def test_quantities_that_cannot_be(cast: Cast, placed: tuple[UUID, UUID], street: Street, quantity: str, said: str) -> None:
    with pytest.raises(Invalid) as refusal:
        change(cast, placed[0], 0, quantity)
    ((field, sentence),) = refusal.value.errors.items()
    assert field.startswith("quantity-")
    assert said in sentence
    assert trade.held(street.cloth) == 120


def test_goods_that_are_gone_stay_or_go(cast: Cast, placed: tuple[UUID, UUID], street: Street, superuser: Engine) -> None:
    with superuser.begin() as connection:
        connection.execute(text("update products set state = 'off_sale' where id = :id"), {"id": street.cloth_product})
    with pytest.raises(Invalid):
        change(cast, placed[0], 0, "100")
    change(cast, placed[0], 198000, note="快一点")
    assert trade.order(placed[0]).note == "快一点"


def test_quantities_of_a_mixing_product_count_together(ctx: Flask, cast: Cast) -> None:
    """Taking less of one colour makes the other dearer: both stand on one ladder."""
    colours = [{"value": value, "names": {"zh_Hans": value, "en": value}} for value in ("red", "blue")]
    axes = [{"code": "colour", "names": {"zh_Hans": "颜色", "en": "Colour"}, "options": colours}]
    variants = [goods.VariantSheet(sku=f"MIX-{value}", options={"colour": value}) for value in ("red", "blue")]
    with unit_of_work():
        kind = goods.category(attributes=True).id
        made = goods.product(cast.acme_id, kind, on_hand=500, axes=axes, variants=variants, mixes=True)
        one, two = (variant.id for variant in made.variants)
    (order_id,) = trade.place(cast.buyer, (one, 60), (two, 60), expected=198000)
    with unit_of_work(), trade.as_buyer(cast.buyer):
        line = next(line for line in orders.lines_of([order_id]) if line.variant_id == one)
    change(cast, order_id, 70 * 1850, quantities={line.id: Decimal(10)})
    with unit_of_work(), trade.as_buyer(cast.buyer):
        assert {found.price_minor for found in orders.lines_of([order_id])} == {1850}
    assert fee(order_id) == 70 * 1850 // 20


def test_freight_is_counted_anew_while_nobody_has_paid(cast: Cast, street: Street, placed: tuple[UUID, UUID]) -> None:
    rules = FreightRules(zones=(Zone(first=1000), Zone(regions=("11",), first=3000), Zone(regions=("54",), refused=True)))
    with unit_of_work(), acting_for(cast.acme_id):
        shipping.save_freight(merchant_id=cast.acme_id, rules=rules)
    change(cast, placed[0], 198000, note="放门卫")
    assert trade.order(placed[0]).freight_minor == 0
    change(cast, placed[0], 201000, ship_to={"region_code": "110105", "region": "北京市朝阳区"})
    assert trade.order(placed[0]).freight_minor == 3000
    with pytest.raises(Invalid) as refusal:
        change(cast, placed[0], 201000, ship_to={"region_code": "540102"})
    assert set(refusal.value.errors) == {"region"}


def test_after_the_payment_the_goods_stay_and_the_address_may_change(
    ctx: Flask, cast: Cast, street: Street, till: Till, placed: tuple[UUID, UUID]
) -> None:
    trade.pay(ctx, cast.buyer, placed[0])
    rules = FreightRules(zones=(Zone(first=0), Zone(regions=("11",), first=3000)))
    with unit_of_work(), acting_for(cast.acme_id):
        shipping.save_freight(merchant_id=cast.acme_id, rules=rules)
    change(cast, placed[0], 198000, "80")  # quantities are not even asked
    assert trade.order(placed[0]).goods_minor == 198000
    with pytest.raises(Invalid) as refusal:
        change(cast, placed[0], 198000, ship_to={"region_code": "110105"})
    assert "30.00" in refusal.value.errors["region"]
    change(cast, placed[0], 198000, ship_to={"name": "李师傅", "phone": "13900001111", "street": "文一西路 1 号"})
    order = trade.order(placed[0])
    assert (order.ship_to["name"], order.phone_digits, order.total_minor) == ("李师傅", "13900001111", 198000)
    assert "李师傅" in order.sought
    move(cast, placed[0], "pass_order", "pass_finance", "release")
    change(cast, placed[0], 198000, note="到货前打电话")
    assert trade.order(placed[0]).state is OrderState.SHIPPING


def test_goods_that_the_merchant_has_agreed_to_stay(cast: Cast, street: Street) -> None:
    trade.choose(cast.acme_id, cast.owner.account_id, payment="after_order")
    (order_id,) = trade.place(cast.buyer, (street.cloth, 120), expected=198000)
    change(cast, order_id, 148000, "80")
    assert trade.order(order_id).total_minor == 148000
    move(cast, order_id, "pass_order")
    with unit_of_work(), trade.as_buyer(cast.buyer):
        order = orders.get(order_id)
        assert not may_change(order, orders.workflow_of(order.workflow_id)).goods


def test_what_is_in_a_parcel_or_over_is_not_changed(
    ctx: Flask, cast: Cast, street: Street, till: Till, placed: tuple[UUID, UUID]
) -> None:
    trade.pay(ctx, cast.buyer, placed[0])
    move(cast, placed[0], "pass_order", "pass_finance", "release")
    with unit_of_work(), acting_for(cast.acme_id):
        (line,) = orders.lines_of([placed[0]])
        some = {placed[0]: {line.id: Decimal(20)}}
        shipping.ship(draft=ParcelDraft(carrier=Carrier.SF, tracking_number="SF1234567890", quantities=some), by=staff(cast))
    with pytest.raises(TooLateToChange):
        change(cast, placed[0], 198000, note="别发了")


def test_a_packer_who_saw_another_address_is_told(
    ctx: Flask, cast: Cast, street: Street, till: Till, placed: tuple[UUID, UUID]
) -> None:
    trade.pay(ctx, cast.buyer, placed[0])
    move(cast, placed[0], "pass_order", "pass_finance", "release")
    desk = cast.owner.browser()
    number = trade.order(placed[0]).number
    url = f"/desk/acme/parcels/ship/{number}"
    form = hidden_fields(desk.get(url).text)
    change(cast, placed[0], 198000, ship_to={"street": "文一西路 1 号"})
    with unit_of_work(), acting_for(cast.acme_id):
        (line,) = orders.lines_of([placed[0]])
    form |= {"carrier": "sf", "tracking_number": "SF1234567890", f"take-{line.id}": "120"}
    answer = desk.post(url, data=form)
    assert answer.status_code == 409
    assert "订单刚刚有变动" in answer.text
    assert "文一西路 1 号" in answer.text
    assert trade.order(placed[0]).shipped_at is None
    assert desk.post(url, data=form | hidden_fields(answer.text)).status_code == 303
    assert trade.order(placed[0]).shipped_all


def test_an_open_payment_is_withdrawn_and_the_next_asks_for_the_new_sum(
    ctx: Flask, cast: Cast, street: Street, till: Till, placed: tuple[UUID, UUID]
) -> None:
    order = trade.order(placed[0])
    payer = Payer(buyer_id=cast.buyer.buyer_id, account_id=cast.buyer.account_id)
    with trade.as_buyer(cast.buyer):
        services.pay(reference=order.payment_reference, payer=payer, return_url="http://localhost/back")
    change(cast, placed[0], 198000, note="只改留言")
    with unit_of_work(), trade.as_buyer(cast.buyer):
        assert payments.live_intent(order.payment_reference) is not None
    change(cast, placed[0], 148000, "80")
    with unit_of_work(), trade.as_buyer(cast.buyer):
        assert payments.live_intent(order.payment_reference) is None
    gateway_id = trade.pay(ctx, cast.buyer, placed[0])
    assert till.open[gateway_id].amount == Money(148000 + 2700, "CNY")
    assert {trade.order(one).state for one in placed} == {OrderState.ORDER_REVIEW}


def test_money_on_its_way_is_not_changed_under(
    ctx: Flask, cast: Cast, street: Street, till: Till, placed: tuple[UUID, UUID]
) -> None:
    trade.begin_paying(ctx, cast.buyer, placed[0])
    with pytest.raises(PaymentUnderway):
        change(cast, placed[0], 148000, "80")
    assert (trade.order(placed[0]).total_minor, trade.held(street.cloth)) == (198000, 120)


def test_paying_asks_for_what_the_order_is_now(
    ctx: Flask, cast: Cast, street: Street, till: Till, placed: tuple[UUID, UUID], superuser: Engine
) -> None:
    """Two tabs: the session that pays has read the order before the other tab changed it."""
    payer = Payer(buyer_id=cast.buyer.buyer_id, account_id=cast.buyer.account_id)
    with trade.as_buyer(cast.buyer), unit_of_work():
        seen = orders.get(placed[0])
        sums = "update orders set goods_minor = 148000, total_minor = 148000 where id = :id"
        with superuser.begin() as connection:
            connection.execute(text(sums), {"id": placed[0]})
        services.pay(reference=seen.payment_reference, payer=payer, return_url="http://localhost/back")
    (remote,) = till.open.values()
    assert remote.amount == Money(148000 + 2700, "CNY")


def test_of_two_forms_the_second_is_refused(cast: Cast, placed: tuple[UUID, UUID]) -> None:
    seen = trade.order(placed[0]).version
    change(cast, placed[0], 148000, "80", seen=seen)
    with pytest.raises(ChangedMeanwhile):
        change(cast, placed[0], 165000, "100", seen=seen)
    assert trade.order(placed[0]).total_minor == 148000


def test_what_others_took_meanwhile_is_not_there(
    cast: Cast, street: Street, placed: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted when there was enough, sold out when it is kept: nothing of the change remains."""
    monkeypatch.setattr(stock, "available", lambda ids: dict.fromkeys(ids, Decimal(5000)))
    with pytest.raises(SoldOut):
        change(cast, placed[0], 3000 * 1650, "3000")
    order = trade.order(placed[0])
    assert (order.total_minor, trade.held(street.cloth), fee(placed[0])) == (198000, 120, 9900)


def test_a_refund_after_a_change_gives_back_the_new_fee_only(
    ctx: Flask, cast: Cast, street: Street, till: Till, placed: tuple[UUID, UUID], drain: Callable[[], int]
) -> None:
    change(cast, placed[0], 148000, "80")
    trade.pay(ctx, cast.buyer, placed[0])
    for n, amount in enumerate((48000, 100000)):
        with unit_of_work(), working_on(Purpose.FULFILMENT, merchant_id=cast.acme_id):
            money.refund(reference_part=order_word(placed[0]), amount=Money(amount, "CNY"), reason="test", key=f"r{n}")
        assert fee(placed[0]) == (5000 if n == 0 else 0)


def test_nobody_elses(cast: Cast, placed: tuple[UUID, UUID]) -> None:
    number = trade.order(placed[0]).number
    for person in (cast.other_buyer, cast.owner):
        assert person.browser().get(f"/orders/{number}/change").status_code == 404
        assert person.browser().post(f"/orders/{number}/change", data={"do": "save"}).status_code == 404
    with pytest.raises(NoSuchOrder), unit_of_work(), trade.as_buyer(cast.other_buyer):
        orders.by_number(number)
