"""From a draft to the shelf and off it again: submission, review, sale (CA1, CA3, CA4, MA5)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from marketplace.catalogue import queries
from marketplace.catalogue.errors import NotInThisState, OutsideScope, ProductInvalid, ProductMoved, Unfinished
from marketplace.catalogue.events import ProductPublished, ProductRejected, ProductRemoved, ProductSubmitted, ProductTakenOff
from marketplace.catalogue.models import Category, Product, ProductReview, ProductState, ReviewStep
from marketplace.catalogue.rules import Listing, missing
from marketplace.catalogue.services.showing import ladder_of
from marketplace.catalogue.services.videos import leave_video
from marketplace.kernel import audit, clock, rows
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.kernel.texts import pick
from tenants.merchants.queries import scope_codes


def checklist(*, product: Product) -> dict[str, str]:
    """What the listing standard still asks of a product (its parts are loaded), by part of the editor (CA4)."""
    offered = [variant for variant in product.variants if variant.closed_at is None]
    listing = Listing(
        title=product.title,
        description=product.description,
        attributes=product.attributes,
        pictures=len(product.pictures),
        variants=len(offered),
        priced=all(ladder_of(product=product, variant=variant) for variant in offered),
        in_leaf=queries.is_leaf(product.category_id),
    )
    return missing(listing, queries.schema_of(product.category_id))


def submit(*, product_id: UUID) -> Product:
    """Ask the market to review a product. Raises Unfinished with what is missing, OutsideScope, NotInThisState."""
    product = queries.get(product_id, lock=True)
    product.must_reach(ProductState.IN_REVIEW)
    _stay_in_scope(product)
    lacking = checklist(product=product)
    if lacking:
        raise Unfinished(lacking)
    product.move(ProductState.IN_REVIEW)
    product.submitted_at = product.updated_at = clock.now()
    product.review_note = None
    _note_step(product, ReviewStep.SUBMITTED)
    publish(ProductSubmitted(product_id=product.id, merchant_id=product.merchant_id))
    return product


def withdraw(*, product_id: UUID) -> Product:
    """Take a product back out of the review's queue, to work on it. Raises NotInThisState."""
    product = queries.get(product_id, lock=True, parts=False)
    product.move(ProductState.DRAFT)
    product.submitted_at = None
    _note_step(product, ReviewStep.WITHDRAWN)
    return product


def approve(*, product_id: UUID, note: str = "", seen: int | None = None) -> Product:
    """The market lets a product on its shelves; it is on sale from now on. `seen`: the version that the reviewer read.

    Raises NotInThisState, ProductMoved, OutsideScope.
    """
    product = queries.get(product_id, lock=True, parts=False)
    if product.state is not ProductState.IN_REVIEW:
        raise NotInThisState(state=product.state.label)
    _as_seen(product, seen)
    _stay_in_scope(product)
    product.reviewed_at = product.approved_at = clock.now()
    product.review_note = note or None
    _note_step(product, ReviewStep.APPROVED, note=note)
    _publish(product)
    return product


def reject(*, product_id: UUID, note: str, remarks: Mapping[str, str] | None = None, seen: int | None = None) -> Product:
    """Send a product back with a reason and remarks by field: one that waits, or one on the shelves, which it leaves at once.

    It comes back only through another review (CA3). `seen`: the version that the reviewer read.
    Raises ProductInvalid without a reason, NotInThisState, ProductMoved.
    """
    if not note.strip():
        raise ProductInvalid({"note": _("Say why, so that the merchant knows what to do.")})
    product = queries.get(product_id, lock=True, parts=False)
    shown = product.state is ProductState.ON_SALE
    _as_seen(product, seen)
    product.move(ProductState.REJECTED)
    product.reviewed_at, product.review_note, product.approved_at = clock.now(), note.strip(), None
    _note_step(product, ReviewStep.REMOVED if shown else ReviewStep.REJECTED, note=note.strip(), remarks=remarks)
    action, ids = "product.removed" if shown else "product.sent_back", {"product_id": product.id}
    _record(action, product, note.strip())
    publish(ProductRejected(**ids, merchant_id=product.merchant_id))
    if shown:
        product.updated_at = clock.now()
        publish(ProductTakenOff(**ids, merchant_id=product.merchant_id))
        publish(ProductRemoved(**ids, merchant_id=product.merchant_id, reason=note.strip()))
    return product


