"""Seed data with the same kinds of rows for both tenants, so that foreign ids exist for every table."""

from __future__ import annotations

import io
import re

from flask import Flask
from flask.testing import FlaskClient

from marketplace.kernel import cache, outbox
from marketplace.kernel.db import db, unit_of_work
from tests.actors import Actors, Person
from tests.factories import order_factory, product_factory

ADDRESS = {
    "name": "王丽",
    "phone": "13800138000",
    "region_province": "33",
    "region_city": "3306",
    "region_district": "330603",
    "street": "轻纺城大道 1 号",
    "postcode": "312030",
}
ORDER_NUMBER = re.compile(r"/orders/(\d{8}-\d{4}-\w{5}-\d)")
SCOPES = ("cotton", "silk")


def seed_database(app: Flask, actors: Actors) -> None:
    """Create products, stock, addresses, applications, carts, orders, parcels and imports for both merchants and buyers."""
    with app.app_context():
        with unit_of_work():
            for slug in SCOPES:
                product_factory.create_category(slug, attributes=True, zh="面料")
        with unit_of_work():
            category_id = product_factory.create_category("gingham", attributes=True).id
        for merchant_id in (actors.acme_id, actors.rival_id):
            with unit_of_work():
                product_factory.create_product(merchant_id, category_id, on_hand=100)
                product_factory.create_draft(merchant_id, category_id)
        db.session.remove()
    for person in (actors.buyer, actors.other_buyer):
        create_buyer_data(person)
    with app.app_context():
        create_orders(app, actors)
        outbox.process_all()
        db.session.remove()
    for person, slug in ((actors.owner, "acme"), (actors.rival_owner, "rival")):
        create_merchant_data(person, slug)
    cache.clear_all()


def create_buyer_data(person: Person) -> None:
    """Create the addresses and the application of a buyer through the pages."""
    client = person.client()
    for street in ("轻纺城大道 1 号", "轻纺城大道 2 号"):
        assert client.post("/account/addresses/new", data={**ADDRESS, "street": street}).status_code == 303
    assert client.post("/apply/start").status_code == 303


def create_orders(app: Flask, actors: Actors) -> None:
    """Create a paid and an unpaid order of each buyer at each merchant, and items in their carts."""
    gateway = app.extensions["gateway"]
    order_factory.install_fake_gateway(app)
    try:
        with unit_of_work():
            sample_products = order_factory.create_sample_products(actors)
        for person in (actors.buyer, actors.other_buyer):
            lines = ((sample_products.cloth, 2), (sample_products.thread, 3))
            order_ids = order_factory.place_orders(person, *lines, expected=2 * 1850 + 3 * 900)
            order_factory.pay_order(app, person, order_ids[0])
            order_factory.place_orders(person, *lines, expected=2 * 1850 + 3 * 900)
            order_factory.add_to_cart(person, *lines)
    finally:
        app.extensions["gateway"] = gateway


def create_merchant_data(person: Person, slug: str) -> None:
    """Create shipped parcels and an uploaded import of a merchant through the desk pages."""
    client = person.client()
    desk = f"/desk/{slug}"
    numbers = sorted(set(ORDER_NUMBER.findall(client.get(f"{desk}/orders/").text)))
    shipped = [number for number in numbers if ship_order(client, desk, number)]
    assert len(shipped) == 2, "the paid order of each buyer is shipped"
    import_file = (io.BytesIO("SKU,名称\nA-1,府绸\n".encode()), "goods.csv")
    response = client.post(f"{desk}/imports/", data={"table": import_file}, content_type="multipart/form-data")
    assert response.status_code == 303, response.text


def ship_order(client: FlaskClient, desk: str, number: str) -> bool:
    """Review and ship an order; return False if it is not paid yet."""
    for transition in ("approve_order", "approve_finance", "release"):
        client.post(f"{desk}/orders/{number}/step", data={"move": transition})
    quantities = dict(
        re.findall(r'name="(take-[0-9a-f-]{36})" type="text" value="([^"]*)"', client.get(f"{desk}/parcels/ship/{number}").text)
    )
    form = {**quantities, "carrier": "sf", "tracking_number": f"SF{number[-7:-2]}00"}
    return bool(quantities) and client.post(f"{desk}/parcels/ship/{number}", data=form).status_code == 303
