"""Something in every state for which a page shows a button, at both merchants: a form that no page shows is not attacked."""

from __future__ import annotations

import io
import re
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from marketplace.catalogue import services as catalogue
from marketplace.importing import queries as imports
from marketplace.importing import tasks
from marketplace.kernel.background import celery
from marketplace.kernel.db import db, unit_of_work
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import goods, trade
from tests.tenants.admission import story

IMPORT = re.compile(r"/imports/([0-9a-f-]{36})")
MEANINGS = ("sku", "title_zh", "price")


def leave_waiting(app: Flask, cast: Cast) -> None:
    """Goods to review and to put on again, orders at the desk, invitations, a second place, checked imports, applications."""
    with app.app_context():
        with unit_of_work(), working_on(Purpose.CONSOLE):
            catalogue.open_brand(slug="jinlan", names={"zh_Hans": "锦澜", "en": "Jinlan"})
        with unit_of_work():
            kind = goods.category("twill", attributes=True).id
        for merchant_id in (cast.acme_id, cast.rival_id):
            put_forward(merchant_id, kind)
        ordered = paid_orders(app, cast)
        db.session.remove()
    for person, slug, merchant_id in ((cast.owner, "acme", cast.acme_id), (cast.rival_owner, "rival", cast.rival_id)):
        browser, desk = person.browser(), f"/desk/{slug}"
        number = next(number for number, owner in ordered if owner == merchant_id)
        for move in ("pass_order", "pass_finance", "release"):
            browser.post(f"{desk}/orders/{number}/step", data={"move": move})
        browser.post(f"{desk}/staff/invite", data={"email": f"clerk@{slug}.example", "role": "service"})
        browser.post(f"{desk}/stock/places", data={"name": "二号仓"})
        check_a_table(app, browser, desk, merchant_id)
    for number, person in enumerate((cast.buyer, cast.other_buyer), start=1):
        story.fill_in(person.browser(), slug=f"applicant-{number}")
    story.hand_in(cast.stranger.browser(), slug="applicant-3")


def put_forward(merchant_id: UUID, kind: UUID) -> None:
    """One product that waits for review, one that is off sale, one that was deleted."""
    with unit_of_work():
        waiting, off, gone = goods.draft(merchant_id, kind), *(goods.product(merchant_id, kind, on_hand=5) for _ in "12")
        with acting_for(merchant_id):
            catalogue.submit(product_id=waiting.id)
            catalogue.take_off_sale(product_id=off.id)
            catalogue.take_off_sale(product_id=gone.id)
            db.session.flush()
            catalogue.delete(product_id=gone.id)


def paid_orders(app: Flask, cast: Cast) -> list[tuple[str, UUID]]:
    """Paid orders that nobody has looked at, two of each merchant: their numbers and merchants."""
    gateway = app.extensions["gateway"]
    trade.till(app).keys |= {f"earlier {number}": "" for number in range(50)}  # names that another till gave
    try:
        with unit_of_work():
            street = trade.street(cast)
        found = []
        for person in (cast.buyer, cast.other_buyer):
            # What lay in their carts already is ordered with it.
            placed = trade.place(person, (street.cloth, 1), (street.thread, 1), expected=3 * 1850 + 4 * 900)
            trade.pay(app, person, placed[0])
            trade.put(person, (street.cloth, 1), (street.thread, 1))
            found += [(one.number, one.merchant_id) for one in map(trade.order, placed)]
    finally:
        app.extensions["gateway"] = gateway
    return found


def check_a_table(app: Flask, browser: FlaskClient, desk: str, merchant_id: UUID) -> None:
    """Send a table with a price, match its columns and let the worker look at it: it waits for the word to begin."""
    table = (io.BytesIO("SKU,名称,单价\nB-1,斜纹布,18.50\n".encode()), "twill.csv")
    sent = browser.post(f"{desk}/imports/", data={"table": table}, content_type="multipart/form-data")
    file_id = IMPORT.findall(sent.location)[0]
    form = {f"column-{number}": meaning for number, meaning in enumerate(MEANINGS)}
    assert browser.post(f"{desk}/imports/{file_id}/match", data={**form, "category": "twill"}).status_code == 303
    with app.app_context():
        with unit_of_work(), acting_for(merchant_id):
            job = imports.get(UUID(file_id)).job_id
        db.session.remove()
    assert celery.tasks[tasks.work.name].apply(args=[str(job)], headers={"scope": {"merchant": str(merchant_id)}}).successful()
