"""The pictures of the marketplace itself: logos and banners of merchants, tiles of categories."""

from random import Random

from demo.categories import leaf_categories
from demo.drawing import Cloth, Picture, PictureKind
from demo.merchants import Merchant
from demo.patterns import DESIGNS, make_colourways
from demo.product_lines import PRODUCT_LINES, ProductLine
from demo.product_shots import contrast_cloths, extra_trim_cloths


def logo_picture(merchant: Merchant) -> Picture:
    """Return the merchant's logo."""
    ground, figure, number = merchant.logo
    return Picture(PictureKind.LOGO, Cloth(dyes=(ground, figure)), seed=number)


def banner_picture(merchant: Merchant) -> Picture:
    """Return the banner of the merchant's shop: five of its cloths side by side."""
    rng = Random(f"banner:{merchant.slug}")  # noqa: S311 - a demo, not a secret
    cloths = [
        _random_cloth(product_line, rng, number)
        for number, product_line in enumerate(_select_lines(merchant.categories, rng, 5))
    ]
    return Picture(PictureKind.BANNER, cloths[0], other_cloths=tuple(cloths[1:]), seed=rng.randrange(4))


def category_tile(slug: str) -> Picture:
    """Return the tile of a category: a product, or a cloth, or three cloths for a category with subcategories."""
    rng = Random(f"shelf:{slug}")  # noqa: S311
    lines = _select_lines((slug,), rng, 3)
    cloths = [_random_cloth(product_line, rng, number) for number, product_line in enumerate(lines)]
    if len(leaf_categories(slug)) > 1 and lines[0].category_group == "cloth":
        return Picture(PictureKind.TILE, cloths[0], other_cloths=tuple(cloths[1:]), seed=rng.randrange(4))
    if lines[0].category_group == "cloth":
        return Picture(PictureKind.CLOTH, cloths[0], rng.choice(("swirl", "wave", "roll", "drape")), seed=rng.randrange(4))
    if lines[0].category_group == "made":
        return Picture(
            PictureKind.GARMENT, cloths[0], "", lines[0].shape, contrast_cloths(lines[0], cloths[0]), rng.randrange(4)
        )
    five = tuple(_random_cloth(lines[0], rng, 0) for _ in range(5))
    return Picture(
        PictureKind.TRIM, five[0], "", lines[0].shape, (*five[1:], *extra_trim_cloths(lines[0], five)), rng.randrange(4)
    )


def _select_lines(slugs: tuple[str, ...], rng: Random, count: int) -> list[ProductLine]:
    """Return product lines of these categories, as many as requested, repeated when there are fewer."""
    leaf_slugs = {leaf.slug for slug in slugs for leaf in leaf_categories(slug)}
    matching = [product_line for product_line in PRODUCT_LINES if product_line.category in leaf_slugs]
    rng.shuffle(matching)
    return [matching[index % len(matching)] for index in range(count)]


def _random_cloth(product_line: ProductLine, rng: Random, number: int) -> Cloth:
    design = DESIGNS[rng.choice(product_line.designs)]
    colourway = make_colourways(design, product_line.dyes, rng, 1)[0]
    return Cloth(product_line.binding, design.drawing_pattern, colourway.dyes, 1.0, number)
