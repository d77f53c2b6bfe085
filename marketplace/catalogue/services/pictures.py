"""The pictures of a product: added, described, put in order, removed (SF3, CA4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask_babel import gettext as _

from marketplace.catalogue import queries
from marketplace.catalogue.errors import NoSuchProduct, ProductInvalid
from marketplace.catalogue.events import ProductChanged
from marketplace.catalogue.models import Picture, Product
from marketplace.catalogue.services.saving import PictureSheet
from marketplace.catalogue.services.showing import refresh_card
from marketplace.kernel import clock
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7

MOST_PICTURES = 20


def add_picture(*, product_id: UUID, picture: PictureSheet, variant_id: UUID | None = None) -> Picture:
    """Hang one more stored picture behind the others. The same picture again is found, not doubled. Raises ProductInvalid."""
    product = queries.get(product_id, lock=True)
    known = next((row for row in product.pictures if (row.key, row.variant_id) == (picture.key, variant_id)), None)
    if known is not None:
        return known
    if len(product.pictures) >= MOST_PICTURES:
        raise ProductInvalid({"pictures": _("At most %(most)s pictures. Remove one first.", most=MOST_PICTURES)})
    if variant_id is not None and variant_id not in {variant.id for variant in product.variants}:
        raise NoSuchProduct
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
    _tell(product)
    return row


def describe_picture(*, product_id: UUID, picture_id: UUID, alt: Mapping[str, str], variant_id: UUID | None = None) -> Picture:
    """Say what a picture shows, for those who cannot see it, and of which variant it is. Raises NoSuchProduct."""
    product = queries.get(product_id, lock=True)
    picture = _picture(product, picture_id)
    if variant_id is not None and variant_id not in {variant.id for variant in product.variants}:
        raise NoSuchProduct
    picture.alt = {language: text.strip()[:200] for language, text in alt.items() if text.strip()}
    picture.variant_id = variant_id
    _tell(product)
    return picture


def arrange_pictures(*, product_id: UUID, order: Sequence[UUID]) -> None:
    """Put pictures in this order; the first is the cover. Those not named keep their order behind the named ones."""
    product = queries.get(product_id, lock=True)
    places = {picture_id: place for place, picture_id in enumerate(order)}
    known = sorted(product.pictures, key=lambda row: (places.get(row.id, len(places)), row.position))
    for position, row in enumerate(known):
        row.position = position
    _tell(product)


def remove_picture(*, product_id: UUID, picture_id: UUID) -> None:
    """Take a picture off a product. Raises NoSuchProduct when it has none of this id."""
    product = queries.get(product_id, lock=True)
    product.pictures.remove(_picture(product, picture_id))
    for position, row in enumerate(product.pictures):
        row.position = position
    _tell(product)


def _picture(product: Product, picture_id: UUID) -> Picture:
    found = next((row for row in product.pictures if row.id == picture_id), None)
    if found is None:
        raise NoSuchProduct
    return found


def _tell(product: Product) -> None:
    product.updated_at = clock.now()
    refresh_card(product)
    publish(ProductChanged(product_id=product.id, merchant_id=product.merchant_id))
