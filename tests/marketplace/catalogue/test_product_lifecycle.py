"""The lifecycle of a product: Product maintenance (CA1), Online product review (CA3), the Listing standard (CA4)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.catalogue import queries, services
from marketplace.catalogue.errors import (
    ConcurrentProductEdit,
    InvalidProductTransition,
    OutsideBusinessScope,
    ProductNotFound,
    ProductValidationError,
    RequirementsMissing,
)
from marketplace.catalogue.events import ProductPublished, ProductSubmitted, ProductUnpublished
from marketplace.catalogue.inputs import TierInput, VariantInput
from marketplace.catalogue.models import ProductState
from marketplace.kernel.audit import AuditEvent
from marketplace.kernel.db import db, unit_of_work
from tenants.isolation import AccessPurpose, as_anonymous, as_merchant, with_purpose
from tenants.merchants.services import change_scopes
from tenants.platform_admin import audit_labels
from tests.actors import Actors
from tests.factories import product_factory


def test_publish_and_unpublish_product(ctx: Flask, actors: Actors, published_events: list[Any]) -> None:
    with unit_of_work():
        product = product_factory.create_product(actors.acme_id)
    assert product.state is ProductState.ON_SALE
    assert [type(event) for event in published_events if type(event).__name__.startswith("Product")] == [
        ProductSubmitted,
        ProductPublished,
    ]
    with unit_of_work(), as_merchant(actors.acme_id):
        services.unpublish_product(product_id=product.id)
    assert type(published_events[-1]) is ProductUnpublished
    with unit_of_work(), as_merchant(actors.acme_id):
        assert services.publish_product(product_id=product.id).state is ProductState.ON_SALE


def test_only_published_products_are_public(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        draft = product_factory.create_draft(actors.acme_id, category.id)
        published = product_factory.create_product(actors.acme_id, category.id)
    ids = [draft.variants[0].id, published.variants[0].id]
    with unit_of_work(), as_anonymous():
        assert set(queries.get_purchasable(ids)) == {published.variants[0].id}
        with pytest.raises(ProductNotFound):
            queries.get_product(draft.id)
    with unit_of_work(), as_merchant(actors.rival_id), pytest.raises(ProductNotFound):
        queries.get_product(draft.id)


def test_submit_incomplete_product_raises_missing_requirements(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        draft = product_factory.create_draft(
            actors.acme_id, category.id, pictures=[], attributes={}, tiers=[], description={"zh_Hans": "好布"}
        )
    with pytest.raises(RequirementsMissing) as exc_info, unit_of_work(), as_merchant(actors.acme_id):
        services.submit_for_review(product_id=draft.id)
    assert set(exc_info.value.errors) == {"pictures", "attributes.fibre", "prices", "description"}
    with unit_of_work(), as_merchant(actors.acme_id):
        assert queries.get_product(draft.id).state is ProductState.DRAFT


def test_rejected_product_can_be_resubmitted(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        draft = product_factory.create_draft(actors.acme_id, product_factory.create_category(attributes=True).id)
        with as_merchant(actors.acme_id):
            services.submit_for_review(product_id=draft.id)
    with pytest.raises(ProductValidationError), unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        services.reject_product(product_id=draft.id, note=" ")
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        services.reject_product(product_id=draft.id, note="图片与实物不符", field_comments={"pictures": "请换实拍图"})
    with unit_of_work(), as_merchant(actors.acme_id):
        assert queries.get_product(draft.id).review_note == "图片与实物不符"
        assert next(review.field_comments for review in queries.list_reviews(draft.id)) == {"pictures": "请换实拍图"}
        assert services.submit_for_review(product_id=draft.id).state is ProductState.IN_REVIEW


def test_save_product_with_stale_version_raises(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        draft = product_factory.create_draft(actors.acme_id, product_factory.create_category(attributes=True).id)
        data = product_factory.product_input(draft.category_id, variants=[VariantInput(sku=draft.variants[0].sku)])
    with unit_of_work(), as_merchant(actors.acme_id):
        saved = services.save_product(merchant_id=actors.acme_id, data=data, product_id=draft.id, version=1)
    assert saved.version == 2
    with pytest.raises(ConcurrentProductEdit), unit_of_work(), as_merchant(actors.acme_id):
        services.save_product(merchant_id=actors.acme_id, data=data, product_id=draft.id, version=1)


def test_save_product_unchanged_writes_nothing(
    ctx: Flask, actors: Actors, published_events: list[Any], record_statements: Any
) -> None:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        draft = product_factory.create_draft(actors.acme_id, category.id)
        data = services.editing.product_input_of(product=draft)
    published_events.clear()
    with record_statements() as executed, unit_of_work(), as_merchant(actors.acme_id):
        services.save_product(merchant_id=actors.acme_id, data=data, product_id=draft.id)
    assert published_events == []
    assert [statement for statement in executed if statement.lstrip().lower().startswith(("insert", "update", "delete"))] == []


def test_save_product_matches_variants_by_sku_and_closes_missing(ctx: Flask, actors: Actors) -> None:
    variants = [VariantInput(sku="A", options={"colour": "red"}), VariantInput(sku="B", options={"colour": "blue"})]
    with unit_of_work():
        product = product_factory.create_product(actors.acme_id, variants=variants)
        ids_by_sku = {variant.sku: variant.id for variant in product.variants}
    with unit_of_work(), as_merchant(actors.acme_id):
        data = product_factory.product_input(product.category_id, variants=[VariantInput(sku="B", options={"colour": "blue"})])
        services.save_product(merchant_id=actors.acme_id, data=data, product_id=product.id)
    with unit_of_work(), as_anonymous():
        purchasable = queries.get_purchasable(ids_by_sku.values())
        assert (purchasable[ids_by_sku["B"]].on_sale, purchasable[ids_by_sku["A"]].on_sale) == (True, False)
        assert purchasable[ids_by_sku["A"]].reason


def test_save_product_rejects_duplicate_skus_and_rising_tiers(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
    duplicate_skus = [VariantInput(sku="A", options={"c": "1"}), VariantInput(sku="A", options={"c": "2"})]
    rising_tiers = [TierInput(from_quantity=Decimal(1), price=100), TierInput(from_quantity=Decimal(10), price=120)]
    with pytest.raises(ProductValidationError) as exc_info, unit_of_work(), as_merchant(actors.acme_id):
        services.save_product(
            merchant_id=actors.acme_id,
            data=product_factory.product_input(category.id, variants=duplicate_skus, tiers=rising_tiers),
        )
    assert set(exc_info.value.errors) == {"variants.0.sku", "variants.1.sku", "tiers"}


def test_product_on_sale_cannot_change_category(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        product = product_factory.create_product(actors.acme_id)
        other = product_factory.create_category(attributes=True)
        product_factory.allow_category(actors.acme_id, other.id)
        data = product_factory.product_input(other.id, variants=[VariantInput(sku=product.variants[0].sku)])
    with pytest.raises(InvalidProductTransition), unit_of_work(), as_merchant(actors.acme_id):
        services.save_product(merchant_id=actors.acme_id, data=data, product_id=product.id)
    with unit_of_work(), as_merchant(actors.acme_id):
        services.unpublish_product(product_id=product.id)
    with unit_of_work(), as_merchant(actors.acme_id):
        services.save_product(merchant_id=actors.acme_id, data=data, product_id=product.id)
    with unit_of_work(), as_merchant(actors.acme_id):
        assert services.publish_product(product_id=product.id).state is ProductState.IN_REVIEW


def test_products_outside_business_scope_are_unpublished(ctx: Flask, actors: Actors, drain_outbox: Callable[[], int]) -> None:
    """Submission, approval and publishing fail outside the scope, and products on sale are unpublished (MA5)."""
    with unit_of_work():
        category, other = product_factory.create_category(attributes=True), product_factory.create_category()
        on_sale, draft = (
            product_factory.create_product(actors.acme_id, category.id),
            product_factory.create_draft(actors.acme_id, category.id),
        )
        in_review = product_factory.create_draft(actors.acme_id, category.id)
        with as_merchant(actors.acme_id):
            services.submit_for_review(product_id=in_review.id)
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        change_scopes(merchant_id=actors.acme_id, codes=[other.slug], reason="合同变更")
    drain_outbox()
    db.session.remove()
    with unit_of_work(), as_merchant(actors.acme_id):
        assert queries.get_product(on_sale.id).state is ProductState.OFF_SALE
    for action in (services.submit_for_review, services.publish_product):
        product = draft if action is services.submit_for_review else on_sale
        with pytest.raises(OutsideBusinessScope), unit_of_work(), as_merchant(actors.acme_id):
            action(product_id=product.id)
    with pytest.raises(OutsideBusinessScope), unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        services.approve_product(product_id=in_review.id)


def test_get_purchasable_uses_one_statement(ctx: Flask, actors: Actors, record_statements: Any) -> None:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        ids = [product_factory.create_product(actors.acme_id, category.id).variants[0].id for _ in range(5)]
    with record_statements() as executed, unit_of_work(), as_anonymous():
        purchasable = queries.get_purchasable(ids)
    assert len(executed) == 1
    variant = purchasable[ids[0]]
    assert (variant.merchant_slug, variant.on_sale, variant.currency) == ("acme", True, "CNY")
    assert [(tier.from_quantity, tier.price.minor) for tier in variant.tiers] == [(1, 1850), (100, 1650)]


def test_get_cards_uses_one_statement(ctx: Flask, actors: Actors, record_statements: Any) -> None:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        ids = [product_factory.create_product(actors.acme_id, category.id).id for _ in range(6)]
    with record_statements() as executed, unit_of_work(), as_anonymous():
        cards = queries.get_cards(list(reversed(ids)))
    assert len(executed) == 1
    assert [card.id for card in cards] == list(reversed(ids))
    assert (cards[0].price.minor if cards[0].price else 0, cards[0].picture is not None) == (1650, True)


def test_price_changes_of_published_product_are_audited(ctx: Flask, actors: Actors) -> None:
    """The audit log names who changed which price; changes of drafts are not logged."""
    with unit_of_work():
        category = product_factory.create_category(attributes=True).id
        sold, draft = (
            product_factory.create_product(actors.acme_id, category),
            product_factory.create_draft(actors.acme_id, category),
        )
        skus = {product.id: product.variants[0].sku for product in (sold, draft)}
    for prices in ((1750, 1650), (1750, 1650), (1750, None)):
        for product in (sold, draft):
            tier_values = [(1, prices[0]), (100, prices[1])]
            tiers = [
                product_factory.TierInput(from_quantity=Decimal(start), price=price) for start, price in tier_values if price
            ]
            with unit_of_work(), as_merchant(actors.acme_id):
                data = product_factory.product_input(
                    category, tiers=tiers, variants=[VariantInput(sku=skus[product.id], weight_grams=220)]
                )
                services.save_product(merchant_id=actors.acme_id, data=data, product_id=product.id)
    with unit_of_work(), as_merchant(actors.acme_id):
        stmt = select(AuditEvent).where(AuditEvent.action == "product.prices_changed").order_by(AuditEvent.id)
        rows = db.session.scalars(stmt).all()
        assert {row.subject_id for row in rows} == {sold.id}
        assert [audit_labels.describe_entry(row).partition("；")[2] for row in rows] == [
            "1 起：¥18.50 → ¥17.50",
            "100 起：¥16.50 → –",
        ]
