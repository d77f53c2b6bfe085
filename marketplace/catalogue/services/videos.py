"""The video of a product: hung up, replaced, taken down, thrown away when nothing shows it any more (SF3)."""

from __future__ import annotations

from uuid import UUID

from marketplace.catalogue import queries
from marketplace.catalogue.events import ProductChanged, ProductVideoLeft
from marketplace.catalogue.models import Product
from marketplace.kernel import clock
from marketplace.kernel.events import publish
from marketplace.kernel.videos import Video, throw_away, video_of


def video_owner(*, merchant_id: UUID) -> str:
    """The first part of the keys of a merchant's product videos: nothing else has files under it."""
    return f"{merchant_id}-goods"


def hang_video(*, product_id: UUID, video: Video | None) -> Product:
    """Let a product show this video, or none. The one before is thrown away when no other product shows it."""
    product = queries.get(product_id, lock=True)
    fresh = video.to_json() if video else None
    if product.video == fresh:
        return product
    leave_video(product=product)
    product.video, product.updated_at = fresh, clock.now()
    publish(ProductChanged(product_id=product.id, merchant_id=product.merchant_id))
    return product


def leave_video(*, product: Product) -> None:
    """Say that a product shows its video no longer."""
    if (old := video_of(product.video)) is not None:
        merchant_id = product.merchant_id
        publish(ProductVideoLeft(product_id=product.id, merchant_id=merchant_id, key=old.key, ending=old.ending))


def drop_video(*, merchant_id: UUID, key: str, ending: str) -> bool:
    """Delete the files of a video that a merchant's product has shown, unless another one shows it (a copy, for example)."""
    if not key.startswith(f"{video_owner(merchant_id=merchant_id)}/"):
        return False  # not its own: the demo market's are shared
    return throw_away(key=key, ending=ending, unless=lambda: queries.is_shown(key, merchant_id=merchant_id))
