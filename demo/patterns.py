"""Textile patterns by their trade names, and the colourways they are made in."""

from dataclasses import dataclass
from random import Random

from demo.dyes import DYES, dye_hex_codes
from demo.localized_string import LocalizedString


@dataclass(frozen=True, slots=True)
class Design:
    """A pattern: its name in the picture generator, the attribute choice, its names, and the kind of its palette."""

    drawing_pattern: str
    choice: str
    name: LocalizedString
    palette: str


@dataclass(frozen=True, slots=True)
class Colourway:
    """One colour of a product: code, name, families for the facet, and the dyes of its pictures."""

    code: str
    name: LocalizedString
    families: tuple[str, ...]
    dyes: tuple[str, ...]


# key | drawing | attribute choice | Chinese | English | palette
_DESIGNS = """
solid||solid|||solid
tone||figured|||solid
gingham|gingham|gingham|朝阳格|gingham|pair
gingham-large|gingham-large|gingham|大朝阳格|large gingham|pair
check|check|check|细格|fine check|pair
windowpane|windowpane|check|窗格|windowpane|pair
tattersall|tattersall|check|双色细格|tattersall|trio
buffalo|buffalo|check|大方格|buffalo check|pair
madras|madras|check|马德拉斯格|madras|plaid
tartan|tartan|tartan|苏格兰格|tartan|plaid
tartan-large|tartan-large|tartan|大苏格兰格|large tartan|plaid
glen|glen|check|威尔士格|glen check|sober
houndstooth|houndstooth|houndstooth|千鸟格|houndstooth|sober
pinstripe|pinstripe|stripe|细条|pinstripe|pair
bengal|bengal-stripe|stripe|孟加拉条|Bengal stripe|pair
shirt-stripe|shirt-stripe|stripe|条纹|stripe|pair
wide-stripe|wide-stripe|stripe|宽条|wide stripe|pair
multi-stripe|multi-stripe|stripe|彩条|multi-stripe|trio
track-stripe|track-stripe|stripe|双杠条|track stripe|pair
breton|breton|stripe|海魂条|Breton stripe|pair
rugby|rugby|stripe|橄榄球条|rugby stripe|pair
chambray|chambray|solid|||chambray
melange|melange|melange|花灰|mélange|melange
nep|nep|melange|彩点|flecked|nep
ditsy|ditsy|floral|碎花|ditsy floral|print
peony|peony|floral|牡丹大花|peony|print
sprigs|sprigs|floral|小枝花|sprig|print
daisies|daisies|floral|雏菊|daisy|print
lotus|lotus|floral|荷花|lotus|print
palms|palms|leaf|羽叶|palm leaf|print
bamboo|bamboo|leaf|墨竹|bamboo|ink
dots|dots|dots|波点|polka dot|spot
pebbles|pebbles|dots|石子点|pebble|print
bars|bars|stripe|印花彩条|printed stripe|print
seigaiha|seigaiha|geometric|青海波|seigaiha wave|ink
chevrons|chevrons|geometric|折线|chevron|print
triangles|triangles|geometric|小三角|triangle|print
lattice|lattice|geometric|窗棂|lattice|ink
stars|stars|geometric|星星|star|kids
clouds|clouds|ethnic|祥云|lucky cloud|ink
paisley|paisley|ethnic|佩斯利|paisley|print
blueprint|blueprint|ethnic|蓝印花|blue calico|resist
wax|wax|ethnic|涡旋纹|whorl|resist
crackle|crackle|ethnic|冰裂纹|crackle|resist
ikat|ikat|ethnic|艾德莱斯|ikat|print
bears|bears|cartoon|小熊|bear|kids
whales|whales|cartoon|鲸鱼|whale|kids
rockets|rockets|cartoon|太空火箭|rocket|kids
hearts|hearts|cartoon|爱心|heart|kids
rainbows|rainbows|cartoon|彩虹|rainbow|kids
cranes|cranes|landscape|仙鹤|crane|ink
toile|toile|landscape|亭台朱伊|pavilion toile|ink
teacups|teacups|cartoon|茶碗|teacup|kids
tie-dye|tie-dye|tie-dye|扎染|tie-dyed|resist
watercolour|watercolour|abstract|水彩|watercolour|print
ombre|ombre|abstract|渐变|ombré|pair
camouflage|camouflage|camouflage|迷彩|camouflage|camo
leopard|leopard|animal|豹纹|leopard|hide
zebra|zebra|animal|斑马纹|zebra|pair
brush|brush|abstract|笔触|brushstroke|print
marble|marble|abstract|流沙|marbled|print
terrazzo|terrazzo|abstract|水磨石|terrazzo|print
"""


def _parse_design(line: str) -> tuple[str, Design]:
    key, drawing_pattern, choice, zh, en, palette = line.split("|")
    return key, Design(drawing_pattern, choice, LocalizedString(zh, en), palette)


DESIGNS: dict[str, Design] = dict(map(_parse_design, _DESIGNS.strip().splitlines()))

