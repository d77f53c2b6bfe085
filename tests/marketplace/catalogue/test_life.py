"""A product's way from a draft to the shelf and off it again (CA1, CA3, CA4)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from marketplace.catalogue import queries, services
from marketplace.catalogue.errors import NoSuchProduct, NotInThisState, OutsideScope, ProductInvalid, Unfinished
from marketplace.catalogue.events import ProductPublished, ProductSubmitted, ProductTakenOff
from marketplace.catalogue.models import ProductState
from marketplace.catalogue.services import TierSheet, VariantSheet
from marketplace.kernel.audit import AuditEvent
from marketplace.kernel.db import db, unit_of_work
from tenants.market import deeds
from tenants.merchants.services import change_scopes
from tenants.scope import Purpose, acting_for, as_nobody, working_on
from tests.cast import Cast
from tests.factories import goods


def test_from_draft_to_shelf_and_off(ctx: Flask, cast: Cast, announced: list[Any]) -> None:
    with unit_of_work():
        made = goods.product(cast.acme_id)
    assert made.state is ProductState.ON_SALE
    assert [type(fact) for fact in announced if type(fact).__name__.startswith("Product")] == [
        ProductSubmitted,
        ProductPublished,
    ]
    with unit_of_work(), acting_for(cast.acme_id):
        services.take_off_sale(product_id=made.id)
    assert type(announced[-1]) is ProductTakenOff
    with unit_of_work(), acting_for(cast.acme_id):
        assert services.put_on_sale(product_id=made.id).state is ProductState.ON_SALE


def test_strangers_read_what_is_published_and_nothing_else(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True)
        draft = goods.draft(cast.acme_id, kind.id)
        shown = goods.product(cast.acme_id, kind.id)
    ids = [draft.variants[0].id, shown.variants[0].id]
    with unit_of_work(), as_nobody():
        assert set(queries.sellable(ids)) == {shown.variants[0].id}
        with pytest.raises(NoSuchProduct):
            queries.get(draft.id)
    with unit_of_work(), acting_for(cast.rival_id), pytest.raises(NoSuchProduct):
        queries.get(draft.id)


def test_an_unfinished_product_is_told_what_is_missing(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True)
        draft = goods.draft(cast.acme_id, kind.id, pictures=[], attributes={}, tiers=[], description={"zh_Hans": "好布"})
    with pytest.raises(Unfinished) as refused, unit_of_work(), acting_for(cast.acme_id):
        services.submit(product_id=draft.id)
    assert set(refused.value.errors) == {"pictures", "attributes.fibre", "prices", "description"}
    with unit_of_work(), acting_for(cast.acme_id):
        assert queries.get(draft.id).state is ProductState.DRAFT


def test_a_rejection_says_why_and_the_product_comes_back(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        draft = goods.draft(cast.acme_id, goods.category(attributes=True).id)
        with acting_for(cast.acme_id):
            services.submit(product_id=draft.id)
    with pytest.raises(ProductInvalid), unit_of_work(), working_on(Purpose.CONSOLE):
        services.reject(product_id=draft.id, note=" ")
    with unit_of_work(), working_on(Purpose.CONSOLE):
        services.reject(product_id=draft.id, note="图片与实物不符", remarks={"pictures": "请换实拍图"})
    with unit_of_work(), acting_for(cast.acme_id):
        assert queries.get(draft.id).review_note == "图片与实物不符"
        assert next(step.remarks for step in queries.reviews_of(draft.id)) == {"pictures": "请换实拍图"}
        assert services.submit(product_id=draft.id).state is ProductState.IN_REVIEW


def test_nobody_overwrites_what_a_colleague_just_saved(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        draft = goods.draft(cast.acme_id, goods.category(attributes=True).id)
        sheet = goods.sheet(draft.category_id, variants=[VariantSheet(sku=draft.variants[0].sku)])
    with unit_of_work(), acting_for(cast.acme_id):
        saved = services.save_product(merchant_id=cast.acme_id, sheet=sheet, product_id=draft.id, version=1)
    assert saved.version == 2
    with pytest.raises(StaleDataError), unit_of_work(), acting_for(cast.acme_id):
        services.save_product(merchant_id=cast.acme_id, sheet=sheet, product_id=draft.id, version=1)


def test_the_same_sheet_again_changes_nothing(ctx: Flask, cast: Cast, announced: list[Any], statements: Any) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True)
        draft = goods.draft(cast.acme_id, kind.id)
        sheet = services.saving.sheet_of(product=draft)
    announced.clear()
    with statements() as said, unit_of_work(), acting_for(cast.acme_id):
        services.save_product(merchant_id=cast.acme_id, sheet=sheet, product_id=draft.id)
    assert announced == []
    assert [line for line in said if line.lstrip().lower().startswith(("insert", "update", "delete"))] == []


def test_variants_are_found_again_by_sku_and_closed_when_gone(ctx: Flask, cast: Cast) -> None:
    two = [VariantSheet(sku="A", options={"colour": "red"}), VariantSheet(sku="B", options={"colour": "blue"})]
    with unit_of_work():
        made = goods.product(cast.acme_id, variants=two)
        first = {variant.sku: variant.id for variant in made.variants}
    with unit_of_work(), acting_for(cast.acme_id):
        sheet = goods.sheet(made.category_id, variants=[VariantSheet(sku="B", options={"colour": "blue"})])
        services.save_product(merchant_id=cast.acme_id, sheet=sheet, product_id=made.id)
    with unit_of_work(), as_nobody():
        seen = queries.sellable(first.values())
        assert (seen[first["B"]].on_sale, seen[first["A"]].on_sale) == (True, False)
        assert seen[first["A"]].reason


def test_a_sku_is_unique_within_a_sheet_and_a_ladder_never_rises(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True)
    twice = [VariantSheet(sku="A", options={"c": "1"}), VariantSheet(sku="A", options={"c": "2"})]
    rising = [TierSheet(from_quantity=Decimal(1), price=100), TierSheet(from_quantity=Decimal(10), price=120)]
    with pytest.raises(ProductInvalid) as refused, unit_of_work(), acting_for(cast.acme_id):
        services.save_product(merchant_id=cast.acme_id, sheet=goods.sheet(kind.id, variants=twice, tiers=rising))
    assert set(refused.value.errors) == {"variants.0.sku", "variants.1.sku", "tiers"}


def test_what_is_on_sale_keeps_its_category(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        made = goods.product(cast.acme_id)
        other = goods.category(attributes=True)
        goods.trades_in(cast.acme_id, other.id)
        sheet = goods.sheet(other.id, variants=[VariantSheet(sku=made.variants[0].sku)])
    with pytest.raises(NotInThisState), unit_of_work(), acting_for(cast.acme_id):
        services.save_product(merchant_id=cast.acme_id, sheet=sheet, product_id=made.id)
    with unit_of_work(), acting_for(cast.acme_id):
        services.take_off_sale(product_id=made.id)
    with unit_of_work(), acting_for(cast.acme_id):
        services.save_product(merchant_id=cast.acme_id, sheet=sheet, product_id=made.id)
    with unit_of_work(), acting_for(cast.acme_id):
        assert services.put_on_sale(product_id=made.id).state is ProductState.IN_REVIEW


def test_nothing_is_shown_outside_the_contract(ctx: Flask, cast: Cast, drain: Callable[[], int]) -> None:
    """MA5: refused at submission, at approval and when put on sale again; and what is shown leaves when the contract does."""
    with unit_of_work():
        kind, other = goods.category(attributes=True), goods.category()
        shown, draft = goods.product(cast.acme_id, kind.id), goods.draft(cast.acme_id, kind.id)
        waits = goods.draft(cast.acme_id, kind.id)
        with acting_for(cast.acme_id):
            services.submit(product_id=waits.id)
    with unit_of_work(), working_on(Purpose.CONSOLE):
        change_scopes(merchant_id=cast.acme_id, codes=[other.slug], reason="合同变更")
    drain()
    db.session.remove()
    with unit_of_work(), acting_for(cast.acme_id):
        assert queries.get(shown.id).state is ProductState.OFF_SALE
    for deed in (services.submit, services.put_on_sale):
        product = draft if deed is services.submit else shown
        with pytest.raises(OutsideScope), unit_of_work(), acting_for(cast.acme_id):
            deed(product_id=product.id)
    with pytest.raises(OutsideScope), unit_of_work(), working_on(Purpose.CONSOLE):
        services.approve(product_id=waits.id)


def test_sellable_is_one_statement_and_says_everything(ctx: Flask, cast: Cast, statements: Any) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True)
        ids = [goods.product(cast.acme_id, kind.id).variants[0].id for _ in range(5)]
    with statements() as said, unit_of_work(), as_nobody():
        seen = queries.sellable(ids)
    assert len(said) == 1
    one = seen[ids[0]]
    assert (one.merchant_slug, one.on_sale, one.currency) == ("acme", True, "CNY")
    assert [(tier.from_quantity, tier.price.minor) for tier in one.tiers] == [(1, 1850), (100, 1650)]


def test_cards_are_one_statement_however_many(ctx: Flask, cast: Cast, statements: Any) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True)
        ids = [goods.product(cast.acme_id, kind.id).id for _ in range(6)]
    with statements() as said, unit_of_work(), as_nobody():
        cards = queries.cards_of(list(reversed(ids)))
    assert len(said) == 1
    assert [card.id for card in cards] == list(reversed(ids))
    assert (cards[0].price.minor if cards[0].price else 0, cards[0].picture is not None) == (1650, True)


def test_prices_that_buyers_have_seen_stay_known_when_they_change(ctx: Flask, cast: Cast) -> None:
    """Who changed them, from what to what; a draft's are nobody's business yet (RO2)."""
    with unit_of_work():
        kind = goods.category(attributes=True).id
        sold, draft = goods.product(cast.acme_id, kind), goods.draft(cast.acme_id, kind)
        skus = {one.id: one.variants[0].sku for one in (sold, draft)}
    for ladder in ((1750, 1650), (1750, 1650), (1750, None)):
        for product in (sold, draft):
            rungs = [(1, ladder[0]), (100, ladder[1])]
            tiers = [goods.TierSheet(from_quantity=Decimal(start), price=price) for start, price in rungs if price]
            with unit_of_work(), acting_for(cast.acme_id):
                sheet = goods.sheet(kind, tiers=tiers, variants=[VariantSheet(sku=skus[product.id], weight_grams=220)])
                services.save_product(merchant_id=cast.acme_id, sheet=sheet, product_id=product.id)
    with unit_of_work(), acting_for(cast.acme_id):
        wanted = select(AuditEvent).where(AuditEvent.action == "product.prices_changed").order_by(AuditEvent.id)
        rows = db.session.scalars(wanted).all()
        assert {row.subject_id for row in rows} == {sold.id}
        assert [deeds.told(row).partition("；")[2] for row in rows] == ["1 起：¥18.50 → ¥17.50", "100 起：¥16.50 → –"]
