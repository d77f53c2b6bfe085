"""The entry points of the picture generator."""

from PIL import Image

from demo.drawing.cloths import BINDINGS, PRINTS
from demo.drawing.garment_shapes import SHAPES, draw_garment
from demo.drawing.logos import draw_logo, draw_strips
from demo.drawing.model import Cloth, Picture, PictureKind
from demo.drawing.studio import VIEWS, draw_cloth
from demo.drawing.trims import TRIMS, draw_trim
from demo.drawing.yarns import ROWS, SEQUENCES

BANNER_RATIO = 4


def draw(picture: Picture, size: int = 640) -> Image.Image:
    """Return the picture, ``size`` pixels wide; square, except for banners, which are four times as wide as high.

    The same picture and size give the same pixels.

    Raises:
        ValueError: for names that are not in :func:`vocabulary`.
    """
    validate(picture)
    if picture.kind == PictureKind.CLOTH:
        return draw_cloth(picture, size)
    if picture.kind == PictureKind.GARMENT:
        return draw_garment(picture, size)
    if picture.kind == PictureKind.TRIM:
        return draw_trim(picture, size)
    if picture.kind == PictureKind.LOGO:
        return draw_logo(picture, size)
    return draw_strips(picture, size, size // BANNER_RATIO if picture.kind == PictureKind.BANNER else size)


def average_colour(image: Image.Image) -> str:
    """Return the placeholder colour while the picture loads, as ``#rrggbb``."""
    pixel = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return "#" + "".join(f"{int(channel):02x}" for channel in pixel)


def vocabulary() -> dict[str, tuple[str, ...]]:
    """Return all names that a picture may use: bindings, patterns, views, garments, trims."""
    return {
        "bindings": tuple(BINDINGS),
        "patterns": ("", "melange", "nep", *SEQUENCES, *ROWS, *PRINTS),
        "views": tuple(VIEWS),
        "garments": tuple(SHAPES),
        "trims": tuple(TRIMS),
    }


def validate(picture: Picture) -> None:
    """Raise ``ValueError`` for a picture with unknown names."""
    allowed = vocabulary()
    for cloth in (picture.cloth, *picture.other_cloths):
        _require_known(cloth.binding, allowed["bindings"], "binding")
        _require_known(cloth.pattern, allowed["patterns"], "pattern")
        _check_dyes(cloth)
    if picture.kind == PictureKind.CLOTH:
        _require_known(picture.view, allowed["views"], "view")
    if picture.kind in (PictureKind.GARMENT, PictureKind.TRIM):
        _require_known(picture.shape, allowed["garments" if picture.kind == PictureKind.GARMENT else "trims"], "shape")


def _check_dyes(cloth: Cloth) -> None:
    if not cloth.dyes:
        raise ValueError("a cloth needs at least one dye")
    for dye in cloth.dyes:
        if len(dye) != 7 or dye[0] != "#" or any(digit not in "0123456789abcdef" for digit in dye[1:]):
            raise ValueError(f"not a colour: {dye!r}")


def _require_known(value: str, allowed: tuple[str, ...], label: str) -> None:
    if value not in allowed:
        raise ValueError(f"no such {label}: {value!r}")
