"""The video of a product: setting, replacing, removing, and deleting unused files (Online exhibition hall, SF3)."""

from __future__ import annotations

from uuid import UUID

from marketplace.catalogue import queries
from marketplace.catalogue.events import ProductChanged, ProductVideoRemoved
from marketplace.catalogue.models import Product
from marketplace.kernel import clock
from marketplace.kernel.events import publish
from marketplace.media.videos import Video, delete_stored_video, load_video


def video_key_prefix(*, merchant_id: UUID) -> str:
    """Return the key prefix of a merchant's product videos; no other files are stored under it."""
    return f"{merchant_id}-goods"


def set_video(*, product_id: UUID, video: Video | None) -> Product:
    """Set or remove a product's video. The files of the previous one are deleted if no other product uses them."""
    product = queries.get_product(product_id, lock=True)
    new_value = video.to_json() if video else None
    if product.video == new_value:
        return product
    release_video(product=product)
    product.video, product.updated_at = new_value, clock.now()
    publish(ProductChanged(product_id=product.id, merchant_id=product.merchant_id))
    return product


def release_video(*, product: Product) -> None:
    """Publish that a product no longer uses its video."""
    if (old_video := load_video(product.video)) is not None:
        merchant_id = product.merchant_id
        publish(
            ProductVideoRemoved(
                product_id=product.id, merchant_id=merchant_id, key=old_video.key, extension=old_video.extension
            )
        )


def delete_unused_video(*, merchant_id: UUID, key: str, extension: str) -> bool:
    """Delete the files of a merchant's removed video, unless another product uses them (a copy, for example)."""
    if not key.startswith(f"{video_key_prefix(merchant_id=merchant_id)}/"):
        return False  # not the merchant's own: the demo videos are shared
    return delete_stored_video(key=key, extension=extension, in_use=lambda: queries.video_in_use(key, merchant_id=merchant_id))
