"""The sample documents of merchant applications: one page as a minimal PDF, marked as a specimen."""

from __future__ import annotations

from collections.abc import Sequence

_BORDER = "2 w 60 60 475 722 re S 0.5 w 68 68 459 706 re S"


def make_licence_pdf(title: str, lines: Sequence[str]) -> bytes:
    """Return a page with a title, a frame and some lines of text; the viewer's own Chinese font is used."""
    commands = [_BORDER, _text_command(title, 28, 180, 690), _text_command("（演示样本，无法律效力）", 12, 220, 660)]
    commands += [_text_command(line, 13, 110, 600 - 34 * number) for number, line in enumerate(lines)]
    return _build_pdf("\n".join(commands).encode())


def _text_command(text: str, size: int, x: int, y: int) -> str:
    return f"BT /F1 {size} Tf {x} {y} Td <{text.encode('utf-16-be').hex()}> Tj ET"


def _build_pdf(page: bytes) -> bytes:
    """Return header, objects, cross-reference table and trailer (ISO 32000-1, 7.5)."""
    font = b"/Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [6 0 R]"
    system = b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< %s >>" % font,
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light %s /FontDescriptor 7 0 R /DW 1000 >>" % system,
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
        b" /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    )
    output, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(output))
        output += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(output))
    return output + table + trailer
