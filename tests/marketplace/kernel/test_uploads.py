"""Pictures and papers from outside (safety §8)."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from marketplace.kernel import uploads
from marketplace.surfaces import media

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def picture(form: str = "PNG", size: tuple[int, int] = (1000, 500), colour: str = "#d0603f") -> io.BytesIO:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, form)
    buffer.seek(0)
    return buffer


def bomb(side: int) -> io.BytesIO:
    """A small PNG that says it is enormous."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    )
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunks)


def test_a_picture_is_kept_re_encoded_in_every_width(ctx: Flask, client: FlaskClient) -> None:
    kept = uploads.store_picture(picture(), filename="cloth.png", owner="acme", widths=(320, 800, 1600))
    assert (kept.width, kept.height, kept.colour, kept.widths) == (1000, 500, "#d0603f", (320, 800, 1600))
    assert uploads.Picture.from_json(kept.to_json()) == kept
    for width in kept.widths:
        answer = client.get(kept.url(width))
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        assert Image.open(io.BytesIO(answer.data)).size == (min(width, 1000), min(width, 1000) // 2)
    assert "immutable" in answer.headers["Cache-Control"]
    assert kept.url(5000).endswith("-1600.webp")


def test_nothing_of_the_original_but_pixels_stays(ctx: Flask) -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif[0x0112] = 6
    Image.new("RGB", (60, 40), "white").save(buffer, "JPEG", exif=exif)
    kept = uploads.store_picture(io.BytesIO(buffer.getvalue() + b"<script>x</script>"), filename="a.jpg", owner="acme")
    data = ctx.extensions["storage"].get(f"{kept.key}-320.webp")
    assert (kept.width, kept.height) == (40, 60)
    assert b"taken at home" not in data
    assert b"script" not in data


@pytest.mark.parametrize(
    ("stream", "filename", "refusal"),
    [
        (picture(), "cloth.svg", uploads.NotOurKind),
        (picture(), "cloth.jpg", uploads.Unreadable),
        (io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "cloth.png", uploads.Unreadable),
        (io.BytesIO(b""), "cloth.png", uploads.Empty),
        (picture(size=(7000, 6000)), "cloth.png", uploads.TooManyPixels),
        (bomb(60_000), "cloth.png", uploads.TooManyPixels),
        (bomb(6_000), "cloth.png", uploads.Unreadable),
        (io.BytesIO(picture().getvalue()[:60]), "cloth.png", uploads.Unreadable),
        (io.BytesIO(b"x" * (uploads.PICTURE_BYTES + 1)), "cloth.png", uploads.TooLarge),
    ],
)
def test_what_is_no_honest_picture_is_refused(
    ctx: Flask, stream: io.BytesIO, filename: str, refusal: type[uploads.UploadRefused]
) -> None:
    with pytest.raises(refusal) as refused:
        uploads.store_picture(stream, filename=filename, owner="acme")
    assert refused.value.sentence()


def test_papers_are_private(ctx: Flask) -> None:
    paper = uploads.store_document(io.BytesIO(PDF), filename="营业执照.pdf", owner="acme")
    assert (paper.kind, paper.size) == ("pdf", len(PDF))
    assert not media.KEY.match(paper.key)
    answer = uploads.send_document(uploads.Document.from_json(paper.to_json()))
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.get_data() == PDF


def test_a_paper_may_be_a_picture_but_not_a_program(ctx: Flask) -> None:
    scanned = uploads.store_document(picture("JPEG"), filename="licence.JPG", owner="acme")
    assert (scanned.kind, scanned.key[-5:]) == ("picture", ".webp")
    for data, refusal in (
        (PDF.replace(b"/Catalog", b"/Catalog/JavaScript 3 0 R"), uploads.ActivePaper),
        (b"MZ" + PDF, uploads.Unreadable),
    ):
        with pytest.raises(refusal):
            uploads.store_document(io.BytesIO(data), filename="licence.pdf", owner="acme")
    with pytest.raises(uploads.NotAPaper):
        uploads.store_document(io.BytesIO(PDF), filename="licence.exe", owner="acme")


def test_no_key_leaves_the_folder() -> None:
    word = "0" * 32
    assert media.KEY.match(f"acme/00/{word}-320.webp")
    for key in ("../../etc/passwd", f"private/00/{word}-320.webp", f"acme/../private/00/{word}-320.webp", "acme/00/0-320.webp"):
        assert not media.KEY.match(key)


def test_the_market_keeps_its_own_drawings(ctx: Flask) -> None:
    kept = uploads.store_drawing(Image.new("RGBA", (400, 400), (0, 0, 0, 0)), owner="market", widths=(200,))
    assert (kept.colour, kept.widths) == ("#ffffff", (200,))