DYE_GROUPS: dict[str, str] = {  # the dyes of a product line
    "all": " ".join(
        (
            "yuebai xuebai mibai xing tuo qiuxiang jianghuang xinghong zhuhong",
            "yanzhi zaohong jiangzi fen taohong ouhe qinglian tianqing jilan",
            "dianlan canglan wulan shiqing qingci kongque dailv molv zhuqing",
            "doulv ganlan hetao kafei yinhui qianhui daihui xuanqing",
        )
    ),
    "sober": "canglan daihui tanhei qianhui hetao tuo molv xuanqing zaohong yanhui kafei",
    "earth": "mibai ma xing tuo zheshi qiuxiang ganlan zhuqing hetao tanxiang yanhui wulan zhuhong dailv",
    "pastel": "yuebai fen ehuang qingci ouhe tianqing doulv xing wulan taohong xianghuang",
    "jewel": "yanzhi shiliu jiangzi kongque baolan qinglian hupo molv canglan haitang xiangya fen qiuxiang yuebai xuanqing",
    "denim": "dianlan canglan jilan wulan xuanqing hulan",
    "outdoor": "canglan junlv xuanqing juhong kongque daihui tuo hulan zhuhong ganlan",
    "white": "xuebai susha mibai xiangya yuebai fen hei",
    "indigo": "dianlan canglan jilan shiqing",
    "sport": "hei xuebai daihui canglan zaohong molv xing wulan ouhe jianghuang yinhui",
}

_PLAIDS = (
    "dailv zhuhong canglan mibai",
    "zaohong qiuxiang canglan xiangya",
    "tuo zhuhong hetao xiangya",
    "daihui yinhui tanhei zhuhong",
    "canglan molv xuanqing xiangya",
    "wulan xuebai canglan jianghuang",
    "mibai zhuhong daihui tuo",
    "ouhe jiangzi daihui xiangya",
    "ganlan jianghuang kafei mibai",
)
_INKS = (
    "mibai zhuhong dianlan jianghuang zhuqing",
    "yuebai jilan wulan fen qingci",
    "canglan fen mibai jianghuang doulv",
    "fen yanzhi haitang mibai zhuqing",
    "xiangya zheshi qiuxiang tuo ganlan",
    "xuanqing taohong xinghong mibai kongque",
    "qingci xuebai fen jianghuang dailv",
    "jianghuang mibai zhuhong canglan ganlan",
    "molv fen xiangya hupo doulv",
    "xuebai qinglian ouhe fen zhuqing",
    "zaohong fen xiangya jianghuang doulv",
    "wulan xuebai canglan fen zhuqing",
)
_KIDS = (
    "xuebai hulan fen ehuang doulv",
    "ehuang xinghong hulan xuebai zhuqing",
    "qingci xuebai taohong jianghuang wulan",
    "fen haitang xuebai wulan doulv",
    "wulan xuebai jianghuang fen canglan",
    "mibai tuo qingci fen wulan",
)
_CAMO = ("ganlan junlv hetao tanhei", "tuo xiangse hetao mibai", "wulan canglan qianhui yinhui", "doulv zhuqing molv hetao")
_HIDE = ("tuo hetao xuanqing", "mibai tuo kafei", "xing zheshi tanhei", "yinhui qianhui xuanqing")
_FIXED_SCHEMES = {"plaid": _PLAIDS, "print": _INKS, "kids": _KIDS, "camo": _CAMO, "hide": _HIDE}
_GROUND_DYES = ("xuebai", "mibai", "yuebai", "xiangya")


def make_colourways(design: Design, group: str, rng: Random, count: int) -> tuple[Colourway, ...]:
    """Return up to ``count`` distinct colourways that suit the design."""
    if design.palette in _FIXED_SCHEMES:
        schemes = rng.sample(_FIXED_SCHEMES[design.palette], min(count, len(_FIXED_SCHEMES[design.palette])))
        return tuple(_fixed_colourway(tuple(scheme.split()), design.palette) for scheme in schemes)
    codes = DYE_GROUPS[group].split()
    chosen = rng.sample(codes, min(count, len(codes)))
    ground = rng.choice(_GROUND_DYES)
    return tuple(_dyed_colourway(code, ground if code != ground else "canglan", design.palette, group) for code in chosen)


def _fixed_colourway(codes: tuple[str, ...], palette: str) -> Colourway:
    """Return a colourway of several dyes, named after its ground."""
    families = dict.fromkeys(DYES[code].family for code in codes[:2])
    ground = DYES[codes[0]].name
    name = ground if palette in ("plaid", "camo", "hide") else LocalizedString(f"{ground.zh}地", f"{ground.en} ground")
    return Colourway(codes[0], name, (*families, "multi"), dye_hex_codes(*codes))


def _dyed_colourway(code: str, ground: str, palette: str, group: str) -> Colourway:
    """Return a colourway of one chosen dye, with the dyes that belong to its palette."""
    dyes: dict[str, tuple[str, ...]] = {
        "pair": (ground, code),
        "trio": (ground, code, "jianghuang" if code != "jianghuang" else "canglan"),
        "spot": (code, "xuebai" if code not in _GROUND_DYES else "canglan"),
        "ink": (ground, code, "zhuhong" if code != "zhuhong" else "canglan"),
        "resist": (code, "susha" if code != "susha" else "dianlan"),
        "sober": (code, "yinhui" if code != "yinhui" else "tanhei"),
        "chambray": (code, "xuebai" if code != "xuebai" else "yinhui"),
        "melange": (code, "yinhui" if code != "yinhui" else "qianhui"),
        "nep": (code, "yanhui", "mibai", "zhuhong", "jianghuang"),
    }
    used = dyes.get(palette, (code,))
    dye = DYES[code]
    families = tuple(dict.fromkeys((dye.family, *(DYES[other].family for other in used[:2]))))
    return Colourway(code, dye.name, families, dye_hex_codes(*used))