def put_on_sale(*, product_id: UUID) -> Product:
    """Show an approved product again. One that was never approved, or whose category changed, is submitted instead."""
    product = queries.get(product_id, lock=True, parts=False)
    if product.approved_at is None:
        return submit(product_id=product_id)
    _publish(product)
    return product


def take_off_sale(*, product_id: UUID, reason: str = "") -> Product:
    """Take a product off the shelves; orders stay as they are. Raises NotInThisState."""
    product = queries.get(product_id, lock=True, parts=False)
    product.move(ProductState.OFF_SALE)
    product.updated_at = clock.now()
    _record("product.taken_off", product, reason)
    publish(ProductTakenOff(product_id=product.id, merchant_id=product.merchant_id))
    return product


def discard(*, product_id: UUID) -> None:
    """Throw away a draft that the market has never seen. Raises NotInThisState for any other product."""
    product = queries.get(product_id, lock=True)
    if product.state is not ProductState.DRAFT or queries.reviews_of(product_id):
        raise NotInThisState(state=product.state.label)
    audit.record("product.discarded", subject=("product", product.id), before={"title": product.title})
    leave_video(product=product)
    db.session.delete(product)


def delete(*, product_id: UUID) -> None:
    """Put a product away that is not on sale: out of every list, while orders, stock book and review keep what they know of it.

    A draft that the market has never seen is thrown away whole. Raises NotInThisState for goods on sale or in review.
    """
    product = queries.get(product_id, lock=True, parts=False)
    if product.state is ProductState.DRAFT and not queries.reviews_of(product_id):
        discard(product_id=product_id)
        return
    product.move(ProductState.DELETED)
    product.updated_at = clock.now()
    _record("product.deleted", product)


def bring_back(*, product_id: UUID) -> Product:
    """Undo a deletion. Raises NotInThisState."""
    product = queries.get(product_id, lock=True, parts=False)
    product.bring_back(shut=queries.category(product.category_id).closed_at is not None)
    product.updated_at = clock.now()
    _record("product.brought_back", product)
    return product


def keep_scope(*, merchant_id: UUID) -> list[UUID]:
    """Take off sale what a merchant shows outside its categories, after its contract has changed (MA5); which that were."""
    codes = scope_codes(merchant_id)
    shown = (
        select(Product.id, Category.path)
        .join(Category, Category.id == Product.category_id)
        .where(Product.merchant_id == merchant_id, Product.state == ProductState.ON_SALE)
    )
    outside = [row.id for row in db.session.execute(shown) if not codes & set(row.path)]
    for product_id in outside:
        take_off_sale(product_id=product_id, reason="outside the merchant's categories")
    return outside


def _as_seen(product: Product, seen: int | None) -> None:
    """What was not read is not decided."""
    if seen is not None and seen != product.version:
        raise ProductMoved(title=pick(product.title))


def _stay_in_scope(product: Product) -> None:
    """MA5: checked at every step towards the shelf, because merchants drift."""
    category = queries.category(product.category_id)
    if not scope_codes(product.merchant_id) & set(category.path):
        raise OutsideScope(category=pick(category.names))


def _publish(product: Product) -> None:
    product.must_reach(ProductState.ON_SALE)
    _stay_in_scope(product)
    product.move(ProductState.ON_SALE)
    product.updated_at = clock.now()
    product.published_at = product.published_at or product.updated_at
    _record("product.published", product)
    publish(ProductPublished(product_id=product.id, merchant_id=product.merchant_id))


def _note_step(product: Product, step: ReviewStep, *, note: str = "", remarks: Mapping[str, str] | None = None) -> None:
    row = ProductReview(
        id=uuid7(),
        merchant_id=product.merchant_id,
        product_id=product.id,
        step=step,
        note=note,
        remarks={field: text.strip() for field, text in (remarks or {}).items() if text.strip()},
        account_id=rows.current().account,
    )
    db.session.add(row)


def _record(action: str, product: Product, reason: str = "") -> None:
    subject, said = ("product", product.id), {"title": product.title}
    audit.record(action, subject=subject, merchant_id=product.merchant_id, reason=reason or None, after=said)
