"""How many statements a page sends, the same for one row and for a hundred (P4). Placing an order counts its own, in checkout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from benchmarks.planting import plant
from marketplace.catalogue import search
from marketplace.kernel import memo
from marketplace.kernel.db import db, unit_of_work
from tests.conftest import empty

MOST = {"home": 4, "category": 4, "search": 4, "product": 6, "cart": 4, "guest adds": 8, "buyer adds": 8}
Statements = Callable[[], Any]


def test_pages_ask_as_little_for_a_hundred_goods_as_for_one(app: Flask, superuser: Engine, statements: Statements) -> None:
    asked = {}
    for goods in (1, 100):
        empty(superuser)
        facts = plant(superuser, products=goods, buyers=1)
        _reindexed(app)
        asked[goods] = {name: _counted(statements, deed) for name, deed in _deeds(app, facts).items()}
    assert asked[1] == asked[100]
    assert {name: count for name, count in asked[100].items() if count > MOST[name]} == {}


def _counted(statements: Statements, deed: Callable[[], Any]) -> int:
    """Once for what is remembered for some seconds, once to count."""
    assert deed().status_code in (200, 303)
    with statements() as said:
        deed()
    return len(said)


def _deeds(app: Flask, facts: Mapping[str, Any]) -> dict[str, Callable[[], Any]]:
    visitor, buyer = app.test_client(), app.test_client()
    buyer.set_cookie("shop", facts["words"][0], domain="localhost")
    code, variant, _least = next(lot for lot in facts["lots"] if lot)[0]
    chosen = {"variant": variant, "quantity": "1000"}
    return {
        "home": lambda: visitor.get("/"),
        "category": lambda: visitor.get(f"/c/{facts['categories'][0]}"),
        "search": lambda: visitor.get(f"/search?q={facts['common']}"),
        "product": lambda: visitor.get(f"/p/{code}"),
        "guest adds": lambda: visitor.post("/cart/lines", data=chosen),
        "cart": lambda: visitor.get("/cart"),
        "buyer adds": lambda: buyer.post("/cart/lines", data=chosen),
    }


def _reindexed(app: Flask) -> None:
    with app.app_context():
        memo.forget_all()
        with unit_of_work():
            search.reindex()
        db.session.remove()
