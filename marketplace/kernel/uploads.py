"""What people send us: pictures and papers, taken in so that nothing of them can harm.

Pictures are decoded and re-encoded to WebP in a confined process (`kernel.press`) and kept under a key made from their
content; they are public (`/media/…`). Papers (PDF, or a picture of one) are private: they are kept under `private/` and
handed out only by views that checked who asks.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, Any

from flask import Response, current_app
from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import MarketplaceError
from marketplace.kernel.ports import Storage, content_key

if TYPE_CHECKING:
    from PIL import Image

    from marketplace.kernel.press import Pressed

PICTURE_BYTES = 12 * 2**20
DOCUMENT_BYTES = 15 * 2**20
SECONDS = 20
WIDTHS = (320, 800, 1600)
PICTURE_ENDINGS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
PICTURE_ACCEPT = ".jpg,.jpeg,.png,.webp"
DOCUMENT_ACCEPT = ".pdf," + PICTURE_ACCEPT
# What a PDF must not do when a reviewer opens it.
ACTIVE_PDF = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b")
OWNER = re.compile(r"^[a-z0-9][a-z0-9-]*$")


class UploadRefused(MarketplaceError):
    """A file that we do not take; `sentence()` says why, for the field it came from."""

    status = 422


class NotOurKind(UploadRefused):
    """An ending that is not on the list; SVG among them, because it can carry scripts."""

    message = _l("Please choose a picture in JPEG, PNG or WebP format.")


class NotAPaper(UploadRefused):
    """Neither a PDF nor a picture."""

    message = _l("Please choose a PDF, or a picture in JPEG, PNG or WebP format.")


class TooLarge(UploadRefused):
    """More bytes than we take."""

    message = _l("This file is larger than %(limit)s MB. Please choose a smaller one.")


class Empty(UploadRefused):
    """A file without content."""

    message = _l("This file is empty.")


class TooManyPixels(UploadRefused):
    """A picture that would fill the memory."""

    message = _l("This picture has more than 40 million pixels. Please choose a smaller one.")


class Unreadable(UploadRefused):
    """The content is not what the ending promises, or it is damaged."""

    message = _l("We could not read this file: it is damaged, or not what its name says.")


class ActivePaper(UploadRefused):
    """A PDF with scripts, forms or attachments."""

    message = _l("This PDF contains scripts or attachments. Please print it to a plain PDF and choose that.")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture that is kept: a key, the size of its largest copy in pixels, its average colour, the widths there are."""

    key: str
    width: int
    height: int
    colour: str
    widths: tuple[int, ...]

    def url(self, width: int = 800) -> str:
        """The address of the smallest copy that is at least `width` wide (or the largest)."""
        fit = next((kept for kept in self.widths if kept >= width), self.widths[-1])
        return f"/media/{self.key}-{fit}.webp"

    def to_json(self) -> dict[str, Any]:
        """For a JSONB column."""
        return {
            "key": self.key,
            "width": self.width,
            "height": self.height,
            "colour": self.colour,
            "widths": list(self.widths),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Picture:
        """The inverse of `to_json`."""
        return cls(
            key=data["key"],
            width=data["width"],
            height=data["height"],
            colour=data["colour"],
            widths=tuple(data["widths"]),
        )

    def view(self, *, alt: str = "", width: int = 800) -> dict[str, Any]:
        """What the picture macros take: url, full, thumb, colour, alt."""
        return {
            "url": self.url(width),
            "full": self.url(self.widths[-1]),
            "thumb": self.url(self.widths[0]),
            "colour": self.colour,
            "alt": alt,
        }


@dataclass(frozen=True, kw_only=True)
class Document:
    """A private paper that is kept: a key, the name it came with, its size in bytes, `pdf` or `picture`."""

    key: str
    name: str
    size: int
    kind: str

    def to_json(self) -> dict[str, Any]:
        """For a JSONB column."""
        return {"key": self.key, "name": self.name, "size": self.size, "kind": self.kind}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Document:
        """The inverse of `to_json`."""
        return cls(key=data["key"], name=data["name"], size=data["size"], kind=data["kind"])


@dataclass(slots=True)
class PictureView:
    """What the picture macros take."""

    url: str
    thumb: str
    full: str
    tile: str
    srcset: str
    colour: str
    alt: str


def picture_view(key: str | None, *, colour: str = "", alt: str = "") -> PictureView | None:
    """What the picture macros take, from a key alone: every picture is kept in all of WIDTHS. None without a key."""
    if not key:
        return None
    small, middle, large = (f"/media/{key}-{width}.webp" for width in WIDTHS)
    srcset = f"{small} {WIDTHS[0]}w, {middle} {WIDTHS[1]}w"
    return PictureView(url=middle, thumb=small, full=large, tile=small, srcset=srcset, colour=colour, alt=alt)


def store_picture(stream: IO[bytes], *, filename: str, owner: str, widths: Sequence[int] = WIDTHS) -> Picture:
    """Take in a picture from outside. `owner` is the first part of its key (a merchant's id, `market` …).

    Raises UploadRefused: NotOurKind, TooLarge, Empty, TooManyPixels, Unreadable.
    """
    ending = PurePath(filename).suffix.lower()
    if ending not in PICTURE_ENDINGS:
        raise NotOurKind
    said, pressed = press_outside(_read(stream, PICTURE_BYTES), widths)
    if said["format"] != PICTURE_ENDINGS[ending]:
        raise Unreadable
    return _keep(pressed, owner)


def store_drawing(image: Image.Image, *, owner: str, widths: Sequence[int] = WIDTHS, effort: int = 2) -> Picture:
    """Keep a picture that the market itself drew, without a process of its own."""
    from marketplace.kernel.press import render  # brings Pillow, which pages never need

    return _keep(render(image, widths, effort=effort), owner)


def store_pressed(pressed: Pressed, *, owner: str) -> Picture:
    """Keep a picture of our own that another process has drawn and pressed (`kernel.press.render`)."""
    return _keep(pressed, owner)


def store_document(stream: IO[bytes], *, filename: str, owner: str) -> Document:
    """Take in a private paper: a PDF without active parts, or a picture (kept re-encoded).

    Raises UploadRefused: NotAPaper, TooLarge, Empty, TooManyPixels, Unreadable, ActivePaper.
    """
    ending = PurePath(filename).suffix.lower()
    data = _read(stream, DOCUMENT_BYTES)
    if ending == ".pdf":
        kind, kept = "pdf", _plain_pdf(data)
    elif ending in PICTURE_ENDINGS:
        said, pressed = press_outside(data, (2000,))
        if said["format"] != PICTURE_ENDINGS[ending]:
            raise Unreadable
        kind, kept, ending = "picture", pressed.sizes[max(pressed.sizes)], ".webp"
    else:
        raise NotAPaper
    key = content_key(f"private/{checked_owner(owner)}", kept, ending)
    _storage().put(key, kept)
    return Document(key=key, name=PurePath(filename).name[-120:], size=len(kept), kind=kind)


def send_document(document: Document) -> Response:
    """Hand a private paper to somebody whom the view has checked; it can run nothing in our name."""
    data = _storage().get(document.key)
    if data is None:
        return Response(status=404)
    answer = Response(data, mimetype="application/pdf" if document.kind == "pdf" else "image/webp")
    shown = "attachment" if document.kind == "pdf" else "inline"
    name = PurePath(document.name).stem + (".pdf" if document.kind == "pdf" else ".webp")
    answer.headers.set("Content-Disposition", shown, filename=name)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _keep(pressed: Pressed, owner: str) -> Picture:
    largest = pressed.sizes[max(pressed.sizes)]
    return keep_as(content_key(checked_owner(owner), largest, ""), pressed)


def keep_as(key: str, pressed: Pressed) -> Picture:
    """Keep a pressed picture under a key that is not made from its own content."""
    for width, data in pressed.sizes.items():
        _storage().put(f"{key}-{width}.webp", data)
    return Picture(
        key=key, width=pressed.width, height=pressed.height, colour=pressed.colour, widths=tuple(sorted(pressed.sizes))
    )


def press_outside(data: bytes, widths: Sequence[int]) -> tuple[dict[str, Any], Pressed]:
    """Let the confined process do the dangerous part. It gets no environment and no address of ours."""
    from marketplace.kernel import press

    command = [sys.executable, "-I", str(Path(press.__file__)), ",".join(map(str, widths))]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, env={}, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Unreadable from None
    head, _, body = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        raise Unreadable
    said = json.loads(head)
    if "trouble" in said:
        raise TooManyPixels if said["trouble"] == "pixels" else Unreadable
    sizes, start = {}, 0
    for width, length in said["sizes"].items():
        sizes[int(width)] = body[start : start + length]
        start += length
    return said, press.Pressed(width=said["width"], height=said["height"], colour=said["colour"], sizes=sizes)


def _read(stream: IO[bytes], limit: int) -> bytes:
    """The whole stream, counted while it is read: what the sender claims about its length means nothing."""
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise TooLarge(limit=limit // 2**20)
    if not data:
        raise Empty
    return data


def _plain_pdf(data: bytes) -> bytes:
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        raise Unreadable
    if ACTIVE_PDF.search(data):
        raise ActivePaper
    return data


def checked_owner(owner: str) -> str:
    """The first part of a public key. Raises ValueError for what is none."""
    if not OWNER.match(owner) or owner == "private":
        raise ValueError(owner)
    return owner


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage
