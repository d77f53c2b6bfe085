"""Desk pages offer only permitted actions: every role can open every link and submit every form that it is shown."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.kernel.db import unit_of_work
from tenants.access.permissions import StaffRole
from tenants.isolation import as_merchant
from tenants.staff import queries as staff_queries
from tenants.staff import services
from tests.actors import Actors
from tests.factories import order_factory
from tests.factories.order_factory import FakeGateway, SampleProducts

LINK = re.compile(r'href="(/desk/acme/[^"#]*)')
FORM = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)
ACTION = re.compile(r'(?:form)?action="(/desk/acme/[^"#]*)"')
MAX_PAGES = 60
PRODUCT = re.compile(r"/desk/acme/products/([0-9a-f-]{36})")
DISABLED_FIELDSET = re.compile(r"<fieldset[^>]* disabled>.*</fieldset>", re.DOTALL)


@pytest.fixture
def order_number(ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway) -> str:
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500)
    order_factory.pay_order(ctx, actors.buyer, order_id)
    return order_factory.get_order(order_id).number


def client_with_role(actors: Actors, role: StaffRole) -> FlaskClient:
    """Return the client of the clerk of acme with another role."""
    with unit_of_work(), as_merchant(actors.acme_id):
        colleague = next(
            member for member in staff_queries.list_staff(actors.acme_id) if member.account_id == actors.clerk.account_id
        )
        services.change_role(merchant_id=actors.acme_id, staff_id=colleague.id, role=role.value)
    return actors.clerk.client()


@pytest.mark.parametrize("role", list(StaffRole))
def test_desk_pages_link_only_to_permitted_routes(
    actors: Actors, sample_products: SampleProducts, order_number: str, role: StaffRole
) -> None:
    client = client_with_role(actors, role)
    product_id = PRODUCT.findall(actors.owner.client().get("/desk/acme/products/").get_data(as_text=True))[0]
    pages = [
        "/desk/acme/",
        f"/desk/acme/orders/{order_number}",
        f"/desk/acme/products/{product_id}",
        f"/desk/acme/stock/{sample_products.cloth}",
    ]
    known_urls, forbidden, visited = set(pages), [], []
    for page in pages:  # the list grows during the loop
        if len(visited) == MAX_PAGES:
            break
        visited.append(page)
        response = client.get(page)
        if response.status_code == 403:
            forbidden.append(page)
        if response.mimetype != "text/html" or response.status_code != 200:
            continue
        text = response.get_data(as_text=True).replace("&amp;", "&")
        new_urls = [link for link in LINK.findall(text) if link not in known_urls]
        known_urls.update(new_urls)
        pages.extend(dict.fromkeys(new_urls))
        forbidden += [f"{page}: {path}" for path in _form_actions(text) if client.post(path).status_code == 403]
    assert forbidden == []
    assert len(visited) > 10


def _form_actions(text: str) -> list[str]:
    """Return the actions of the POST forms that have an enabled button."""
    forms = [form for form in FORM.findall(DISABLED_FIELDSET.sub("", text)) if 'method="post"' in form and "<button" in form]
    return [action for form in forms for action in ACTION.findall(form)]
