"""Uploaded pictures and documents: validation, re-encoding, storage and responses."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from marketplace.media import uploads
from marketplace.surfaces import media

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def image_file(image_format: str = "PNG", size: tuple[int, int] = (1000, 500), colour: str = "#d0603f") -> io.BytesIO:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, image_format)
    buffer.seek(0)
    return buffer


def decompression_bomb(side: int) -> io.BytesIO:
    """Return a small PNG whose header declares a huge size."""
    ihdr = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(data)) + chunk_type + data + struct.pack(">I", zlib.crc32(chunk_type + data))
        for chunk_type, data in ((b"IHDR", ihdr), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    )
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunks)


def test_store_picture_encodes_every_width(ctx: Flask, client: FlaskClient) -> None:
    stored = uploads.store_picture(image_file(), filename="cloth.png", key_prefix="acme", widths=(320, 800, 1600))
    assert (stored.width, stored.height, stored.colour, stored.widths) == (1000, 500, "#d0603f", (320, 800, 1600))
    assert uploads.Picture.from_json(stored.to_json()) == stored
    for width in stored.widths:
        response = client.get(stored.url(width))
        assert (response.status_code, response.mimetype) == (200, "image/webp")
        assert Image.open(io.BytesIO(response.data)).size == (min(width, 1000), min(width, 1000) // 2)
    assert "immutable" in response.headers["Cache-Control"]
    assert stored.url(5000).endswith("-1600.webp")


def test_store_picture_strips_metadata(ctx: Flask) -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif[0x0112] = 6
    Image.new("RGB", (60, 40), "white").save(buffer, "JPEG", exif=exif)
    stored = uploads.store_picture(io.BytesIO(buffer.getvalue() + b"<script>x</script>"), filename="a.jpg", key_prefix="acme")
    data = ctx.extensions["storage"].get(f"{stored.key}-320.webp")
    assert (stored.width, stored.height) == (40, 60)
    assert b"taken at home" not in data
    assert b"script" not in data


@pytest.mark.parametrize(
    ("stream", "filename", "error_class"),
    [
        (image_file(), "cloth.svg", uploads.UnsupportedImageType),
        (image_file(), "cloth.jpg", uploads.CorruptFile),
        (io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "cloth.png", uploads.CorruptFile),
        (io.BytesIO(b""), "cloth.png", uploads.EmptyFile),
        (image_file(size=(7000, 6000)), "cloth.png", uploads.TooManyPixels),
        (decompression_bomb(60_000), "cloth.png", uploads.TooManyPixels),
        (decompression_bomb(6_000), "cloth.png", uploads.CorruptFile),
        (io.BytesIO(image_file().getvalue()[:60]), "cloth.png", uploads.CorruptFile),
        (io.BytesIO(b"x" * (uploads.MAX_PICTURE_BYTES + 1)), "cloth.png", uploads.FileTooLarge),
    ],
)
def test_store_picture_invalid_file_raises(
    ctx: Flask, stream: io.BytesIO, filename: str, error_class: type[uploads.UploadError]
) -> None:
    with pytest.raises(error_class) as exc_info:
        uploads.store_picture(stream, filename=filename, key_prefix="acme")
    assert exc_info.value.user_message()


def test_stored_document_is_private(ctx: Flask) -> None:
    document = uploads.store_document(io.BytesIO(PDF), filename="营业执照.pdf", key_prefix="acme")
    assert (document.kind, document.size) == ("pdf", len(PDF))
    assert not media.MEDIA_KEY_PATTERN.match(document.key)
    response = uploads.send_document(uploads.Document.from_json(document.to_json()))
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.get_data() == PDF


def test_store_document_accepts_picture_rejects_active_content(ctx: Flask) -> None:
    scanned = uploads.store_document(image_file("JPEG"), filename="licence.JPG", key_prefix="acme")
    assert (scanned.kind, scanned.key[-5:]) == ("picture", ".webp")
    for data, error_class in (
        (PDF.replace(b"/Catalog", b"/Catalog/JavaScript 3 0 R"), uploads.ActiveContentRejected),
        (b"MZ" + PDF, uploads.CorruptFile),
    ):
        with pytest.raises(error_class):
            uploads.store_document(io.BytesIO(data), filename="licence.pdf", key_prefix="acme")
    with pytest.raises(uploads.UnsupportedDocumentType):
        uploads.store_document(io.BytesIO(PDF), filename="licence.exe", key_prefix="acme")


def test_media_key_pattern_rejects_traversal() -> None:
    digest = "0" * 32
    assert media.MEDIA_KEY_PATTERN.match(f"acme/00/{digest}-320.webp")
    for key in (
        "../../etc/passwd",
        f"private/00/{digest}-320.webp",
        f"acme/../private/00/{digest}-320.webp",
        "acme/00/0-320.webp",
    ):
        assert not media.MEDIA_KEY_PATTERN.match(key)


def test_store_generated_image_stores_rendition(ctx: Flask) -> None:
    stored = uploads.store_generated_image(Image.new("RGBA", (400, 400), (0, 0, 0, 0)), key_prefix="market", widths=(200,))
    assert (stored.colour, stored.widths) == ("#ffffff", (200,))
