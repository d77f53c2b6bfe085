"""Product lines: what merchants sell in each category, with realistic specifications."""

from dataclasses import dataclass

from demo.localized_string import LocalizedString
from demo.tables import read_rows


@dataclass(frozen=True, slots=True)
class Spec:
    """A construction: yarn count, density, grams per square metre, width in cm, and price in yuan."""

    yarn: str
    density: str
    grams: int
    width: int
    yuan: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductLine:
    """A product line.

    ``category_group``: ``cloth``, ``made`` (garments, home) or ``trim``; ``shape`` is set unless it is cloth.
    """

    category_group: str
    category: str
    name: LocalizedString
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


def _parse_spec(text: str) -> Spec:
    yarn, density, grams, width, yuan = text.strip().rsplit("/", 4)
    return Spec(yarn.replace("x", "×"), density.replace("x", "×"), int(grams), int(width), float(yuan))


def _parse_cloth_line(row: str) -> ProductLine:
    category, zh, en, binding, weave, designs, specs, blends, dyes, finishes, seasons, uses, stretch, unit = row.split("|")
    return ProductLine(
        category_group="cloth", category=category, name=LocalizedString(zh, en), binding=binding, weave=weave,
        designs=tuple(designs.split()), specs=tuple(map(_parse_spec, specs.split(";"))), blends=tuple(blends.split()), dyes=dyes,
        finishes=tuple(finishes.split()),
        seasons=tuple(_SEASONS[season_code] for season_code in seasons), uses=tuple(uses.split()), stretch=stretch, unit=unit,
    )  # fmt: skip


def _parse_made_line(row: str) -> ProductLine:
    category, zh, en, shape, binding, weave, designs, blends, dyes, *remaining = row.split("|")
    grams, piece, yuan, sizes, style, gender, fits, seasons, unit = remaining
    return ProductLine(
        category_group="made", category=category, name=LocalizedString(zh, en), shape=shape, binding=binding, weave=weave,
        designs=tuple(designs.split()), blends=tuple(blends.split()), dyes=dyes,
        specs=tuple(Spec("", "", int(grams), 0, float(price)) for price in yuan.split()),
        sizes=tuple(sizes.split()), style=tuple(style.split()), gender=gender, fits=tuple(fits.split()), unit=unit,
        seasons=tuple(_SEASONS[season_code] for season_code in seasons), piece_grams=int(piece),
    )  # fmt: skip


def _parse_trim_line(row: str) -> ProductLine:
    category, zh, en, shape, binding, blends, dyes, widths, length, pack, yuan, uses, unit, grams = row.split("|")
    sizes = map(int, widths.split())
    specs = tuple(Spec(length, pack, 0, size, float(yuan) * (0.7 + 0.02 * size)) for size in sizes)
    return ProductLine(
        category_group="trim", category=category, name=LocalizedString(zh, en), shape=shape, binding=binding, weave="",
        designs=("solid",), specs=specs, blends=tuple(blends.split()), dyes=dyes, uses=tuple(uses.split()),
        unit=unit, piece_grams=int(grams),
    )  # fmt: skip


PRODUCT_LINES: tuple[ProductLine, ...] = (
    *map(_parse_cloth_line, read_rows("cloth")),
    *map(_parse_made_line, read_rows("made")),
    *map(_parse_trim_line, read_rows("trims")),
)
