"""Lines of goods: what a merchant of the trade would carry on each shelf, with true-to-life specifications."""

from dataclasses import dataclass

from .tables import rows
from .texts import Said


@dataclass(frozen=True, slots=True)
class Spec:
    """A construction: yarn count, density, grams per square metre, width in cm, and its price in yuan."""

    yarn: str
    density: str
    grams: int
    width: int
    yuan: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A kind of goods. ``sort``: ``cloth``, ``made`` (garments and home) or ``trim``; ``shape`` of what is not cloth."""

    sort: str
    category: str
    name: Said
    binding: str
    weave: str
    designs: tuple[str, ...]
    specs: tuple[Spec, ...]
    blends: tuple[str, ...]
    dyes: str
    finishes: tuple[str, ...] = ()
    seasons: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    stretch: str = "none"
    unit: str = "metre"
    shape: str = ""
    sizes: tuple[str, ...] = ()
    style: tuple[str, ...] = ()
    gender: str = ""
    fits: tuple[str, ...] = ()
    piece_grams: int = 0


_SEASONS = {"p": "spring", "s": "summer", "a": "autumn", "w": "winter"}


def _spec(words: str) -> Spec:
    yarn, density, grams, width, yuan = words.strip().rsplit("/", 4)
    return Spec(yarn.replace("x", "×"), density.replace("x", "×"), int(grams), int(width), float(yuan))


def _cloth(row: str) -> Line:
    category, zh, en, binding, weave, designs, specs, blends, dyes, finishes, seasons, uses, stretch, unit = row.split("|")
    return Line(
        sort="cloth", category=category, name=Said(zh, en), binding=binding, weave=weave, designs=tuple(designs.split()),
        specs=tuple(map(_spec, specs.split(";"))), blends=tuple(blends.split()), dyes=dyes, finishes=tuple(finishes.split()),
        seasons=tuple(_SEASONS[mark] for mark in seasons), uses=tuple(uses.split()), stretch=stretch, unit=unit,
    )  # fmt: skip


def _made(row: str) -> Line:
    category, zh, en, shape, binding, weave, designs, blends, dyes, *rest = row.split("|")
    grams, piece, yuan, sizes, style, gender, fits, seasons, unit = rest
    return Line(
        sort="made", category=category, name=Said(zh, en), shape=shape, binding=binding, weave=weave,
        designs=tuple(designs.split()), blends=tuple(blends.split()), dyes=dyes,
        specs=tuple(Spec("", "", int(grams), 0, float(price)) for price in yuan.split()),
        sizes=tuple(sizes.split()), style=tuple(style.split()), gender=gender, fits=tuple(fits.split()), unit=unit,
        seasons=tuple(_SEASONS[mark] for mark in seasons), piece_grams=int(piece),
    )  # fmt: skip


def _trim(row: str) -> Line:
    category, zh, en, shape, binding, blends, dyes, widths, length, pack, yuan, uses, unit, grams = row.split("|")
    sizes = map(int, widths.split())
    specs = tuple(Spec(length, pack, 0, size, float(yuan) * (0.7 + 0.02 * size)) for size in sizes)
    return Line(
        sort="trim", category=category, name=Said(zh, en), shape=shape, binding=binding, weave="",
        designs=("solid",), specs=specs, blends=tuple(blends.split()), dyes=dyes, uses=tuple(uses.split()),
        unit=unit, piece_grams=int(grams),
    )  # fmt: skip


LINES: tuple[Line, ...] = (
    *map(_cloth, rows("cloth")),
    *map(_made, rows("made")),
    *map(_trim, rows("trims")),
)
