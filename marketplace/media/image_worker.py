"""Re-encoding of one picture, in a subprocess with limited memory and time that cannot write files.

`media.uploads` runs this file as a script with the untrusted file on standard input; the result contains nothing of the
original but its pixels. Pictures that the application generates itself use `encode_renditions` directly.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 40_000_000
MEMORY = 1024 * 2**20
CPU_SECONDS = 12
QUALITY = 82


@dataclass(frozen=True, kw_only=True)
class EncodedImage:
    """A picture as WebP in several widths, with the size of the largest and the average colour."""

    width: int
    height: int
    colour: str
    sizes: dict[int, bytes]


class TooManyPixels(ValueError):
    """A picture with more than MAX_PIXELS pixels."""


def encode_renditions(image: Image.Image, widths: Iterable[int], *, effort: int = 4) -> EncodedImage:
    """Encode the picture in each of `widths`; widths beyond its own get it unscaled, so that every rendition exists.

    `effort` is the WebP method, from 0 (fast) to 6 (small files).
    """
    image = _normalize(image)
    encoded_by_width: dict[int, bytes] = {}
    renditions: dict[int, bytes] = {}
    for requested_width in sorted(set(widths)):
        width = min(requested_width, image.width)
        if width not in encoded_by_width:
            height = max(1, round(image.height * width / image.width))
            is_full_width = width == image.width
            resized = image if is_full_width else image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
            buffer = io.BytesIO()
            resized.save(buffer, "WEBP", quality=QUALITY, method=effort)
            encoded_by_width[width] = buffer.getvalue()
        renditions[requested_width] = encoded_by_width[width]
    largest = max(encoded_by_width)
    height = max(1, round(image.height * largest / image.width))
    return EncodedImage(width=largest, height=height, colour=average_color(image), sizes=renditions)


def average_color(image: Image.Image) -> str:
    """Return the average colour as #rrggbb, shown while the picture loads; transparent parts count as white."""
    if image.mode == "RGBA":
        background = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(background, image)
    red, green, blue = (round(band.resize((1, 1), Image.Resampling.BOX).tobytes()[0]) for band in image.convert("RGB").split())
    return f"#{red:02x}{green:02x}{blue:02x}"


def _normalize(image: Image.Image) -> Image.Image:
    """Return the picture in upright orientation, in RGB or RGBA, without colour profile and metadata."""
    upright = ImageOps.exif_transpose(image)
    has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    return upright.convert("RGBA" if has_alpha else "RGB")


def _decode(data: bytes, widths: Sequence[int]) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    if image.width * image.height > MAX_PIXELS or min(image.size) < 1:
        raise TooManyPixels
    if image.format == "JPEG":
        image.draft("RGB", (max(widths) * 2, max(widths) * 2))
    image.load()
    return image


def _apply_rlimits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def main() -> None:
    """Read a picture from standard input; write a JSON header and the renditions, or a JSON line with the error."""
    Image.init()
    _apply_rlimits()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    widths = [int(width_text) for width_text in sys.argv[1].split(",")]
    out = sys.stdout.buffer
    try:
        image = _decode(sys.stdin.buffer.read(), widths)
        image_format = image.format
        encoded = encode_renditions(image, widths)
    except (TooManyPixels, Image.DecompressionBombWarning, Image.DecompressionBombError):
        out.write(b'{"error": "too_many_pixels"}\n')
        return
    except (OSError, ValueError, SyntaxError, MemoryError, Warning, ArithmeticError, EOFError, TypeError, KeyError, IndexError):
        out.write(b'{"error": "corrupt"}\n')
        return
    lengths = {str(width): len(data) for width, data in encoded.sizes.items()}
    header = {
        "format": image_format,
        "width": encoded.width,
        "height": encoded.height,
        "colour": encoded.colour,
        "sizes": lengths,
    }
    out.write(json.dumps(header).encode() + b"\n")
    for data in encoded.sizes.values():
        out.write(data)


if __name__ == "__main__":
    main()
