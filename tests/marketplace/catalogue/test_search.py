"""What is on sale is found, what is not is not (behaviour 95)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from marketplace.catalogue import search, services
from marketplace.kernel.db import unit_of_work
from search import EVERYBODY, Query
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import goods


@pytest.fixture(autouse=True)
def _empty_indexes(ctx: Flask) -> None:
    with unit_of_work():
        search.reindex()


def found(words: str = "", **keywords: Any) -> list[str]:
    chosen = {name: (value,) for name, value in keywords.items()}
    return list(search.engine().find("products", Query(audience=(EVERYBODY,), text=words, keywords=chosen)).ids)


def test_found_from_the_shelf_only(ctx: Flask, cast: Cast, drain: Callable[[], int]) -> None:
    with unit_of_work():
        top = goods.category("search-cloth")
        kind = goods.category("search-poplin", parent=top, attributes=True, zh="府绸")
        shown = goods.product(cast.acme_id, kind.id, title={"zh_Hans": "靛蓝扎染府绸", "en": "Indigo shibori poplin"})
        goods.draft(cast.acme_id, kind.id, title={"zh_Hans": "靛蓝府绸草稿", "en": "Indigo draft"})
    drain()
    assert found("靛蓝") == [str(shown.id)]
    assert found("indigo", category="search-cloth", fibre="cotton", merchant="acme") == [str(shown.id)]
    assert found("indigo", fibre="silk") == []
    with unit_of_work(), acting_for(cast.acme_id):
        services.take_off_sale(product_id=shown.id)
    drain()
    assert found("靛蓝") == []
    with unit_of_work(), acting_for(cast.acme_id):
        services.put_on_sale(product_id=shown.id)
    drain()
    assert found("靛蓝") == [str(shown.id)]


def test_rebuilt_and_reconciled(ctx: Flask, cast: Cast, drain: Callable[[], int], superuser: Engine) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True)
        made = [goods.product(cast.acme_id, kind.id) for _ in range(3)]
    with unit_of_work():
        assert search.reindex()["products"] == 3
    assert set(found(merchant="acme")) == {str(product.id) for product in made}
    with superuser.begin() as connection:
        connection.execute(text("update products set state = 'off_sale' where id = :id"), {"id": made[0].id})
        connection.execute(text("delete from outbox"))
    with unit_of_work(read_only=True):
        assert search.reconcile() == 1
        assert search.reconcile() == 0
    assert set(found(merchant="acme")) == {str(product.id) for product in made[1:]}


def test_a_suspended_merchant_is_not_found_and_comes_back(ctx: Flask, cast: Cast, superuser: Engine) -> None:
    with unit_of_work():
        made = goods.product(cast.acme_id)
    search.index_merchant(cast.acme_id)
    assert found(merchant="acme") == [str(made.id)]
    for change, expected in (("suspended_at = now()", []), ("suspended_at = null", [str(made.id)])):
        with superuser.begin() as connection:
            connection.execute(text(f"update merchants set {change} where id = :id"), {"id": cast.acme_id})
        with unit_of_work(), working_on(Purpose.CONSOLE):
            services.show_merchant(merchant_id=cast.acme_id)
        search.index_merchant(cast.acme_id)
        assert found(merchant="acme") == expected
