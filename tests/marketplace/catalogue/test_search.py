"""Search finds products on sale and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from marketplace.catalogue import search_index, services
from marketplace.kernel.db import unit_of_work
from search import PUBLIC_AUDIENCE, Query
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tests.actors import Actors
from tests.factories import product_factory


@pytest.fixture(autouse=True)
def _empty_indexes(ctx: Flask) -> None:
    with unit_of_work():
        search_index.reindex()


def search_ids(text: str = "", **filters: Any) -> list[str]:
    keywords = {name: (value,) for name, value in filters.items()}
    return list(
        search_index.get_engine().search("products", Query(audience=(PUBLIC_AUDIENCE,), text=text, keywords=keywords)).ids
    )


def test_only_products_on_sale_are_found(ctx: Flask, actors: Actors, drain_outbox: Callable[[], int]) -> None:
    with unit_of_work():
        top = product_factory.create_category("search-cloth")
        category = product_factory.create_category("search-poplin", parent=top, attributes=True, zh="府绸")
        product = product_factory.create_product(
            actors.acme_id, category.id, title={"zh_Hans": "靛蓝扎染府绸", "en": "Indigo shibori poplin"}
        )
        product_factory.create_draft(actors.acme_id, category.id, title={"zh_Hans": "靛蓝府绸草稿", "en": "Indigo draft"})
    drain_outbox()
    assert search_ids("靛蓝") == [str(product.id)]
    assert search_ids("indigo", category="search-cloth", fibre="cotton", merchant="acme") == [str(product.id)]
    assert search_ids("indigo", fibre="silk") == []
    with unit_of_work(), as_merchant(actors.acme_id):
        services.unpublish_product(product_id=product.id)
    drain_outbox()
    assert search_ids("靛蓝") == []
    with unit_of_work(), as_merchant(actors.acme_id):
        services.publish_product(product_id=product.id)
    drain_outbox()
    assert search_ids("靛蓝") == [str(product.id)]


def test_reindex_and_reconcile(ctx: Flask, actors: Actors, drain_outbox: Callable[[], int], superuser: Engine) -> None:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        created = [product_factory.create_product(actors.acme_id, category.id) for _ in range(3)]
    with unit_of_work():
        assert search_index.reindex()["products"] == 3
    assert set(search_ids(merchant="acme")) == {str(product.id) for product in created}
    with superuser.begin() as connection:
        connection.execute(text("update products set state = 'off_sale' where id = :id"), {"id": created[0].id})
        connection.execute(text("delete from outbox"))
    with unit_of_work(read_only=True):
        assert search_index.reconcile() == 1
        assert search_index.reconcile() == 0
    assert set(search_ids(merchant="acme")) == {str(product.id) for product in created[1:]}


def test_suspended_merchant_is_hidden_and_restored(ctx: Flask, actors: Actors, superuser: Engine) -> None:
    with unit_of_work():
        product = product_factory.create_product(actors.acme_id)
    search_index.index_merchant(actors.acme_id)
    assert search_ids(merchant="acme") == [str(product.id)]
    for change, expected in (("suspended_at = now()", []), ("suspended_at = null", [str(product.id)])):
        with superuser.begin() as connection:
            connection.execute(text(f"update merchants set {change} where id = :id"), {"id": actors.acme_id})
        with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
            services.touch_merchant_products(merchant_id=actors.acme_id)
        search_index.index_merchant(actors.acme_id)
        assert search_ids(merchant="acme") == expected
