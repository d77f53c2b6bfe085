"""Pictures and video in the product editor's form: existing ones with their new order, and uploaded ones."""

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
from marketplace.catalogue.errors import ProductValidationError
from marketplace.catalogue.inputs import PictureInput, ProductInput
from marketplace.catalogue.models import Picture, Product
from marketplace.catalogue.services.pictures import MAX_PICTURES
from marketplace.kernel.form_input import clean_fields, parse_int
from marketplace.kernel.localized_text import LANGUAGES, localize
from marketplace.media import uploads
from marketplace.media.videos import process_upload

MIN_PICTURE_WIDTH = 600


@dataclass(frozen=True)
class UploadedPictures:
    """The pictures uploaded with a form, now or in an earlier submission, and why one was rejected."""

    pictures: tuple[PictureInput, ...] = ()
    error: str = ""

    def tiles(self, merchant_id: UUID) -> list[dict[str, Any]]:
        """Return the template data of pictures not yet saved: a signed token carries each to the next submission."""
        signer = _signer(merchant_id)
        return [
            {
                **to_stored_picture(picture).view(),
                "name": _("New picture %(number)s", number=number),
                "token": signer.dumps([picture.key, picture.width, picture.height, picture.colour]),
                "remove": f"fresh-{number}-gone",
            }
            for number, picture in enumerate(self.pictures, start=1)
        ]


def receive_pictures(form: MultiDict[str, str], files: Sequence[FileStorage], merchant_id: UUID) -> UploadedPictures:
    """Store the pictures of a form even if the form is invalid, because browsers do not resubmit files."""
    tokens = [token for number, token in enumerate(form.getlist("fresh"), start=1) if not form.get(f"fresh-{number}-gone")]
    pictures, error = list(_restore_pictures(tokens[:MAX_PICTURES], merchant_id)), ""
    for file in files:
        if not file.filename:
            continue
        try:
            pictures.append(_store_picture(file, merchant_id))
        except uploads.UploadError as exc:
            error = error or exc.user_message()
        except ProductValidationError as exc:
            error = error or exc.errors["pictures"]
    return UploadedPictures(tuple({picture.key: picture for picture in pictures}.values()), error)


def _restore_pictures(tokens: Sequence[str], merchant_id: UUID) -> Iterator[PictureInput]:
    for token in tokens:
        with suppress(BadSignature):
            key, width, height, colour = _signer(merchant_id).loads(token)
            yield PictureInput(key=key, width=width, height=height, colour=colour)


def _signer(merchant_id: UUID) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SETTINGS"].secret_key, salt=f"new picture of {merchant_id}")


def apply_pictures(
    data: ProductInput, product: Product | None, form: Mapping[str, str], new_pictures: Sequence[PictureInput]
) -> ProductInput:
    """Return the input with its pictures: the kept ones as arranged, then the new ones.

    Raises:
        ProductValidationError: There are too many pictures.
    """
    retained_pictures = _retained_pictures(product, form) if product else []
    if len(retained_pictures) + len(new_pictures) > MAX_PICTURES:
        raise ProductValidationError({"pictures": _("At most %(most)s pictures. Remove one first.", most=MAX_PICTURES)})
    retained_keys = {picture.key for picture in retained_pictures}
    return replace(
        data, pictures=[*retained_pictures, *(picture for picture in new_pictures if picture.key not in retained_keys)]
    )


def _retained_pictures(product: Product, form: Mapping[str, str]) -> list[PictureInput]:
    skus = {str(variant.id): variant.sku for variant in product.variants}
    arranged: list[tuple[int, int, PictureInput]] = []
    for number, picture in enumerate(product.pictures):
        prefix = f"picture-{picture.id}"
        if form.get(f"{prefix}-gone"):
            continue
        alt_texts = clean_fields(form, *(f"{prefix}-alt-{code}" for code in LANGUAGES), max_length=200)
        position = form.get(f"{prefix}-place", "")
        entry = PictureInput(
            key=picture.key,
            colour=picture.colour,
            width=picture.width,
            height=picture.height,
            alt={code: text for code in LANGUAGES if (text := alt_texts[f"{prefix}-alt-{code}"])},
            sku=skus.get(form.get(f"{prefix}-variant", "")),
        )
        arranged.append((number + 1 if (chosen := parse_int(position, max_value=999)) is None else chosen, number, entry))
    return [entry for _position, _number, entry in sorted(arranged, key=lambda item: item[:2])]


def _store_picture(file: FileStorage, merchant_id: UUID) -> PictureInput:
    stored = uploads.store_picture(file.stream, filename=file.filename or "", key_prefix=str(merchant_id))
    if stored.width < MIN_PICTURE_WIDTH:
        raise ProductValidationError(
            {"pictures": _("A picture must be at least %(size)s pixels wide.", size=MIN_PICTURE_WIDTH)}
        )
    return PictureInput(key=stored.key, colour=stored.colour, width=stored.width, height=stored.height)


@contextmanager
def video_change(form: Mapping[str, str], file: FileStorage | None) -> Iterator[Callable[[Product], Product]]:
    """Yield a function that applies the form's video change to the saved product: set, remove or keep it.

    The upload is checked before anything is locked, and stored only after everything else was validated.

    Raises:
        ProductValidationError: The video is invalid.
    """
    with ExitStack() as stack:
        if file is not None and file.filename:
            try:
                processed = stack.enter_context(process_upload(file.stream))
            except uploads.UploadError as exc:
                raise ProductValidationError({"video": exc.user_message()}) from None
            yield lambda product: services.set_video(
                product_id=product.id,
                video=processed.store(key_prefix=services.video_key_prefix(merchant_id=product.merchant_id)),
            )
        elif form.get("video-gone"):
            yield lambda product: services.set_video(product_id=product.id, video=None)
        else:
            yield lambda product: product


def to_stored_picture(picture: Picture | PictureInput) -> uploads.Picture:
    """Return a picture as the media module describes it; its width determines which copies exist."""
    width = picture.width or uploads.WIDTHS[-1]
    return uploads.Picture(key=picture.key, width=width, height=picture.height, colour=picture.colour, widths=uploads.WIDTHS)


def thumbnail(key: str | None, colour: str = "", alt: str = "") -> Mapping[str, str] | None:
    """Return the small version of a card's picture; every picture has a copy of this width."""
    if not key:
        return None
    size = uploads.WIDTHS[0]
    return {"url": f"/media/{key}-{size}.webp", "colour": colour, "alt": alt}


def picture_tiles(product: Product | None) -> list[dict[str, Any]]:
    """Return the template data of the saved pictures, for form and gallery."""
    if product is None:
        return []
    return [
        {
            "id": picture.id,
            "variant": picture.variant_id or "",
            "alt_texts": picture.alt,
            **to_stored_picture(picture).view(alt=localize(picture.alt)),
        }
        for picture in product.pictures
    ]
