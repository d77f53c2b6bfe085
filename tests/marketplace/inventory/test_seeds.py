"""The products and stock of the demo, seeded as `python -m demo seed` does, with placeholder pictures."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import Engine, text

from demo import seeding
from demo.dyes import FAMILIES
from demo.merchants import TRADING
from demo.seeding import SeedContext
from demo.seeds import catalogue as catalogue_seeds
from demo.seeds import inventory as inventory_seeds
from marketplace.catalogue import queries, search_index
from marketplace.kernel.db import db, unit_of_work
from marketplace.media.uploads import WIDTHS, Picture
from search import PUBLIC_AUDIENCE, Query
from tests.factories import tenant_factory

CONSISTENCY_QUERY = text("""
    select count(*) filter (where l.on_hand <> coalesce(m.total, 0)), sum(l.on_hand)
    from stock_levels l left join (
        select variant_id, location_id, sum(quantity) as total from stock_movements group by 1, 2
    ) m using (variant_id, location_id)
""")


class PlaceholderPictures(dict[str, Picture]):
    """A picture for every name; none is drawn."""

    def __missing__(self, name: str) -> Picture:
        return Picture(key=f"demo/00/{name.replace('/', '-')}", width=64, height=64, colour="#a08060", widths=WIDTHS)


def test_seed_catalogue_and_inventory_is_consistent(app: Flask, superuser: Engine) -> None:
    seed_context = SeedContext(size="small", log=lambda _message: None, pictures=PlaceholderPictures())
    with app.app_context():
        with unit_of_work():
            tenant_factory.create_account(login="market.reviewer")
            for merchant in TRADING:
                tenant_factory.create_merchant(
                    owner=tenant_factory.create_account(login=merchant.slug),
                    slug=merchant.slug,
                    name=merchant.name.zh,
                    region_code=merchant.division,
                )
        assert seeding.run_seeder(seeding.Seeder(name="catalogue", seed=catalogue_seeds.seed), seed_context)
        assert seeding.run_seeder(seeding.Seeder(name="inventory", seed=inventory_seeds.seed), seed_context)
        search_index.reindex()
        with unit_of_work():
            search_result = search_index.get_engine().search(
                "products", Query(audience=(PUBLIC_AUDIENCE,), facets=("colour", "category"))
            )
            cards = queries.get_cards(list(db.session.scalars(text("select id from products where state = 'on_sale'"))))
            counts_by_state = queries.count_products_by_state()
        db.session.remove()
    assert search_result.total == len(cards) > 40
    assert {bucket.value for bucket in search_result.facets["colour"]} <= set(FAMILIES)
    assert all(card.picture and card.price and card.title["en"] for card in cards)
    with superuser.connect() as connection:
        mismatches, total = connection.execute(CONSISTENCY_QUERY).one()
        product_counts = dict(connection.execute(text("select state, count(*) from products group by state")).all())
    assert (mismatches, total > 0) == (0, True)
    assert sum(product_counts.values()) == 60
    assert product_counts["in_review"] >= 1
    assert sum(counts_by_state.values()) <= 60
