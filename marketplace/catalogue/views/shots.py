"""Pictures and video in the editor's form: those that are there, in their new order, and those that come with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.datastructures import FileStorage, MultiDict

from marketplace.catalogue import services
from marketplace.catalogue.errors import ProductInvalid
from marketplace.catalogue.models import Picture, Product
from marketplace.catalogue.services import PictureSheet, ProductSheet
from marketplace.catalogue.services.pictures import MOST_PICTURES
from marketplace.kernel import uploads
from marketplace.kernel.forms import take, whole
from marketplace.kernel.texts import LANGUAGES, pick
from marketplace.kernel.videos import taken_video

SMALLEST = 600


@dataclass(frozen=True)
class Brought:
    """The pictures that came with a form, now or when it was sent before; and why one was refused."""

    pictures: tuple[PictureSheet, ...] = ()
    refusal: str = ""

    def tiles(self, merchant_id: UUID) -> list[dict[str, Any]]:
        """As the form shows them while they hang on no product yet: a signed word carries each to the next sending."""
        sign = _signer(merchant_id)
        return [
            {
                **stored(one).view(),
                "name": _("New picture %(number)s", number=number),
                "token": sign.dumps([one.key, one.width, one.height, one.colour]),
                "remove": f"fresh-{number}-gone",
            }
            for number, one in enumerate(self.pictures, start=1)
        ]


def brought(form: MultiDict[str, str], files: Sequence[FileStorage], merchant_id: UUID) -> Brought:
    """Take in the pictures of a form, whatever becomes of the form: no browser sends a file a second time by itself."""
    words = [word for number, word in enumerate(form.getlist("fresh"), start=1) if not form.get(f"fresh-{number}-gone")]
    found, refusal = list(_carried(words[:MOST_PICTURES], merchant_id)), ""
    for file in files:
        if not file.filename:
            continue
        try:
            found.append(_stored(file, merchant_id))
        except uploads.UploadRefused as refused:
            refusal = refusal or refused.sentence()
        except ProductInvalid as refused:
            refusal = refusal or refused.errors["pictures"]
    return Brought(tuple({one.key: one for one in found}.values()), refusal)


def _carried(words: Sequence[str], merchant_id: UUID) -> Iterator[PictureSheet]:
    for word in words:
        with suppress(BadSignature):
            key, width, height, colour = _signer(merchant_id).loads(word)
            yield PictureSheet(key=key, width=width, height=height, colour=colour)


def _signer(merchant_id: UUID) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SETTINGS"].secret_key, salt=f"new picture of {merchant_id}")


def with_pictures(
    sheet: ProductSheet, product: Product | None, form: Mapping[str, str], fresh: Sequence[PictureSheet]
) -> ProductSheet:
    """The sheet with its pictures: kept ones as arranged, then the new ones. Raises ProductInvalid."""
    kept = _kept(product, form) if product else []
    if len(kept) + len(fresh) > MOST_PICTURES:
        raise ProductInvalid({"pictures": _("At most %(most)s pictures. Remove one first.", most=MOST_PICTURES)})
    known = {picture.key for picture in kept}
    return replace(sheet, pictures=[*kept, *(picture for picture in fresh if picture.key not in known)])


def _kept(product: Product, form: Mapping[str, str]) -> list[PictureSheet]:
    skus = {str(variant.id): variant.sku for variant in product.variants}
    arranged: list[tuple[int, int, PictureSheet]] = []
    for number, picture in enumerate(product.pictures):
        mark = f"picture-{picture.id}"
        if form.get(f"{mark}-gone"):
            continue
        words = take(form, *(f"{mark}-alt-{code}" for code in LANGUAGES), longest=200)
        place = form.get(f"{mark}-place", "")
        entry = PictureSheet(
            key=picture.key,
            colour=picture.colour,
            width=picture.width,
            height=picture.height,
            alt={code: text for code in LANGUAGES if (text := words[f"{mark}-alt-{code}"])},
            sku=skus.get(form.get(f"{mark}-variant", "")),
        )
        arranged.append((number + 1 if (chosen := whole(place, most=999)) is None else chosen, number, entry))
    return [entry for _place, _number, entry in sorted(arranged, key=lambda item: item[:2])]


def _stored(file: FileStorage, merchant_id: UUID) -> PictureSheet:
    stored = uploads.store_picture(file.stream, filename=file.filename or "", owner=str(merchant_id))
    if stored.width < SMALLEST:
        raise ProductInvalid({"pictures": _("A picture must be at least %(size)s pixels wide.", size=SMALLEST)})
    return PictureSheet(key=stored.key, colour=stored.colour, width=stored.width, height=stored.height)


@contextmanager
def with_video(form: Mapping[str, str], file: FileStorage | None) -> Iterator[Callable[[Product], Product]]:
    """What is to be done with the saved product's video: the one that came is hung up, the present one goes, or nothing.

    It is checked before anything is locked, and kept when all else was found good. Raises ProductInvalid.
    """
    with ExitStack() as stack:
        if file is not None and file.filename:
            try:
                taken = stack.enter_context(taken_video(file.stream))
            except uploads.UploadRefused as refusal:
                raise ProductInvalid({"video": refusal.sentence()}) from None
            yield lambda product: services.hang_video(
                product_id=product.id, video=taken.keep(owner=services.video_owner(merchant_id=product.merchant_id))
            )
        elif form.get("video-gone"):
            yield lambda product: services.hang_video(product_id=product.id, video=None)
        else:
            yield lambda product: product


def stored(picture: Picture | PictureSheet) -> uploads.Picture:
    """A picture as the kernel knows it: which copies there are follows from its width."""
    width = picture.width or uploads.WIDTHS[-1]
    return uploads.Picture(key=picture.key, width=width, height=picture.height, colour=picture.colour, widths=uploads.WIDTHS)


def thumb(key: str | None, colour: str = "", alt: str = "") -> Mapping[str, str] | None:
    """A card's picture, small: every picture has a copy of this width."""
    if not key:
        return None
    size = uploads.WIDTHS[0]
    return {"url": f"/media/{key}-{size}.webp", "colour": colour, "alt": alt}


def tiles(product: Product | None) -> list[dict[str, Any]]:
    """The pictures that are there, for the form and the gallery."""
    if product is None:
        return []
    return [
        {
            "id": picture.id,
            "variant": picture.variant_id or "",
            "words": picture.alt,
            **stored(picture).view(alt=pick(picture.alt)),
        }
        for picture in product.pictures
    ]
