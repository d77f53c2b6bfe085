"""What the pictures of a product show: the cloth in its colours, close, rolled, stacked; the garment; the trims."""

from dataclasses import replace
from random import Random

from marketplace.catalogue.drawing import Cloth, Kind, Picture, luminance

from .designs import Colourway, Design
from .lines import Line
from .product import Shot
from .texts import Said

_FLOWING = frozenset({"satin", "silk", "chiffon", "velvet", "jersey", "sateen", "gauze", "mesh", "tulle"})
_STIFF = frozenset({"canvas", "denim", "corduroy", "tweed", "fur", "sherpa", "fleece", "flannel", "cable"})
_HARDWARE = "#b9b4a8"

_VIEWS: dict[str, Said] = {
    "flat": Said("平铺", "laid flat"),
    "wave": Said("自然褶皱", "in soft folds"),
    "swirl": Said("旋拧看垂感", "gathered to show how it falls"),
    "drape": Said("垂挂", "hanging"),
    "near": Said("近看织纹", "close up"),
    "corner": Said("翻角看背面", "with the back turned up"),
    "roll": Said("布卷", "on the roll"),
    "pile": Said("各色叠放", "folded, in its colours"),
    "fan": Said("各色布样", "cuttings of its colours"),
    "bolts": Said("各色布卷", "bolts of its colours"),
}


def cloth_for(line: Line, design: Design, way: Colourway, seed: int, grain: float) -> Cloth:
    """The cloth of a product in one colourway."""
    return Cloth(line.binding, design.drawing, way.dyes, grain, seed)


def shots(line: Line, cloths: tuple[Cloth, ...], ways: tuple[Colourway, ...], title: Said, dice: Random) -> tuple[Shot, ...]:
    """Two to four pictures, the first the best."""
    arranged = {"cloth": _of_cloth, "made": _of_made, "trim": _of_trim}[line.sort](line, cloths, ways, dice)
    return tuple(
        Shot(str(number + 1), picture, Said(f"{title.zh}（{shown.zh}）", f"{title.en} ({shown.en})"), colour)
        for number, (picture, shown, colour) in enumerate(arranged)
    )


Arranged = list[tuple[Picture, Said, str]]


def _of_cloth(line: Line, cloths: tuple[Cloth, ...], ways: tuple[Colourway, ...], dice: Random) -> Arranged:
    leading: tuple[str, ...] = (
        ("swirl", "wave", "drape") if line.binding in _FLOWING else ("wave", "wave", "roll", "swirl", "flat")
    )
    if cloths[0].pattern and line.binding not in _STIFF:
        leading = ("wave", "flat", "drape", "roll", "swirl")
    views = [dice.choice(leading), dice.choice(("near", "near", "corner"))]
    if len(cloths) > 2:
        views.append(dice.choice(("fan", "pile", "bolts")))
    made: Arranged = []
    for view in views:
        others = cloths[1:5] if view in ("fan", "pile", "bolts") else ()
        colour = "" if others else ways[0].code
        shown = (
            _VIEWS[view]
            if others
            else Said(f"{ways[0].name.zh}，{_VIEWS[view].zh}", f"{ways[0].name.en.lower()}, {_VIEWS[view].en}")
        )
        made.append((Picture(Kind.CLOTH, cloths[0], view, "", others, dice.randrange(12)), shown, colour))
    return made


def _of_made(line: Line, cloths: tuple[Cloth, ...], ways: tuple[Colourway, ...], dice: Random) -> Arranged:
    seed = dice.randrange(12)
    made: Arranged = []
    for cloth, way in list(zip(cloths, ways, strict=True))[: 2 if len(cloths) > 2 else 1]:
        made.append((Picture(Kind.GARMENT, cloth, "", line.shape, contrast(line, cloth), seed), way.name, way.code))
    close = Said(f"{ways[0].name.zh}，近看面料", f"{ways[0].name.en.lower()}, the cloth close up")
    made.append((Picture(Kind.CLOTH, cloths[0], "near", "", (), seed), close, ways[0].code))
    return made


def contrast(line: Line, cloth: Cloth) -> tuple[Cloth, ...]:
    """The second cloth of what is made of two: the white of a bed, the heel of a sock, the knitted cuff of a jacket."""
    if line.shape == "bedding":
        return (Cloth(line.binding, "", ("#eef0ee",)),)
    if line.shape == "socks":
        return (Cloth("jersey", "", (cloth.dyes[-1],)),)
    return (replace(cloth, pattern="", dyes=cloth.dyes[:1]),) if cloth.pattern else ()


def sixth(line: Line, cloths: tuple[Cloth, ...]) -> tuple[Cloth, ...]:
    """What a trim needs beside its colours: the metal of zips, the tubes of thread, the figure woven into labels."""
    if line.shape in ("zips", "thread"):
        return (Cloth("suede", "", (_HARDWARE,)),)
    bright = sum(luminance(cloth.dyes[0]) for cloth in cloths) / len(cloths) > 0.5
    return (Cloth("satin", "", ("#26282d" if bright else "#f4efe2",)),) if line.shape == "labels" else ()


def _of_trim(line: Line, cloths: tuple[Cloth, ...], ways: tuple[Colourway, ...], dice: Random) -> Arranged:
    five = tuple(cloths[at % len(cloths)] for at in range(5))
    if line.shape == "buttons":
        five = tuple(replace(cloth, sheen=0.5) for cloth in five)
    others = (*five[1:], *sixth(line, cloths))
    shown = Said("各色", "in its colours")
    first = Picture(Kind.TRIM, five[0], "", line.shape, others, dice.randrange(12))
    turned = (*five[2:], *five[:2])
    rest = (*turned[1:], *others[4:])
    return [(first, shown, ""), (Picture(Kind.TRIM, turned[0], "", line.shape, rest, first.seed + 1), shown, "")]
