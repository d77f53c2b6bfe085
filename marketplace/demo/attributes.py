"""The attributes goods are described by: one vocabulary for forms, facets and, later, matching."""

from dataclasses import dataclass

from . import choices
from .choices import Choice
from .texts import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A question about a product.

    ``type``: ``choice``, ``choices`` (several), ``number``, ``text`` or ``flag``. ``match``: ``hard`` (a partner must
    agree), ``soft`` (the closer the better) or ``ignore``. Numbers stand between ``low`` and ``high`` in ``unit``.
    """

    code: str
    name: Said
    type: str
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    low: int | None = None
    high: int | None = None
    required: bool = False
    facet: bool = False
    match: str = "soft"


_GRAMS, _CM, _MM = "g/m²", "cm", "mm"

ATTRIBUTES: dict[str, Attribute] = {
    attribute.code: attribute
    for attribute in (
        Attribute(
            code="fibre",
            name=Said("主要纤维", "Fibre"),
            type="choices",
            choices=choices.FIBRE_CHOICES,
            required=True,
            facet=True,
            match="hard",
        ),
        Attribute(
            code="composition",
            name=Said("成分", "Composition"),
            type="choice",
            choices=choices.COMPOSITIONS,
            required=True,
            facet=True,
        ),
        Attribute(
            code="weight", name=Said("克重", "Weight"), type="number", unit=_GRAMS, low=10, high=1200, required=True, facet=True
        ),
        Attribute(
            code="width", name=Said("门幅", "Width"), type="number", unit=_CM, low=20, high=330, required=True, facet=True
        ),
        Attribute(code="yarn", name=Said("纱支", "Yarn count"), type="text"),
        Attribute(code="density", name=Said("密度", "Density"), type="text"),
        Attribute(
            code="weave",
            name=Said("织法", "Construction"),
            type="choice",
            choices=choices.WEAVES,
            required=True,
            facet=True,
            match="hard",
        ),
        Attribute(
            code="pattern", name=Said("花型", "Pattern"), type="choice", choices=choices.PATTERNS, required=True, facet=True
        ),
        Attribute(
            code="colour",
            name=Said("颜色", "Colour"),
            type="choices",
            choices=choices.COLOURS,
            required=True,
            facet=True,
        ),
        Attribute(code="finish", name=Said("后整理", "Finish"), type="choices", choices=choices.FINISHES, facet=True),
        Attribute(code="season", name=Said("季节", "Season"), type="choices", choices=choices.SEASONS, facet=True),
        Attribute(code="usage", name=Said("用途", "Use"), type="choices", choices=choices.USES, facet=True),
        Attribute(
            code="stretch", name=Said("弹力", "Stretch"), type="choice", choices=choices.STRETCH, facet=True, match="hard"
        ),
        Attribute(code="oeko", name=Said("OEKO-TEX 认证", "OEKO-TEX certified"), type="flag", facet=True, match="hard"),
        Attribute(code="size", name=Said("尺码", "Size"), type="choices", choices=choices.SIZES, required=True, facet=True),
        Attribute(code="style", name=Said("风格", "Style"), type="choice", choices=choices.STYLES, facet=True),
        Attribute(
            code="gender",
            name=Said("适用人群", "For"),
            type="choice",
            choices=choices.GENDERS,
            required=True,
            facet=True,
            match="hard",
        ),
        Attribute(code="fit", name=Said("版型", "Fit"), type="choice", choices=choices.FITS, facet=True),
        Attribute(
            code="diameter",
            name=Said("规格宽度", "Width or diameter"),
            type="number",
            unit=_MM,
            low=1,
            high=300,
            required=True,
            facet=True,
        ),
        Attribute(code="length", name=Said("每卷长度", "Length per roll"), type="number", unit="m", low=1, high=10000),
        Attribute(code="per-pack", name=Said("每包数量", "Pieces per pack"), type="number", low=1, high=5000),
    )
}

_CLOTH = (
    "fibre",
    "composition",
    "weight",
    "width",
    "weave",
    "pattern",
    "colour",
    "finish",
    "season",
    "usage",
    "stretch",
    "oeko",
)
WOVEN = (*_CLOTH[:4], "yarn", "density", *_CLOTH[4:])
KNITTED = (*_CLOTH[:4], "yarn", *_CLOTH[4:])
CLOTHING = (
    "fibre",
    "composition",
    "weight",
    "weave",
    "pattern",
    "colour",
    "size",
    "style",
    "gender",
    "fit",
    "season",
    "oeko",
)
HOME = ("fibre", "composition", "weight", "weave", "pattern", "colour", "size", "style", "finish", "oeko")
TRIMMING = ("fibre", "composition", "diameter", "length", "per-pack", "colour", "usage", "oeko")
