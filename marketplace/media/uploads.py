"""Uploads of pictures and documents.

Pictures are decoded and re-encoded to WebP in a sandboxed process (`media.image_worker`), and stored under a key made from
their content; they are public (`/media/…`). Documents (PDF, or a picture) are private: they are stored under `private/`,
and sent only by views that check permissions.
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

    from marketplace.media.image_worker import EncodedImage

MAX_PICTURE_BYTES = 12 * 2**20
MAX_DOCUMENT_BYTES = 15 * 2**20
WORKER_TIMEOUT_S = 20
WIDTHS = (320, 800, 1600)
PICTURE_EXTENSIONS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
PICTURE_ACCEPT = ".jpg,.jpeg,.png,.webp"
DOCUMENT_ACCEPT = ".pdf," + PICTURE_ACCEPT
# Active content, which must not run when a reviewer opens the PDF.
ACTIVE_PDF = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b")
KEY_PREFIX = re.compile(r"^[a-z0-9][a-z0-9-]*$")


class UploadError(MarketplaceError):
    """A rejected file; the message is shown at the form field."""

    code = "upload_error"
    status = 422


class UnsupportedImageType(UploadError):
    """A file extension that is not allowed, such as SVG, which can contain scripts."""

    code = "unsupported_image_type"
    message = _l("Please choose a picture in JPEG, PNG or WebP format.")


class UnsupportedDocumentType(UploadError):
    """A file that is neither a PDF nor a picture."""

    code = "unsupported_document_type"
    message = _l("Please choose a PDF, or a picture in JPEG, PNG or WebP format.")


class FileTooLarge(UploadError):
    """A file above the size limit."""

    code = "file_too_large"
    message = _l("This file is larger than %(limit)s MB. Please choose a smaller one.")


class EmptyFile(UploadError):
    """A file without content."""

    code = "empty_file"
    message = _l("This file is empty.")


class TooManyPixels(UploadError):
    """A picture with too many pixels for the available memory."""

    code = "too_many_pixels"
    message = _l("This picture has more than 40 million pixels. Please choose a smaller one.")


class CorruptFile(UploadError):
    """A damaged file, or content that does not match the extension."""

    code = "corrupt_file"
    message = _l("We could not read this file: it is damaged, or not what its name says.")


class ActiveContentRejected(UploadError):
    """A PDF with scripts, forms or attachments."""

    code = "active_content_rejected"
    message = _l("This PDF contains scripts or attachments. Please print it to a plain PDF and choose that.")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A stored picture: key, size of the largest rendition in pixels, average colour, and available widths."""

    key: str
    width: int
    height: int
    colour: str
    widths: tuple[int, ...]

    def url(self, width: int = 800) -> str:
        """Return the URL of the smallest rendition at least `width` wide, or of the largest."""
        best_width = next((available for available in self.widths if available >= width), self.widths[-1])
        return f"/media/{self.key}-{best_width}.webp"

    def to_json(self) -> dict[str, Any]:
        """Return the value of a JSONB column."""
        return {
            "key": self.key,
            "width": self.width,
            "height": self.height,
            "colour": self.colour,
            "widths": list(self.widths),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Picture:
        """Return the object of a `to_json` result."""
        return cls(
            key=data["key"],
            width=data["width"],
            height=data["height"],
            colour=data["colour"],
            widths=tuple(data["widths"]),
        )

    def view(self, *, alt: str = "", width: int = 800) -> dict[str, Any]:
        """Return the values for the picture macros: url, full, thumb, colour, alt."""
        return {
            "url": self.url(width),
            "full": self.url(self.widths[-1]),
            "thumb": self.url(self.widths[0]),
            "colour": self.colour,
            "alt": alt,
        }


@dataclass(frozen=True, kw_only=True)
class Document:
    """A stored private document: key, original name, size in bytes, and kind (`pdf` or `picture`)."""

    key: str
    name: str
    size: int
    kind: str

    def to_json(self) -> dict[str, Any]:
        """Return the value of a JSONB column."""
        return {"key": self.key, "name": self.name, "size": self.size, "kind": self.kind}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Document:
        """Return the object of a `to_json` result."""
        return cls(key=data["key"], name=data["name"], size=data["size"], kind=data["kind"])


@dataclass(slots=True)
class PictureView:
    """The values for the picture macros."""

    url: str
    thumb: str
    full: str
    tile: str
    srcset: str
    colour: str
    alt: str


def picture_view(key: str | None, *, colour: str = "", alt: str = "") -> PictureView | None:
    """Return the values for the picture macros from a key; None without one. All pictures have all of WIDTHS."""
    if not key:
        return None
    small, middle, large = (f"/media/{key}-{width}.webp" for width in WIDTHS)
    srcset = f"{small} {WIDTHS[0]}w, {middle} {WIDTHS[1]}w"
    return PictureView(url=middle, thumb=small, full=large, tile=small, srcset=srcset, colour=colour, alt=alt)


def store_picture(stream: IO[bytes], *, filename: str, key_prefix: str, widths: Sequence[int] = WIDTHS) -> Picture:
    """Validate, re-encode and store an uploaded picture.

    `key_prefix` is the first part of its key (a merchant's id, `market` …). Raises UploadError: UnsupportedImageType,
    FileTooLarge, EmptyFile, TooManyPixels, CorruptFile.
    """
    extension = PurePath(filename).suffix.lower()
    if extension not in PICTURE_EXTENSIONS:
        raise UnsupportedImageType
    header, encoded = run_image_worker(_read(stream, MAX_PICTURE_BYTES), widths)
    if header["format"] != PICTURE_EXTENSIONS[extension]:
        raise CorruptFile
    return _store_encoded(encoded, key_prefix)


def store_generated_image(image: Image.Image, *, key_prefix: str, widths: Sequence[int] = WIDTHS, effort: int = 2) -> Picture:
    """Encode and store a picture that the application generated, in this process."""
    from marketplace.media.image_worker import encode_renditions  # imports Pillow, which web processes do not need

    return _store_encoded(encode_renditions(image, widths, effort=effort), key_prefix)


def store_encoded_image(encoded: EncodedImage, *, key_prefix: str) -> Picture:
    """Store a generated picture that another process has encoded (`image_worker.encode_renditions`)."""
    return _store_encoded(encoded, key_prefix)


def store_document(stream: IO[bytes], *, filename: str, key_prefix: str) -> Document:
    """Validate and store a private document: a PDF without active content, or a picture (re-encoded).

    Raises UploadError: UnsupportedDocumentType, FileTooLarge, EmptyFile, TooManyPixels, CorruptFile, ActiveContentRejected.
    """
    extension = PurePath(filename).suffix.lower()
    data = _read(stream, MAX_DOCUMENT_BYTES)
    if extension == ".pdf":
        kind, content = "pdf", _checked_pdf(data)
    elif extension in PICTURE_EXTENSIONS:
        header, encoded = run_image_worker(data, (2000,))
        if header["format"] != PICTURE_EXTENSIONS[extension]:
            raise CorruptFile
        kind, content, extension = "picture", encoded.sizes[max(encoded.sizes)], ".webp"
    else:
        raise UnsupportedDocumentType
    key = content_key(f"private/{validate_key_prefix(key_prefix)}", content, extension)
    _storage().put(key, content)
    return Document(key=key, name=PurePath(filename).name[-120:], size=len(content), kind=kind)


def send_document(document: Document) -> Response:
    """Return the response with a private document, sandboxed; the caller has checked the permission."""
    data = _storage().get(document.key)
    if data is None:
        return Response(status=404)
    response = Response(data, mimetype="application/pdf" if document.kind == "pdf" else "image/webp")
    disposition = "attachment" if document.kind == "pdf" else "inline"
    name = PurePath(document.name).stem + (".pdf" if document.kind == "pdf" else ".webp")
    response.headers.set("Content-Disposition", disposition, filename=name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _store_encoded(encoded: EncodedImage, key_prefix: str) -> Picture:
    largest = encoded.sizes[max(encoded.sizes)]
    return store_at_key(content_key(validate_key_prefix(key_prefix), largest, ""), encoded)


def store_at_key(key: str, encoded: EncodedImage) -> Picture:
    """Store an encoded picture under a key that is not made from its content."""
    for width, data in encoded.sizes.items():
        _storage().put(f"{key}-{width}.webp", data)
    return Picture(
        key=key, width=encoded.width, height=encoded.height, colour=encoded.colour, widths=tuple(sorted(encoded.sizes))
    )


def run_image_worker(data: bytes, widths: Sequence[int]) -> tuple[dict[str, Any], EncodedImage]:
    """Decode and encode untrusted data in the sandboxed process, which gets no environment variables."""
    from marketplace.media import image_worker

    command = [sys.executable, "-I", str(Path(image_worker.__file__)), ",".join(map(str, widths))]
    try:
        completed = subprocess.run(command, input=data, capture_output=True, timeout=WORKER_TIMEOUT_S, env={}, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise CorruptFile from None
    header_line, _, body = completed.stdout.partition(b"\n")
    if completed.returncode != 0 or not header_line:
        raise CorruptFile
    header = json.loads(header_line)
    if "error" in header:
        raise TooManyPixels if header["error"] == "too_many_pixels" else CorruptFile
    renditions, offset = {}, 0
    for width, length in header["sizes"].items():
        renditions[int(width)] = body[offset : offset + length]
        offset += length
    return header, image_worker.EncodedImage(
        width=header["width"], height=header["height"], colour=header["colour"], sizes=renditions
    )


def _read(stream: IO[bytes], limit: int) -> bytes:
    """Return the content of the stream, read up to the limit, because the declared length cannot be trusted."""
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise FileTooLarge(limit=limit // 2**20)
    if not data:
        raise EmptyFile
    return data


def _checked_pdf(data: bytes) -> bytes:
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        raise CorruptFile
    if ACTIVE_PDF.search(data):
        raise ActiveContentRejected
    return data


def validate_key_prefix(key_prefix: str) -> str:
    """Return the first part of a public key. Raises ValueError if it is invalid."""
    if not KEY_PREFIX.match(key_prefix) or key_prefix == "private":
        raise ValueError(key_prefix)
    return key_prefix


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage
