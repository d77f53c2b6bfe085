"""No page of the desk offers what its reader may not do: every role follows every link and finds every form open to it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.kernel.db import unit_of_work
from tenants.access.permissions import StaffRole
from tenants.scope import acting_for
from tenants.staff import queries as staff
from tenants.staff import services
from tests.cast import Cast
from tests.factories import trade
from tests.factories.trade import Street, Till

LINK = re.compile(r'href="(/desk/acme/[^"#]*)')
FORM = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)
ACTION = re.compile(r'(?:form)?action="(/desk/acme/[^"#]*)"')
MOST = 60
PRODUCT = re.compile(r"/desk/acme/products/([0-9a-f-]{36})")
CLOSED = re.compile(r"<fieldset[^>]* disabled>.*</fieldset>", re.DOTALL)


@pytest.fixture
def order(ctx: Flask, cast: Cast, street: Street, till: Till) -> str:
    (order_id,) = trade.place(cast.buyer, (street.cloth, 10), expected=18500)
    trade.pay(ctx, cast.buyer, order_id)
    return trade.order(order_id).number


def as_role(cast: Cast, role: StaffRole) -> FlaskClient:
    """Acme's clerk in another role."""
    with unit_of_work(), acting_for(cast.acme_id):
        colleague = next(one for one in staff.colleagues(cast.acme_id) if one.account_id == cast.clerk.account_id)
        services.change_role(merchant_id=cast.acme_id, staff_id=colleague.id, role=role.value)
    return cast.clerk.browser()


@pytest.mark.parametrize("role", list(StaffRole))
def test_every_link_and_form_of_the_desk_is_open_to_its_reader(cast: Cast, street: Street, order: str, role: StaffRole) -> None:
    browser = as_role(cast, role)
    product = PRODUCT.findall(cast.owner.browser().get("/desk/acme/products/").get_data(as_text=True))[0]
    pages = ["/desk/acme/", f"/desk/acme/orders/{order}", f"/desk/acme/products/{product}", f"/desk/acme/stock/{street.cloth}"]
    seen, closed, visited = set(pages), [], []
    for page in pages:  # which grows meanwhile
        if len(visited) == MOST:
            break
        visited.append(page)
        answer = browser.get(page)
        if answer.status_code == 403:
            closed.append(page)
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        text = answer.get_data(as_text=True).replace("&amp;", "&")
        fresh = [link for link in LINK.findall(text) if link not in seen]
        seen.update(fresh)
        pages.extend(dict.fromkeys(fresh))
        closed += [f"{page}: {path}" for path in _forms(text) if browser.post(path).status_code == 403]
    assert closed == []
    assert len(visited) > 10


def _forms(text: str) -> list[str]:
    """Where the forms go that have a button to press."""
    forms = [form for form in FORM.findall(CLOSED.sub("", text)) if 'method="post"' in form and "<button" in form]
    return [action for form in forms for action in ACTION.findall(form)]
