"""The pictures of the market itself: merchants' marks and banners, and the tiles of its shelves."""

from random import Random

from marketplace.catalogue.drawing import Cloth, Kind, Picture

from .categories import leaves
from .designs import DESIGNS, colourways
from .lines import LINES, Line
from .looks import contrast, sixth
from .merchants import Merchant


def logo(merchant: Merchant) -> Picture:
    """The merchant's mark."""
    ground, figure, number = merchant.mark
    return Picture(Kind.LOGO, Cloth(dyes=(ground, figure)), seed=number)


def banner(merchant: Merchant) -> Picture:
    """The head of the merchant's shop: five of its cloths side by side."""
    dice = Random(f"banner:{merchant.slug}")  # noqa: S311 - a demo, not a secret
    cloths = [_cloth(line, dice, number) for number, line in enumerate(_lines(merchant.categories, dice, 5))]
    return Picture(Kind.BANNER, cloths[0], others=tuple(cloths[1:]), seed=dice.randrange(4))


def shelf(slug: str) -> Picture:
    """The tile of a category: what made things look like, or a cloth, or three of them for a shelf of shelves."""
    dice = Random(f"shelf:{slug}")  # noqa: S311
    lines = _lines((slug,), dice, 3)
    cloths = [_cloth(line, dice, number) for number, line in enumerate(lines)]
    if len(leaves(slug)) > 1 and lines[0].sort == "cloth":
        return Picture(Kind.TILE, cloths[0], others=tuple(cloths[1:]), seed=dice.randrange(4))
    if lines[0].sort == "cloth":
        return Picture(Kind.CLOTH, cloths[0], dice.choice(("swirl", "wave", "roll", "drape")), seed=dice.randrange(4))
    if lines[0].sort == "made":
        return Picture(Kind.GARMENT, cloths[0], "", lines[0].shape, contrast(lines[0], cloths[0]), dice.randrange(4))
    five = tuple(_cloth(lines[0], dice, 0) for _ in range(5))
    return Picture(Kind.TRIM, five[0], "", lines[0].shape, (*five[1:], *sixth(lines[0], five)), dice.randrange(4))


def _lines(slugs: tuple[str, ...], dice: Random, count: int) -> list[Line]:
    """Lines of these shelves, as many as asked for, in turn when there are fewer."""
    below = {leaf.slug for slug in slugs for leaf in leaves(slug)}
    found = [line for line in LINES if line.category in below]
    dice.shuffle(found)
    return [found[at % len(found)] for at in range(count)]


def _cloth(line: Line, dice: Random, number: int) -> Cloth:
    design = DESIGNS[dice.choice(line.designs)]
    way = colourways(design, line.dyes, dice, 1)[0]
    return Cloth(line.binding, design.drawing, way.dyes, 1.0, number)
