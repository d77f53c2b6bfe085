"""Query budgets: pages send a bounded number of statements, independent of the number of rows (checkout has its own test)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from benchmarks.bulk_seed import seed_database
from marketplace.catalogue import search_index
from marketplace.kernel import cache
from marketplace.kernel.db import db, unit_of_work
from tests.conftest import empty_tables

QUERY_BUDGET = {"home": 4, "category": 4, "search": 4, "product": 6, "cart": 4, "guest adds": 8, "buyer adds": 8}
RecordStatements = Callable[[], Any]


def test_page_query_counts_independent_of_product_count(
    app: Flask, superuser: Engine, record_statements: RecordStatements
) -> None:
    counts = {}
    for product_count in (1, 100):
        empty_tables(superuser)
        seed_summary = seed_database(superuser, products=product_count, buyers=1)
        _rebuild_index(app)
        counts[product_count] = {
            name: _count_statements(record_statements, action) for name, action in _actions(app, seed_summary).items()
        }
    assert counts[1] == counts[100]
    assert {name: count for name, count in counts[100].items() if count > QUERY_BUDGET[name]} == {}


def _count_statements(record_statements: RecordStatements, action: Callable[[], Any]) -> int:
    """Count the statements of a second call, because the first one fills short-lived caches."""
    assert action().status_code in (200, 303)
    with record_statements() as executed:
        action()
    return len(executed)


def _actions(app: Flask, seed_summary: Mapping[str, Any]) -> dict[str, Callable[[], Any]]:
    guest, buyer = app.test_client(), app.test_client()
    buyer.set_cookie("shop", seed_summary["session_tokens"][0], domain="localhost")
    code, variant, _min_quantity = next(lot for lot in seed_summary["lots"] if lot)[0]
    form = {"variant": variant, "quantity": "1000"}
    return {
        "home": lambda: guest.get("/"),
        "category": lambda: guest.get(f"/c/{seed_summary['categories'][0]}"),
        "search": lambda: guest.get(f"/search?q={seed_summary['common_term']}"),
        "product": lambda: guest.get(f"/p/{code}"),
        "guest adds": lambda: guest.post("/cart/lines", data=form),
        "cart": lambda: guest.get("/cart"),
        "buyer adds": lambda: buyer.post("/cart/lines", data=form),
    }


def _rebuild_index(app: Flask) -> None:
    with app.app_context():
        cache.clear_all()
        with unit_of_work():
            search_index.reindex()
        db.session.remove()
