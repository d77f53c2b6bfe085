"""The pictures of a product: adding, describing, ordering, removing (Listing standard, CA4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask_babel import gettext as _

from marketplace.catalogue import queries
from marketplace.catalogue.errors import ProductNotFound, ProductValidationError
from marketplace.catalogue.events import ProductChanged
from marketplace.catalogue.inputs import PictureInput
from marketplace.catalogue.models import Picture, Product
from marketplace.catalogue.services.denormalization import update_card_fields
from marketplace.kernel import clock
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7

MAX_PICTURES = 20


def add_picture(*, product_id: UUID, picture: PictureInput, variant_id: UUID | None = None) -> Picture:
    """Append a stored picture; an identical existing picture is returned instead of a duplicate.

    Raises:
        ProductValidationError: The product has the maximum number of pictures.
    """
    product = queries.get_product(product_id, lock=True)
    existing = next((row for row in product.pictures if (row.key, row.variant_id) == (picture.key, variant_id)), None)
    if existing is not None:
        return existing
    if len(product.pictures) >= MAX_PICTURES:
        raise ProductValidationError({"pictures": _("At most %(most)s pictures. Remove one first.", most=MAX_PICTURES)})
    if variant_id is not None and variant_id not in {variant.id for variant in product.variants}:
        raise ProductNotFound
    row = Picture(
        id=uuid7(),
        merchant_id=product.merchant_id,
        product_id=product.id,
        variant_id=variant_id,
        key=picture.key,
        colour=picture.colour,
        width=picture.width,
        height=picture.height,
        alt=dict(picture.alt),
        position=len(product.pictures),
    )
    product.pictures.append(row)
    _publish_changed(product)
    return row


def update_picture(*, product_id: UUID, picture_id: UUID, alt: Mapping[str, str], variant_id: UUID | None = None) -> Picture:
    """Set the alternative text of a picture and the variant it shows.

    Raises:
        ProductNotFound: The product, the picture or the variant does not exist.
    """
    product = queries.get_product(product_id, lock=True)
    picture = _find_picture(product, picture_id)
    if variant_id is not None and variant_id not in {variant.id for variant in product.variants}:
        raise ProductNotFound
    picture.alt = {language: text.strip()[:200] for language, text in alt.items() if text.strip()}
    picture.variant_id = variant_id
    _publish_changed(product)
    return picture


def reorder_pictures(*, product_id: UUID, order: Sequence[UUID]) -> None:
    """Put pictures in this order; the first is the cover. Pictures not named follow in their present order."""
    product = queries.get_product(product_id, lock=True)
    ranks = {picture_id: rank for rank, picture_id in enumerate(order)}
    ordered = sorted(product.pictures, key=lambda row: (ranks.get(row.id, len(ranks)), row.position))
    for position, row in enumerate(ordered):
        row.position = position
    _publish_changed(product)


def remove_picture(*, product_id: UUID, picture_id: UUID) -> None:
    """Remove a picture of a product.

    Raises:
        ProductNotFound: The product or the picture does not exist.
    """
    product = queries.get_product(product_id, lock=True)
    product.pictures.remove(_find_picture(product, picture_id))
    for position, row in enumerate(product.pictures):
        row.position = position
    _publish_changed(product)


def _find_picture(product: Product, picture_id: UUID) -> Picture:
    picture = next((row for row in product.pictures if row.id == picture_id), None)
    if picture is None:
        raise ProductNotFound
    return picture


def _publish_changed(product: Product) -> None:
    product.updated_at = clock.now()
    update_card_fields(product)
    publish(ProductChanged(product_id=product.id, merchant_id=product.merchant_id))
