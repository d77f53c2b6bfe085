"""Re-encodes one picture in a process of its own, which may use little memory and time and may write no file.

`kernel.uploads` starts this file as a script and sends the untrusted bytes in; what comes out holds nothing of the original
but its pixels. Pictures that the market drew itself come in by `render`.
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
MOST_PIXELS = 40_000_000
MEMORY = 1024 * 2**20
CPU_SECONDS = 12
QUALITY = 82


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """A picture in several widths, all WebP, with the size of the largest and the average colour."""

    width: int
    height: int
    colour: str
    sizes: dict[int, bytes]


class TooManyPixels(ValueError):
    """The picture would need more memory than it is worth."""


def render(image: Image.Image, widths: Iterable[int], *, effort: int = 4) -> Pressed:
    """The picture for each of `widths`; a width beyond its own gets it as it is, so that every name asked for exists.

    `effort` is WebP's own, 0 quick to 6 small.
    """
    image = _plain(image)
    made: dict[int, bytes] = {}
    sizes: dict[int, bytes] = {}
    for named in sorted(set(widths)):
        width = min(named, image.width)
        if width not in made:
            height = max(1, round(image.height * width / image.width))
            whole = width == image.width
            smaller = image if whole else image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
            buffer = io.BytesIO()
            smaller.save(buffer, "WEBP", quality=QUALITY, method=effort)
            made[width] = buffer.getvalue()
        sizes[named] = made[width]
    largest = max(made)
    height = max(1, round(image.height * largest / image.width))
    return Pressed(width=largest, height=height, colour=average(image), sizes=sizes)


def average(image: Image.Image) -> str:
    """The colour that stands for the picture while it loads, as #rrggbb; transparent parts count as white."""
    if image.mode == "RGBA":
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    red, green, blue = (round(band.resize((1, 1), Image.Resampling.BOX).tobytes()[0]) for band in image.convert("RGB").split())
    return f"#{red:02x}{green:02x}{blue:02x}"


def _plain(image: Image.Image) -> Image.Image:
    """Upright, in RGB or RGBA, without profile and notes."""
    turned = ImageOps.exif_transpose(image)
    clear = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
    return turned.convert("RGBA" if clear else "RGB")


def _open(data: bytes, widths: Sequence[int]) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    if image.width * image.height > MOST_PIXELS or min(image.size) < 1:
        raise TooManyPixels
    if image.format == "JPEG":
        image.draft("RGB", (max(widths) * 2, max(widths) * 2))
    image.load()
    return image


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def main() -> None:
    """Read the picture from standard input; answer a line of JSON and then the encoded sizes, or a line with the trouble."""
    Image.init()
    _confine()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    widths = [int(word) for word in sys.argv[1].split(",")]
    out = sys.stdout.buffer
    try:
        image = _open(sys.stdin.buffer.read(), widths)
        form = image.format
        pressed = render(image, widths)
    except (TooManyPixels, Image.DecompressionBombWarning, Image.DecompressionBombError):
        out.write(b'{"trouble": "pixels"}\n')
        return
    except (OSError, ValueError, SyntaxError, MemoryError, Warning, ArithmeticError, EOFError, TypeError, KeyError, IndexError):
        out.write(b'{"trouble": "unreadable"}\n')
        return
    lengths = {str(width): len(data) for width, data in pressed.sizes.items()}
    said = {"format": form, "width": pressed.width, "height": pressed.height, "colour": pressed.colour, "sizes": lengths}
    out.write(json.dumps(said).encode() + b"\n")
    for data in pressed.sizes.values():
        out.write(data)


if __name__ == "__main__":
    main()
