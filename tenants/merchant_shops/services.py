"""Services of merchant shops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marketplace.kernel import audit, sanitize
from marketplace.kernel.db import advisory_lock, db, keep_on_error
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.events import publish
from marketplace.kernel.form_input import to_halfwidth
from marketplace.media.videos import Video, delete_stored_video, load_video
from tenants.merchant_shops import queries
from tenants.merchant_shops.errors import StaleMerchantShop
from tenants.merchant_shops.events import MerchantShopChanged, MerchantShopVideoRemoved
from tenants.merchant_shops.forms import MerchantShopForm
from tenants.merchant_shops.models import DEFAULT_ACCENT, MerchantShop


def create_merchant_shop(*, merchant_id: UUID, introduction: str = "") -> MerchantShop:
    """Create the shop of a merchant; return the existing one if there is any."""
    advisory_lock("storefront", merchant_id)
    existing = queries.get_merchant_shop(merchant_id)
    if existing is not None:
        return existing
    texts = {"zh_Hans": sanitize.text_to_html(introduction)} if introduction else {}
    shop = MerchantShop(merchant_id=merchant_id, accent=DEFAULT_ACCENT, introduction=texts, announcement={}, contact={})
    db.session.add(shop)
    db.session.flush()
    return shop


def check_version(*, merchant_id: UUID, expected_version: int | None) -> None:
    """Check that the shop has still the version that the form was made from; None skips the check. Locks nothing.

    Raises:
        StaleMerchantShop: The shop was changed meanwhile.
    """
    shop = queries.get_merchant_shop(merchant_id)
    if expected_version is not None and shop is not None and expected_version != shop.version:
        raise StaleMerchantShop


@keep_on_error
def update_merchant_shop(*, merchant_id: UUID, form: MerchantShopForm) -> MerchantShop:
    """Change accent, announcement, introduction and contact; kept even if a file of the same form is rejected.

    Raises:
        ValidationError: A field is invalid.
    """
    errors = form.validate()
    if errors:
        raise ValidationError(errors)
    shop = _get_or_create(merchant_id)
    shop.accent = form.accent
    shop.announcement = {locale: text for locale, text in form.announcement.items() if text}
    shop.introduction = {locale: sanitize.text_to_html(text) for locale, text in form.introduction.items() if text}
    shop.contact = {name: to_halfwidth(text) if name == "phone" else text for name, text in form.contact.items() if text}
    _log_and_publish(shop, {"accent": shop.accent, "announcement": shop.announcement})
    return shop


@keep_on_error
def set_image(*, merchant_id: UUID, name: str, image: Mapping[str, Any] | None) -> MerchantShop:
    """Set a picture (`logo` or `banner`) that was uploaded before, or remove it; kept even if the form's texts are rejected."""
    shop = _get_or_create(merchant_id)
    if name == "logo":
        shop.logo = dict(image) if image else None
    else:
        shop.banner = dict(image) if image else None
    _log_and_publish(shop, {name: image["key"] if image else None})
    return shop


@keep_on_error
def set_video(*, merchant_id: UUID, video: Video | None) -> MerchantShop:
    """Set the shop's video (SF3), or remove it; kept as a picture is. The files of the previous one are deleted."""
    shop = _get_or_create(merchant_id)
    new_video, old_video = video.to_json() if video else None, load_video(shop.video)
    if shop.video == new_video:
        return shop
    shop.video = new_video
    if old_video is not None:
        publish(MerchantShopVideoRemoved(merchant_id=merchant_id, key=old_video.key, extension=old_video.extension))
    _log_and_publish(shop, {"video": video.key if video else None})
    return shop


def video_key_prefix(*, merchant_id: UUID) -> str:
    """Return the storage key prefix of a shop's videos; nothing else has files under it."""
    return f"{merchant_id}-shop"


def delete_video_files(*, merchant_id: UUID, key: str, extension: str) -> bool:
    """Delete the files of a video that the shop has shown, unless it shows it again."""
    if not key.startswith(f"{video_key_prefix(merchant_id=merchant_id)}/"):
        return False  # not the shop's own: the files of the demo marketplace are shared
    return delete_stored_video(key=key, extension=extension, in_use=lambda: queries.get_video_key(merchant_id) == key)


def _get_or_create(merchant_id: UUID) -> MerchantShop:
    return queries.get_merchant_shop(merchant_id, lock=True) or create_merchant_shop(merchant_id=merchant_id)


def _log_and_publish(shop: MerchantShop, after: dict[str, Any]) -> None:
    db.session.flush()
    audit.record("storefront.changed", subject=("merchant", shop.merchant_id), after=after)
    publish(MerchantShopChanged(merchant_id=shop.merchant_id))
