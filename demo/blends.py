"""Fibres, and the fibre blends that are traded."""

from dataclasses import dataclass

from demo.localized_string import LocalizedString


@dataclass(frozen=True, slots=True)
class Blend:
    """A composition in percent, and its short name for product titles."""

    code: str
    parts: tuple[tuple[str, int], ...]
    short: LocalizedString

    @property
    def name(self) -> LocalizedString:
        """The composition as a label states it: 棉 97% 氨纶 3%, 97% cotton, 3% elastane."""
        if self.code == "organic":
            return LocalizedString("有机棉 100%", "100% organic cotton")
        if self.code == "pima":
            return LocalizedString("长绒棉 100%", "100% long-staple cotton")
        if self.code == "recycled":
            return LocalizedString("再生涤纶 100%", "100% recycled polyester")
        zh = " ".join(f"{FIBRES[fibre].zh} {share}%" for fibre, share in self.parts)
        return LocalizedString(zh, ", ".join(f"{share}% {FIBRES[fibre].en.lower()}" for fibre, share in self.parts))

    @property
    def fibres(self) -> tuple[str, ...]:
        """The main fibres: all of 10 percent or more, and elastane."""
        return tuple(fibre for fibre, share in self.parts if share >= 10 or fibre == "spandex")


FIBRES: dict[str, LocalizedString] = {
    "cotton": LocalizedString("棉", "Cotton"),
    "linen": LocalizedString("亚麻", "Linen"),
    "ramie": LocalizedString("苎麻", "Ramie"),
    "silk": LocalizedString("桑蚕丝", "Mulberry silk"),
    "wool": LocalizedString("羊毛", "Wool"),
    "cashmere": LocalizedString("山羊绒", "Cashmere"),
    "viscose": LocalizedString("粘胶", "Viscose"),
    "modal": LocalizedString("莫代尔", "Modal"),
    "lyocell": LocalizedString("莱赛尔", "Lyocell"),
    "cupro": LocalizedString("铜氨", "Cupro"),
    "acetate": LocalizedString("醋酸", "Acetate"),
    "polyester": LocalizedString("涤纶", "Polyester"),
    "nylon": LocalizedString("锦纶", "Nylon"),
    "acrylic": LocalizedString("腈纶", "Acrylic"),
    "spandex": LocalizedString("氨纶", "Elastane"),
    "metallic": LocalizedString("金属丝", "Metallic yarn"),
    "resin": LocalizedString("树脂", "Resin"),
    "metal": LocalizedString("金属", "Metal"),
}

_BLENDS = """
cotton|cotton 100|全棉|Cotton
organic|cotton 100|有机棉|Organic cotton
pima|cotton 100|长绒棉|Long-staple cotton
stretch-cotton|cotton 97 spandex 3|弹力棉|Stretch cotton
cotton-spandex|cotton 95 spandex 5|棉氨|Cotton-elastane
cotton-nylon|cotton 65 nylon 35|棉锦|Cotton-nylon
polycotton|polyester 65 cotton 35|涤棉|Polycotton
cotton-poly|cotton 60 polyester 40|棉涤|Cotton-polyester
linen|linen 100|亚麻|Linen
ramie|ramie 100|苎麻|Ramie
linen-cotton|linen 55 cotton 45|麻棉|Linen-cotton
cotton-linen|cotton 70 linen 30|棉麻|Cotton-linen
ramie-cotton|ramie 55 cotton 45|苎麻棉|Ramie-cotton
linen-viscose|linen 30 viscose 70|麻人棉|Linen-viscose
denim-stretch|cotton 98 spandex 2|棉弹|Stretch cotton
denim-blend|cotton 72 polyester 26 spandex 2|棉涤弹|Cotton-polyester stretch
viscose|viscose 100|人棉|Viscose
lyocell|lyocell 100|莱赛尔|Lyocell
lyocell-cotton|lyocell 60 cotton 40|莱赛尔棉|Lyocell-cotton
modal|modal 95 spandex 5|莫代尔|Modal
silk|silk 100|真丝|Silk
silk-stretch|silk 93 spandex 7|弹力真丝|Stretch silk
silk-viscose|silk 30 viscose 70|丝人棉|Silk-viscose
silk-polyester|silk 45 polyester 55|桑蚕丝交织|Silk-polyester
acetate|acetate 72 polyester 28|醋酸|Acetate
cupro|cupro 100|铜氨|Cupro
polyester|polyester 100|涤纶|Polyester
recycled|polyester 100|再生涤纶|Recycled polyester
poly-stretch|polyester 95 spandex 5|弹力涤纶|Stretch polyester
nylon|nylon 100|锦纶|Nylon
nylon-stretch|nylon 88 spandex 12|锦氨|Nylon-elastane
lace-nylon|nylon 72 cotton 28|锦棉|Nylon-cotton
wool|wool 100|全毛|Wool
wool-poly|wool 70 polyester 30|毛涤|Wool-polyester
wool-half|wool 50 polyester 48 spandex 2|半毛弹力|Half-wool stretch
cashmere|cashmere 100|山羊绒|Cashmere
wool-cashmere|wool 90 cashmere 10|羊毛羊绒|Wool-cashmere
tweed-mix|wool 45 acrylic 35 polyester 18 metallic 2|毛混纺|Wool-blend
acrylic|acrylic 100|腈纶|Acrylic
wool-acrylic|wool 30 acrylic 70|毛腈|Wool-acrylic
resin|resin 100|树脂|Resin
metal|metal 100|金属|Metal
metal-poly|metal 60 polyester 40|金属齿|Metal
resin-poly|resin 55 polyester 45|树脂齿|Resin
elastic|polyester 72 spandex 28|涤氨|Polyester-elastane
"""


def _parse_blend(line: str) -> Blend:
    code, parts, zh, en = line.split("|")
    tokens = parts.split()
    return Blend(code, tuple(zip(tokens[::2], map(int, tokens[1::2]), strict=True)), LocalizedString(zh, en))


BLENDS: dict[str, Blend] = {blend.code: blend for blend in map(_parse_blend, _BLENDS.strip().splitlines())}

# Yarn cost relative to cotton (1).
_RELATIVE_COST = {
    "linen": 2.2,
    "ramie": 2.0,
    "silk": 8.0,
    "wool": 5.0,
    "cashmere": 20.0,
    "viscose": 0.8,
    "modal": 1.3,
    "lyocell": 1.3,
    "cupro": 2.0,
    "acetate": 1.2,
    "polyester": 0.5,
    "nylon": 0.9,
    "acrylic": 0.7,
    "metallic": 2.0,
}
_QUALITY_FACTOR = {"organic": 1.25, "pima": 1.5, "recycled": 1.1}


def relative_cost(blend: Blend) -> float:
    """Return the yarn cost of a blend relative to cotton (1)."""
    return (
        sum(_RELATIVE_COST.get(fibre, 1.0) * share for fibre, share in blend.parts) / 100 * _QUALITY_FACTOR.get(blend.code, 1.0)
    )
