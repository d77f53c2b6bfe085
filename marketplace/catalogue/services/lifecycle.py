"""The lifecycle of a product: submission, review, sale, deletion.

It implements Product maintenance (CA1), Online product review (CA3), the Listing standard (CA4) and Business-scope zoning (MA5).
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from marketplace.catalogue import queries
from marketplace.catalogue.errors import (
    InvalidProductTransition,
    OutsideBusinessScope,
    ProductValidationError,
    RequirementsMissing,
    StaleProduct,
)
from marketplace.catalogue.events import (
    ProductPublished,
    ProductRejected,
    ProductRemovedByPlatform,
    ProductSubmitted,
    ProductUnpublished,
)
from marketplace.catalogue.models import Category, Product, ProductReview, ProductState, ReviewAction
from marketplace.catalogue.rules import ListingFacts, missing_requirements
from marketplace.catalogue.services.denormalization import tiers_of_variant
from marketplace.catalogue.services.videos import release_video
from marketplace.kernel import audit, clock, tenancy
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.kernel.localized_text import localize
from tenants.merchants.queries import get_scope_codes


def list_missing_requirements(*, product: Product) -> dict[str, str]:
    """Return the unmet requirements of a product (its parts are loaded), by part of the editor (Listing standard, CA4)."""
    active_variants = [variant for variant in product.variants if variant.closed_at is None]
    facts = ListingFacts(
        title=product.title,
        description=product.description,
        attributes=product.attributes,
        pictures=len(product.pictures),
        variants=len(active_variants),
        priced=all(tiers_of_variant(product=product, variant=variant) for variant in active_variants),
        in_leaf_category=queries.is_leaf_category(product.category_id),
    )
    return missing_requirements(facts, queries.get_schema(product.category_id))


def submit_for_review(*, product_id: UUID) -> Product:
    """Submit a product for review.

    Raises:
        RequirementsMissing: It does not meet the listing standard.
        OutsideBusinessScope: The merchant may not sell in its category.
        InvalidProductTransition: Its state does not allow it.
    """
    product = queries.get_product(product_id, lock=True)
    product.ensure_can_transition(ProductState.IN_REVIEW)
    _check_business_scope(product)
    missing = list_missing_requirements(product=product)
    if missing:
        raise RequirementsMissing(missing)
    product.transition(ProductState.IN_REVIEW)
    product.submitted_at = product.updated_at = clock.now()
    product.review_note = None
    _log_review(product, ReviewAction.SUBMITTED)
    publish(ProductSubmitted(product_id=product.id, merchant_id=product.merchant_id))
    return product


def withdraw_from_review(*, product_id: UUID) -> Product:
    """Withdraw a product from the review queue, for further editing.

    Raises:
        InvalidProductTransition: It is not in review.
    """
    product = queries.get_product(product_id, lock=True, parts=False)
    product.transition(ProductState.DRAFT)
    product.submitted_at = None
    _log_review(product, ReviewAction.WITHDRAWN)
    return product


def approve_product(*, product_id: UUID, note: str = "", expected_version: int | None = None) -> Product:
    """Approve a product, which puts it on sale. `expected_version` is the version that the reviewer read.

    Raises:
        InvalidProductTransition: It is not in review.
        StaleProduct: It has changed since.
        OutsideBusinessScope: The merchant may not sell in its category.
    """
    product = queries.get_product(product_id, lock=True, parts=False)
    if product.state is not ProductState.IN_REVIEW:
        raise InvalidProductTransition(state=product.state.label)
    _check_version(product, expected_version)
    _check_business_scope(product)
    product.reviewed_at = product.approved_at = clock.now()
    product.review_note = note or None
    _log_review(product, ReviewAction.APPROVED, note=note)
    _set_on_sale(product)
    return product


def reject_product(
    *, product_id: UUID, note: str, field_comments: Mapping[str, str] | None = None, expected_version: int | None = None
) -> Product:
    """Reject a product in review, or take one off sale, with a reason and comments by field.

    It can only be published again after another review (CA3). `expected_version` is the version that the reviewer read.

    Raises:
        ProductValidationError: The reason is missing.
        InvalidProductTransition: It is neither in review nor on sale.
        StaleProduct: It has changed since.
    """
    if not note.strip():
        raise ProductValidationError({"note": _("Say why, so that the merchant knows what to do.")})
    product = queries.get_product(product_id, lock=True, parts=False)
    was_on_sale = product.state is ProductState.ON_SALE
    _check_version(product, expected_version)
    product.transition(ProductState.REJECTED)
    product.reviewed_at, product.review_note, product.approved_at = clock.now(), note.strip(), None
    _log_review(
        product,
        ReviewAction.REMOVED if was_on_sale else ReviewAction.REJECTED,
        note=note.strip(),
        field_comments=field_comments,
    )
    action, ids = "product.removed" if was_on_sale else "product.sent_back", {"product_id": product.id}
    _record_audit(action, product, note.strip())
    publish(ProductRejected(**ids, merchant_id=product.merchant_id))
    if was_on_sale:
        product.updated_at = clock.now()
        publish(ProductUnpublished(**ids, merchant_id=product.merchant_id))
        publish(ProductRemovedByPlatform(**ids, merchant_id=product.merchant_id, reason=note.strip()))
    return product


def publish_product(*, product_id: UUID) -> Product:
    """Put an approved product on sale; submit one that was never approved or whose category changed."""
    product = queries.get_product(product_id, lock=True, parts=False)
    if product.approved_at is None:
        return submit_for_review(product_id=product_id)
    _set_on_sale(product)
    return product


def unpublish_product(*, product_id: UUID, reason: str = "") -> Product:
    """Take a product off sale; orders are unaffected.

    Raises:
        InvalidProductTransition: It is not on sale.
    """
    product = queries.get_product(product_id, lock=True, parts=False)
    product.transition(ProductState.OFF_SALE)
    product.updated_at = clock.now()
    _record_audit("product.taken_off", product, reason)
    publish(ProductUnpublished(product_id=product.id, merchant_id=product.merchant_id))
    return product


def discard_draft(*, product_id: UUID) -> None:
    """Delete a draft that was never submitted.

    Raises:
        InvalidProductTransition: The product is no draft or has been submitted before.
    """
    product = queries.get_product(product_id, lock=True)
    if product.state is not ProductState.DRAFT or queries.list_reviews(product_id):
        raise InvalidProductTransition(state=product.state.label)
    audit.record("product.discarded", subject=("product", product.id), before={"title": product.title})
    release_video(product=product)
    db.session.delete(product)


def delete_product(*, product_id: UUID) -> None:
    """Mark a product as deleted: it leaves every list, while orders, stock ledger and review log keep referring to it.

    A draft that was never submitted is deleted completely.

    Raises:
        InvalidProductTransition: It is on sale or in review.
    """
    product = queries.get_product(product_id, lock=True, parts=False)
    if product.state is ProductState.DRAFT and not queries.list_reviews(product_id):
        discard_draft(product_id=product_id)
        return
    product.transition(ProductState.DELETED)
    product.updated_at = clock.now()
    _record_audit("product.deleted", product)


def restore_product(*, product_id: UUID) -> Product:
    """Undo a deletion.

    Raises:
        InvalidProductTransition: The product is not deleted.
    """
    product = queries.get_product(product_id, lock=True, parts=False)
    product.restore(category_closed=queries.get_category(product.category_id).closed_at is not None)
    product.updated_at = clock.now()
    _record_audit("product.brought_back", product)
    return product


def enforce_business_scope(*, merchant_id: UUID) -> list[UUID]:
    """Take products off sale that are outside the merchant's business scope (MA5); return their ids."""
    scope = get_scope_codes(merchant_id)
    stmt = (
        select(Product.id, Category.path)
        .join(Category, Category.id == Product.category_id)
        .where(Product.merchant_id == merchant_id, Product.state == ProductState.ON_SALE)
    )
    outside_ids = [row.id for row in db.session.execute(stmt) if not scope & set(row.path)]
    for product_id in outside_ids:
        unpublish_product(product_id=product_id, reason="outside the merchant's categories")
    return outside_ids


