"""The pictures of a product: the cloth in its colours, close up, rolled, stacked; the garment; the trims."""

from dataclasses import replace
from random import Random

from demo.drawing import Cloth, Picture, PictureKind, luminance
from demo.localized_string import LocalizedString
from demo.patterns import Colourway, Design
from demo.product import Shot
from demo.product_lines import ProductLine

_FLOWING = frozenset({"satin", "silk", "chiffon", "velvet", "jersey", "sateen", "gauze", "mesh", "tulle"})
_STIFF = frozenset({"canvas", "denim", "corduroy", "tweed", "fur", "sherpa", "fleece", "flannel", "cable"})
_HARDWARE = "#b9b4a8"

_VIEW_LABELS: dict[str, LocalizedString] = {
    "flat": LocalizedString("平铺", "laid flat"),
    "wave": LocalizedString("自然褶皱", "in soft folds"),
    "swirl": LocalizedString("旋拧看垂感", "gathered to show how it falls"),
    "drape": LocalizedString("垂挂", "hanging"),
    "near": LocalizedString("近看织纹", "close up"),
    "corner": LocalizedString("翻角看背面", "with the back turned up"),
    "roll": LocalizedString("布卷", "on the roll"),
    "pile": LocalizedString("各色叠放", "folded, in its colours"),
    "fan": LocalizedString("各色布样", "cuttings of its colours"),
    "bolts": LocalizedString("各色布卷", "bolts of its colours"),
}


def make_cloth(product_line: ProductLine, design: Design, colourway: Colourway, seed: int, grain: float) -> Cloth:
    """Return the cloth of a product in one colourway."""
    return Cloth(product_line.binding, design.drawing_pattern, colourway.dyes, grain, seed)


def make_shots(
    product_line: ProductLine, cloths: tuple[Cloth, ...], colourways: tuple[Colourway, ...], title: LocalizedString, rng: Random
) -> tuple[Shot, ...]:
    """Return two to four shots, the first as the cover."""
    compositions = {"cloth": _cloth_shots, "made": _garment_shots, "trim": _trim_shots}[product_line.category_group](
        product_line, cloths, colourways, rng
    )
    return tuple(
        Shot(str(number + 1), picture, LocalizedString(f"{title.zh}（{caption.zh}）", f"{title.en} ({caption.en})"), colour)
        for number, (picture, caption, colour) in enumerate(compositions)
    )


Compositions = list[tuple[Picture, LocalizedString, str]]


def _cloth_shots(
    product_line: ProductLine, cloths: tuple[Cloth, ...], colourways: tuple[Colourway, ...], rng: Random
) -> Compositions:
    lead_views: tuple[str, ...] = (
        ("swirl", "wave", "drape") if product_line.binding in _FLOWING else ("wave", "wave", "roll", "swirl", "flat")
    )
    if cloths[0].pattern and product_line.binding not in _STIFF:
        lead_views = ("wave", "flat", "drape", "roll", "swirl")
    views = [rng.choice(lead_views), rng.choice(("near", "near", "corner"))]
    if len(cloths) > 2:
        views.append(rng.choice(("fan", "pile", "bolts")))
    compositions: Compositions = []
    for view in views:
        other_cloths = cloths[1:5] if view in ("fan", "pile", "bolts") else ()
        colour = "" if other_cloths else colourways[0].code
        caption = (
            _VIEW_LABELS[view]
            if other_cloths
            else LocalizedString(
                f"{colourways[0].name.zh}，{_VIEW_LABELS[view].zh}", f"{colourways[0].name.en.lower()}, {_VIEW_LABELS[view].en}"
            )
        )
        compositions.append((Picture(PictureKind.CLOTH, cloths[0], view, "", other_cloths, rng.randrange(12)), caption, colour))
    return compositions


def _garment_shots(
    product_line: ProductLine, cloths: tuple[Cloth, ...], colourways: tuple[Colourway, ...], rng: Random
) -> Compositions:
    seed = rng.randrange(12)
    compositions: Compositions = []
    for cloth, colourway in list(zip(cloths, colourways, strict=True))[: 2 if len(cloths) > 2 else 1]:
        compositions.append(
            (
                Picture(PictureKind.GARMENT, cloth, "", product_line.shape, contrast_cloths(product_line, cloth), seed),
                colourway.name,
                colourway.code,
            )
        )
    closeup_caption = LocalizedString(
        f"{colourways[0].name.zh}，近看面料", f"{colourways[0].name.en.lower()}, the cloth close up"
    )
    compositions.append((Picture(PictureKind.CLOTH, cloths[0], "near", "", (), seed), closeup_caption, colourways[0].code))
    return compositions


def contrast_cloths(product_line: ProductLine, cloth: Cloth) -> tuple[Cloth, ...]:
    """Return the second cloth of products made of two: bed sheets, sock heels, jacket cuffs."""
    if product_line.shape == "bedding":
        return (Cloth(product_line.binding, "", ("#eef0ee",)),)
    if product_line.shape == "socks":
        return (Cloth("jersey", "", (cloth.dyes[-1],)),)
    return (replace(cloth, pattern="", dyes=cloth.dyes[:1]),) if cloth.pattern else ()


def extra_trim_cloths(product_line: ProductLine, cloths: tuple[Cloth, ...]) -> tuple[Cloth, ...]:
    """Return what a trim needs besides its colours: metal of zips, tubes of thread, figures of labels."""
    if product_line.shape in ("zips", "thread"):
        return (Cloth("suede", "", (_HARDWARE,)),)
    bright = sum(luminance(cloth.dyes[0]) for cloth in cloths) / len(cloths) > 0.5
    return (Cloth("satin", "", ("#26282d" if bright else "#f4efe2",)),) if product_line.shape == "labels" else ()


def _trim_shots(
    product_line: ProductLine, cloths: tuple[Cloth, ...], colourways: tuple[Colourway, ...], rng: Random
) -> Compositions:
    five = tuple(cloths[index % len(cloths)] for index in range(5))
    if product_line.shape == "buttons":
        five = tuple(replace(cloth, sheen=0.5) for cloth in five)
    other_cloths = (*five[1:], *extra_trim_cloths(product_line, cloths))
    caption = LocalizedString("各色", "in its colours")
    first = Picture(PictureKind.TRIM, five[0], "", product_line.shape, other_cloths, rng.randrange(12))
    rotated = (*five[2:], *five[:2])
    remaining_cloths = (*rotated[1:], *other_cloths[4:])
    return [
        (first, caption, ""),
        (Picture(PictureKind.TRIM, rotated[0], "", product_line.shape, remaining_cloths, first.seed + 1), caption, ""),
    ]
