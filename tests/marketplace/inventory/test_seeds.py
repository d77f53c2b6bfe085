"""The demo market's goods and stock, planted as `flask seed` plants them (pictures are there already and not drawn again)."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import Engine, text

from marketplace.catalogue import queries, search
from marketplace.catalogue import seeds as goods_seeds
from marketplace.demo.merchants import TRADING
from marketplace.inventory import seeds as stock_seeds
from marketplace.kernel import seeding
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.seeding import Plan
from marketplace.kernel.uploads import WIDTHS, Picture
from search import EVERYBODY, Query
from tests.factories import tenants as make

SUMS = text("""
    select count(*) filter (where l.on_hand <> coalesce(m.total, 0)), sum(l.on_hand)
    from stock_levels l left join (
        select variant_id, location_id, sum(quantity) as total from stock_movements group by 1, 2
    ) m using (variant_id, location_id)
""")


class Wall(dict[str, Picture]):
    """A picture for every name, none of them drawn."""

    def __missing__(self, name: str) -> Picture:
        return Picture(key=f"demo/00/{name.replace('/', '-')}", width=64, height=64, colour="#a08060", widths=WIDTHS)


def test_planted_whole_and_true(app: Flask, superuser: Engine) -> None:
    plan = Plan(size="small", say=lambda _line: None, pictures=Wall())
    with app.app_context():
        with unit_of_work():
            make.account(login="market.reviewer")
            for one in TRADING:
                make.merchant(owner=make.account(login=one.slug), slug=one.slug, name=one.name.zh, region_code=one.division)
        assert seeding.plant("catalogue", goods_seeds.plant, plan)
        assert seeding.plant("inventory", stock_seeds.plant, plan)
        search.reindex()
        with unit_of_work():
            found = search.engine().find("products", Query(audience=(EVERYBODY,), facets=("colour", "category")))
            cards = queries.cards_of(list(db.session.scalars(text("select id from products where state = 'on_sale'"))))
            states = queries.counts_by_state()
        db.session.remove()
    assert found.total == len(cards) > 40
    assert {count.value for count in found.facets["colour"]} <= {"white", "beige", "yellow", "orange", "red", "pink", "purple",
        "blue", "cyan", "green", "brown", "grey", "black", "multi"}  # fmt: skip
    assert all(card.picture and card.price and card.title["en"] for card in cards)
    with superuser.connect() as connection:
        wrong, total = connection.execute(SUMS).one()
        products = dict(connection.execute(text("select state, count(*) from products group by state")).all())
    assert (wrong, total > 0) == (0, True)
    assert sum(products.values()) == 60
    assert products["in_review"] >= 1
    assert sum(states.values()) <= 60