def _check_version(product: Product, expected_version: int | None) -> None:
    """Raise StaleProduct if the product has changed since the reviewer read it."""
    if expected_version is not None and expected_version != product.version:
        raise StaleProduct(title=localize(product.title))


def _check_business_scope(product: Product) -> None:
    """Raise OutsideBusinessScope unless the merchant may sell in the category; checked at every step (MA5)."""
    category = queries.get_category(product.category_id)
    if not get_scope_codes(product.merchant_id) & set(category.path):
        raise OutsideBusinessScope(category=localize(category.names))


def _set_on_sale(product: Product) -> None:
    product.ensure_can_transition(ProductState.ON_SALE)
    _check_business_scope(product)
    product.transition(ProductState.ON_SALE)
    product.updated_at = clock.now()
    product.published_at = product.published_at or product.updated_at
    _record_audit("product.published", product)
    publish(ProductPublished(product_id=product.id, merchant_id=product.merchant_id))


def _log_review(
    product: Product, action: ReviewAction, *, note: str = "", field_comments: Mapping[str, str] | None = None
) -> None:
    row = ProductReview(
        id=uuid7(),
        merchant_id=product.merchant_id,
        product_id=product.id,
        action=action,
        note=note,
        field_comments={field: text.strip() for field, text in (field_comments or {}).items() if text.strip()},
        account_id=tenancy.get_context().account,
    )
    db.session.add(row)


def _record_audit(action: str, product: Product, reason: str = "") -> None:
    subject, snapshot = ("product", product.id), {"title": product.title}
    audit.record(action, subject=subject, merchant_id=product.merchant_id, reason=reason or None, after=snapshot)
