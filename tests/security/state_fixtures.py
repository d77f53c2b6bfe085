"""Rows in every state for which a page shows a button, for both merchants, because only forms shown on pages are attacked."""

from __future__ import annotations

import io
import re
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from marketplace.catalogue import services as catalogue_services
from marketplace.kernel.celery_app import celery
from marketplace.kernel.db import db, unit_of_work
from marketplace.product_import import queries as import_queries
from marketplace.product_import import tasks
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tests.actors import Actors
from tests.factories import order_factory, product_factory
from tests.tenants.merchant_applications import scenario

IMPORT = re.compile(r"/imports/([0-9a-f-]{36})")
COLUMN_TARGETS = ("sku", "title_zh", "price")


def create_all_states(app: Flask, actors: Actors) -> None:
    """Create products and orders in all states, invitations, second warehouses, checked imports and applications."""
    with app.app_context():
        with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
            catalogue_services.create_brand(slug="jinlan", names={"zh_Hans": "锦澜", "en": "Jinlan"})
        with unit_of_work():
            category_id = product_factory.create_category("twill", attributes=True).id
        for merchant_id in (actors.acme_id, actors.rival_id):
            create_products_in_states(merchant_id, category_id)
        orders = create_paid_orders(app, actors)
        db.session.remove()
    for person, slug, merchant_id in ((actors.owner, "acme", actors.acme_id), (actors.rival_owner, "rival", actors.rival_id)):
        client, desk = person.client(), f"/desk/{slug}"
        number = next(number for number, owner in orders if owner == merchant_id)
        for transition in ("approve_order", "approve_finance", "release"):
            client.post(f"{desk}/orders/{number}/step", data={"move": transition})
        client.post(f"{desk}/staff/invite", data={"email": f"clerk@{slug}.example", "role": "service"})
        client.post(f"{desk}/stock/places", data={"name": "二号仓"})
        upload_and_check_import(app, client, desk, merchant_id)
    for number, person in enumerate((actors.buyer, actors.other_buyer), start=1):
        scenario.fill_in_application(person.client(), slug=f"applicant-{number}")
    scenario.submit_application(actors.stranger.client(), slug="applicant-3")


def create_products_in_states(merchant_id: UUID, category_id: UUID) -> None:
    """Create a product in review, an unpublished one and a deleted one."""
    with unit_of_work():
        submitted, unpublished, deleted = (
            product_factory.create_draft(merchant_id, category_id),
            *(product_factory.create_product(merchant_id, category_id, on_hand=5) for _ in "12"),
        )
        with as_merchant(merchant_id):
            catalogue_services.submit_for_review(product_id=submitted.id)
            catalogue_services.unpublish_product(product_id=unpublished.id)
            catalogue_services.unpublish_product(product_id=deleted.id)
            db.session.flush()
            catalogue_services.delete_product(product_id=deleted.id)


def create_paid_orders(app: Flask, actors: Actors) -> list[tuple[str, UUID]]:
    """Create two paid, unreviewed orders for each merchant; return their numbers and merchant ids."""
    gateway = app.extensions["gateway"]
    order_factory.install_fake_gateway(app).payment_ids |= {
        f"earlier {number}": "" for number in range(50)
    }  # ids that the gateway of seeded_db has assigned
    try:
        with unit_of_work():
            sample_products = order_factory.create_sample_products(actors)
        numbers = []
        for person in (actors.buyer, actors.other_buyer):
            # The items that were in their carts before are ordered as well.
            order_ids = order_factory.place_orders(
                person, (sample_products.cloth, 1), (sample_products.thread, 1), expected=3 * 1850 + 4 * 900
            )
            order_factory.pay_order(app, person, order_ids[0])
            order_factory.add_to_cart(person, (sample_products.cloth, 1), (sample_products.thread, 1))
            numbers += [(order.number, order.merchant_id) for order in map(order_factory.get_order, order_ids)]
    finally:
        app.extensions["gateway"] = gateway
    return numbers


def upload_and_check_import(app: Flask, client: FlaskClient, desk: str, merchant_id: UUID) -> None:
    """Upload a table with a price, map its columns and run the check, so that the import waits for its start."""
    import_file = (io.BytesIO("SKU,名称,单价\nB-1,斜纹布,18.50\n".encode()), "twill.csv")
    response = client.post(f"{desk}/imports/", data={"table": import_file}, content_type="multipart/form-data")
    file_id = IMPORT.findall(response.location)[0]
    form = {f"column-{number}": target for number, target in enumerate(COLUMN_TARGETS)}
    assert client.post(f"{desk}/imports/{file_id}/match", data={**form, "category": "twill"}).status_code == 303
    with app.app_context():
        with unit_of_work(), as_merchant(merchant_id):
            job_id = import_queries.get_import(UUID(file_id)).job_id
        db.session.remove()
    assert (
        celery.tasks[tasks.run_import.name]
        .apply(args=[str(job_id)], headers={"context": {"merchant": str(merchant_id)}})
        .successful()
    )
