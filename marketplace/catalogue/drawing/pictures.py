"""The door of the drawing program."""

from PIL import Image

from .cloths import BINDINGS, PRINTS
from .marks import logo, strips
from .model import Cloth, Kind, Picture
from .studio import VIEWS, cloth_picture
from .trims import TRIMS, trim_picture
from .wardrobe import SHAPES, garment_picture
from .yarns import ROWS, SEQUENCES

BANNER_RATIO = 4


def draw(picture: Picture, size: int = 640) -> Image.Image:
    """The picture, ``size`` pixels wide; square, but for banners, which are four times as wide as high.

    The same picture and size give the same pixels. Raises ``ValueError`` for words not in :func:`vocabulary`.
    """
    check(picture)
    if picture.kind == Kind.CLOTH:
        return cloth_picture(picture, size)
    if picture.kind == Kind.GARMENT:
        return garment_picture(picture, size)
    if picture.kind == Kind.TRIM:
        return trim_picture(picture, size)
    if picture.kind == Kind.LOGO:
        return logo(picture, size)
    return strips(picture, size, size // BANNER_RATIO if picture.kind == Kind.BANNER else size)


def average_colour(image: Image.Image) -> str:
    """The colour to show while the picture loads, as ``#rrggbb``."""
    pixel = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return "#" + "".join(f"{int(channel):02x}" for channel in pixel)


def vocabulary() -> dict[str, tuple[str, ...]]:
    """Every word a picture may use: bindings, patterns, views, garments, trims."""
    return {
        "bindings": tuple(BINDINGS),
        "patterns": ("", "melange", "nep", *SEQUENCES, *ROWS, *PRINTS),
        "views": tuple(VIEWS),
        "garments": tuple(SHAPES),
        "trims": tuple(TRIMS),
    }


def check(picture: Picture) -> None:
    """Raises ``ValueError`` for a picture that uses words the drawing program does not know."""
    words = vocabulary()
    for cloth in (picture.cloth, *picture.others):
        _known(cloth.binding, words["bindings"], "binding")
        _known(cloth.pattern, words["patterns"], "pattern")
        _check_dyes(cloth)
    if picture.kind == Kind.CLOTH:
        _known(picture.view, words["views"], "view")
    if picture.kind in (Kind.GARMENT, Kind.TRIM):
        _known(picture.shape, words["garments" if picture.kind == Kind.GARMENT else "trims"], "shape")


def _check_dyes(cloth: Cloth) -> None:
    if not cloth.dyes:
        raise ValueError("a cloth needs at least one dye")
    for dye in cloth.dyes:
        if len(dye) != 7 or dye[0] != "#" or any(digit not in "0123456789abcdef" for digit in dye[1:]):
            raise ValueError(f"not a colour: {dye!r}")


def _known(word: str, words: tuple[str, ...], what: str) -> None:
    if word not in words:
        raise ValueError(f"no such {what}: {word!r}")
