"""What can be done with a shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marketplace.kernel import audit, rich
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events import publish
from marketplace.kernel.forms import narrow
from marketplace.kernel.videos import Video, throw_away, video_of
from tenants.storefronts import queries
from tenants.storefronts.errors import ShopMoved
from tenants.storefronts.events import ShopVideoLeft, StorefrontChanged
from tenants.storefronts.models import ACCENT, Storefront
from tenants.storefronts.rules import Entries


def open_shop(*, merchant_id: UUID, introduction: str = "") -> Storefront:
    """Put up a shop for a new merchant; nothing happens when it stands."""
    advisory_lock("storefront", merchant_id)
    found = queries.of_merchant(merchant_id)
    if found is not None:
        return found
    texts = {"zh_Hans": rich.from_plain(introduction)} if introduction else {}
    shop = Storefront(merchant_id=merchant_id, accent=ACCENT, introduction=texts, announcement={}, contact={})
    db.session.add(shop)
    db.session.flush()
    return shop


def unmoved(*, merchant_id: UUID, seen: int | None) -> None:
    """Whether the shop is still the version that the author saw (none: whatever it is). Locks nothing. Raises ShopMoved."""
    shop = queries.of_merchant(merchant_id)
    if seen is not None and shop is not None and seen != shop.version:
        raise ShopMoved


def arrange(*, merchant_id: UUID, entries: Entries) -> Storefront:
    """Change colour, announcement, introduction and contact. Raises Invalid."""
    errors = entries.complaints()
    if errors:
        raise Invalid(errors)
    shop = _own(merchant_id)
    shop.accent = entries.accent
    shop.announcement = {locale: text for locale, text in entries.announcement.items() if text}
    shop.introduction = {locale: rich.from_plain(text) for locale, text in entries.introduction.items() if text}
    shop.contact = {name: narrow(text) if name == "phone" else text for name, text in entries.contact.items() if text}
    _changed(shop, {"accent": shop.accent, "announcement": shop.announcement})
    return shop


def hang(*, merchant_id: UUID, name: str, picture: Mapping[str, Any] | None) -> Storefront:
    """Hang up a picture (`logo` or `banner`) that was taken in before, or take it down."""
    shop = _own(merchant_id)
    if name == "logo":
        shop.logo = dict(picture) if picture else None
    else:
        shop.banner = dict(picture) if picture else None
    _changed(shop, {name: picture["key"] if picture else None})
    return shop


def hang_video(*, merchant_id: UUID, video: Video | None) -> Storefront:
    """Let the merchant introduce itself by this video (SF3), or by none. The one before is thrown away."""
    shop = _own(merchant_id)
    fresh, old = video.to_json() if video else None, video_of(shop.video)
    if shop.video == fresh:
        return shop
    shop.video = fresh
    if old is not None:
        publish(ShopVideoLeft(merchant_id=merchant_id, key=old.key, ending=old.ending))
    _changed(shop, {"video": video.key if video else None})
    return shop


def video_owner(*, merchant_id: UUID) -> str:
    """The first part of the keys of a shop's videos: nothing else has files under it."""
    return f"{merchant_id}-shop"


def drop_video(*, merchant_id: UUID, key: str, ending: str) -> bool:
    """Delete the files of a video that the shop has shown, unless it shows it again."""
    if not key.startswith(f"{video_owner(merchant_id=merchant_id)}/"):
        return False  # not its own: the demo market's are shared
    return throw_away(key=key, ending=ending, unless=lambda: queries.shown_video(merchant_id) == key)


def _own(merchant_id: UUID) -> Storefront:
    return queries.of_merchant(merchant_id, lock=True) or open_shop(merchant_id=merchant_id)


def _changed(shop: Storefront, after: dict[str, Any]) -> None:
    db.session.flush()
    audit.record("storefront.changed", subject=("merchant", shop.merchant_id), after=after)
    publish(StorefrontChanged(merchant_id=shop.merchant_id))
