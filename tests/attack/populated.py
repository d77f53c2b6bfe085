"""Two of everything: what ours holds, theirs holds too, so that every foreign thing can be reached for."""

from __future__ import annotations

import io
import re

from flask import Flask
from flask.testing import FlaskClient

from marketplace.kernel import memo, outbox
from marketplace.kernel.db import db, unit_of_work
from tests.cast import Cast, Person
from tests.factories import goods, trade

ADDRESS = {
    "name": "王丽",
    "phone": "13800138000",
    "region_province": "33",
    "region_city": "3306",
    "region_district": "330603",
    "street": "轻纺城大道 1 号",
    "postcode": "312030",
}
NUMBER = re.compile(r"/orders/(\d{8}-\d{4}-\w{5}-\d)")
SCOPES = ("cotton", "silk")


def populate(app: Flask, cast: Cast) -> None:
    """Goods, stock, address books, applications, carts, orders, parcels, imports: at both merchants and both buyers."""
    with app.app_context():
        with unit_of_work():
            for slug in SCOPES:
                goods.category(slug, attributes=True, zh="面料")
        with unit_of_work():
            kind = goods.category("gingham", attributes=True).id
        for merchant in (cast.acme_id, cast.rival_id):
            with unit_of_work():
                goods.product(merchant, kind, on_hand=100)
                goods.draft(merchant, kind)
        db.session.remove()
    for person in (cast.buyer, cast.other_buyer):
        settle_down(person)
    with app.app_context():
        trading(app, cast)
        outbox.deliver_all()
        db.session.remove()
    for person, slug in ((cast.owner, "acme"), (cast.rival_owner, "rival")):
        keep_house(person, slug)
    memo.forget_all()


def settle_down(person: Person) -> None:
    """What a buyer leaves behind, through the pages themselves."""
    browser = person.browser()
    for street in ("轻纺城大道 1 号", "轻纺城大道 2 号"):
        assert browser.post("/account/addresses/new", data={**ADDRESS, "street": street}).status_code == 303
    assert browser.post("/apply/start").status_code == 303


def trading(app: Flask, cast: Cast) -> None:
    """Both buyers bought from both merchants, twice: once paid, once not; and something lies in their carts."""
    gateway = app.extensions["gateway"]
    trade.till(app)
    try:
        with unit_of_work():
            street = trade.street(cast)
        for person in (cast.buyer, cast.other_buyer):
            lines = ((street.cloth, 2), (street.thread, 3))
            paid = trade.place(person, *lines, expected=2 * 1850 + 3 * 900)
            trade.pay(app, person, paid[0])
            trade.place(person, *lines, expected=2 * 1850 + 3 * 900)
            trade.put(person, *lines)
    finally:
        app.extensions["gateway"] = gateway


def keep_house(person: Person, slug: str) -> None:
    """What a merchant's people leave behind at the desk: parcels on their way, an imported table."""
    browser = person.browser()
    desk = f"/desk/{slug}"
    numbers = sorted(set(NUMBER.findall(browser.get(f"{desk}/orders/").text)))
    shipped = [number for number in numbers if ship(browser, desk, number)]
    assert len(shipped) == 2, "each buyer's paid order leaves the house"
    table = (io.BytesIO("SKU,名称\nA-1,府绸\n".encode()), "goods.csv")
    answer = browser.post(f"{desk}/imports/", data={"table": table}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text


def ship(browser: FlaskClient, desk: str, number: str) -> bool:
    """Review the order and hand it to a carrier; False when it is not paid yet."""
    for move in ("pass_order", "pass_finance", "release"):
        browser.post(f"{desk}/orders/{number}/step", data={"move": move})
    lines = dict(
        re.findall(
            r'name="(take-[0-9a-f-]{36})" type="text" value="([^"]*)"', browser.get(f"{desk}/parcels/ship/{number}").text
        )
    )
    form = {**lines, "carrier": "sf", "tracking_number": f"SF{number[-7:-2]}00"}
    return bool(lines) and browser.post(f"{desk}/parcels/ship/{number}", data=form).status_code == 303
