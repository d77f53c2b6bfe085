"""Todo items on the dashboards: every role sees the items that it may work on, and every link opens."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask import Flask

from marketplace.catalogue import services as catalogue_services
from marketplace.inventory import services as inventory_services
from marketplace.kernel.db import db, unit_of_work
from tenants.access.permissions import (
    PLATFORM_ROLE_PERMISSIONS,
    ROLE_PERMISSIONS,
    Permission,
    PlatformPermission,
    PlatformRole,
    StaffRole,
)
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tenants.merchants import queries as merchant_queries
from tests.actors import Actors, Person
from tests.factories import order_factory, product_factory, tenant_factory
from tests.factories.order_factory import FakeGateway
from tests.tenants.merchant_applications.scenario import submit_application

QUEUE = re.compile(r'<ul class="todo-list">.*?</ul>', re.S)
ITEM = re.compile(r'class="subject">([^<]*)<.*?<a class="button is-small[^"]*" href="([^"]*)"', re.S)
PERMISSION_BY_DESK_ITEM = {
    "退回": Permission.PRODUCTS_EDIT,
    "库存告急": Permission.STOCK_ADJUST,
    "待订单审核": Permission.ORDERS_REVIEW,
}
PERMISSION_BY_CONSOLE_ITEM = {
    "件商品待审核": PlatformPermission.PRODUCTS_REVIEW,
    "入驻申请": PlatformPermission.APPLICATIONS_REVIEW,
}


@pytest.fixture
def actors_with_todo_items(ctx: Flask, actors: Actors, fake_gateway: FakeGateway) -> Actors:
    """Create at least one todo item of every kind."""
    with unit_of_work():
        sample_products = order_factory.create_sample_products(actors)
        category_id = product_factory.create_category("cotton", attributes=True).id
        product_factory.create_category("silk", attributes=True)
        rejected, submitted = (
            product_factory.create_draft(actors.acme_id, category_id),
            product_factory.create_draft(actors.acme_id, category_id),
        )
        with as_merchant(actors.acme_id):
            for product in (rejected, submitted):
                catalogue_services.submit_for_review(product_id=product.id)
            inventory_services.set_low_stock_threshold(variant_id=sample_products.cloth, quantity=Decimal(5000))
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        catalogue_services.reject_product(product_id=rejected.id, note="图片与实物不符")
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 2), expected=2 * 1850)
    order_factory.pay_order(ctx, actors.buyer, order_id)
    db.session.remove()
    submit_application(actors.stranger.client())
    return actors


def list_todo_items(person: Person, path: str) -> dict[str, str]:
    """Return the todo items of a dashboard: label to URL."""
    page = person.client().get(path).text
    return {label: url.replace("&amp;", "&") for queue in QUEUE.findall(page) for label, url in ITEM.findall(queue)}


def create_person(
    app: Flask, login: str, *, staff_role: StaffRole | None = None, platform_role: PlatformRole | None = None
) -> Person:
    with unit_of_work():
        account = tenant_factory.create_account(login=login)
        if staff_role:
            tenant_factory.create_staff(
                merchant=merchant_queries.get_merchant_by_slug("acme"), account=account, role=staff_role
            )
        if platform_role:
            tenant_factory.create_platform_staff(account=account, role=platform_role)
        person = Person(app=app, account_id=account.id, buyer_id=account.buyer_id, login=login)
    db.session.remove()
    return person


def test_desk_todo_items_match_role_permissions(actors_with_todo_items: Actors, ctx: Flask) -> None:
    for role in StaffRole:
        person = create_person(ctx, f"desk-{role.value}", staff_role=role)
        items = list_todo_items(person, "/desk/acme/")
        for label, permission in PERMISSION_BY_DESK_ITEM.items():
            assert any(label in item for item in items) is (permission in ROLE_PERMISSIONS[role]), (role, label, items)
        for url in items.values():
            assert person.client().get(url).status_code == 200, (role, url)


def test_console_todo_items_match_role_permissions(actors_with_todo_items: Actors, ctx: Flask) -> None:
    for role in PlatformRole:
        person = create_person(ctx, f"market-{role.value}", platform_role=role)
        items = list_todo_items(person, "/console/")
        for label, permission in PERMISSION_BY_CONSOLE_ITEM.items():
            assert any(label in item for item in items) is (permission in PLATFORM_ROLE_PERMISSIONS[role]), (role, label, items)
        for url in items.values():
            assert person.client().get(url).status_code == 200, (role, url)
