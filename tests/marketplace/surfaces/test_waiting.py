"""What waits on the first page waits for those who can do it: every role is told its own work, and every link opens."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask import Flask

from marketplace.catalogue import services as catalogue
from marketplace.inventory import services as stock
from marketplace.kernel.db import db, unit_of_work
from tenants.access.permissions import GRANTS, MARKET_GRANTS, MarketRight, MarketRole, Permission, StaffRole
from tenants.merchants import queries as merchants
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast, Person
from tests.factories import goods, trade
from tests.factories import tenants as make
from tests.factories.trade import Till
from tests.tenants.admission.story import hand_in

QUEUE = re.compile(r'<ul class="queue">.*?</ul>', re.S)
LINE = re.compile(r'class="what">([^<]*)<.*?<a class="button is-small[^"]*" href="([^"]*)"', re.S)
AT_THE_DESK = {
    "退回": Permission.PRODUCTS_EDIT,
    "库存告急": Permission.STOCK_ADJUST,
    "待订单审核": Permission.ORDERS_REVIEW,
}
AT_THE_CONSOLE = {"件商品待审核": MarketRight.PRODUCTS_REVIEW, "入驻申请": MarketRight.APPLICATIONS_REVIEW}


@pytest.fixture
def busy(ctx: Flask, cast: Cast, till: Till) -> Cast:
    """A day with something of everything to do."""
    with unit_of_work():
        street = trade.street(cast)
        kind = goods.category("cotton", attributes=True).id
        goods.category("silk", attributes=True)
        back, new = goods.draft(cast.acme_id, kind), goods.draft(cast.acme_id, kind)
        with acting_for(cast.acme_id):
            for product in (back, new):
                catalogue.submit(product_id=product.id)
            stock.set_alert_line(variant_id=street.cloth, quantity=Decimal(5000))
    with unit_of_work(), working_on(Purpose.CONSOLE):
        catalogue.reject(product_id=back.id, note="图片与实物不符")
    (order,) = trade.place(cast.buyer, (street.cloth, 2), expected=2 * 1850)
    trade.pay(ctx, cast.buyer, order)
    db.session.remove()
    hand_in(cast.stranger.browser())
    return cast


def told(person: Person, first_page: str) -> dict[str, str]:
    """The lines of the queue and where they lead."""
    page = person.browser().get(first_page).text
    return {what: url.replace("&amp;", "&") for queue in QUEUE.findall(page) for what, url in LINE.findall(queue)}


def new_person(app: Flask, login: str, *, staff: StaffRole | None = None, market: MarketRole | None = None) -> Person:
    with unit_of_work():
        account = make.account(login=login)
        if staff:
            make.colleague(merchant=merchants.by_slug("acme"), account=account, role=staff)
        if market:
            make.market_staff(account=account, role=market)
        person = Person(app=app, account_id=account.id, buyer_id=account.buyer_id, login=login)
    db.session.remove()
    return person


def test_a_desks_queue_is_the_work_of_the_role_that_reads_it(busy: Cast, ctx: Flask) -> None:
    for role in StaffRole:
        person = new_person(ctx, f"desk-{role.value}", staff=role)
        lines = told(person, "/desk/acme/")
        for word, permission in AT_THE_DESK.items():
            assert any(word in line for line in lines) is (permission in GRANTS[role]), (role, word, lines)
        for url in lines.values():
            assert person.browser().get(url).status_code == 200, (role, url)


def test_the_consoles_queue_is_the_work_of_the_role_that_reads_it(busy: Cast, ctx: Flask) -> None:
    for role in MarketRole:
        person = new_person(ctx, f"market-{role.value}", market=role)
        lines = told(person, "/console/")
        for word, right in AT_THE_CONSOLE.items():
            assert any(word in line for line in lines) is (right in MARKET_GRANTS[role]), (role, word, lines)
        for url in lines.values():
            assert person.browser().get(url).status_code == 200, (role, url)
