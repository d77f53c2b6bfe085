"""The attributes of products: one vocabulary for forms, facets and matching."""

from dataclasses import dataclass

from demo import attribute_choices
from demo.attribute_choices import Choice
from demo.localized_string import LocalizedString


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute of a product.

    ``type``: ``choice``, ``choices`` (several), ``number``, ``text`` or ``flag``. ``match``: ``hard`` (must be equal), ``soft``
    (the closer the better) or ``ignore``. Numbers are between ``low`` and ``high``, in ``unit``.
    """

    code: str
    name: LocalizedString
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
            name=LocalizedString("主要纤维", "Fibre"),
            type="choices",
            choices=attribute_choices.FIBRE_CHOICES,
            required=True,
            facet=True,
            match="hard",
        ),
        Attribute(
            code="composition",
            name=LocalizedString("成分", "Composition"),
            type="choice",
            choices=attribute_choices.COMPOSITIONS,
            required=True,
            facet=True,
        ),
        Attribute(
            code="weight",
            name=LocalizedString("克重", "Weight"),
            type="number",
            unit=_GRAMS,
            low=10,
            high=1200,
            required=True,
            facet=True,
        ),
        Attribute(
            code="width",
            name=LocalizedString("门幅", "Width"),
            type="number",
            unit=_CM,
            low=20,
            high=330,
            required=True,
            facet=True,
        ),
        Attribute(code="yarn", name=LocalizedString("纱支", "Yarn count"), type="text"),
        Attribute(code="density", name=LocalizedString("密度", "Density"), type="text"),
        Attribute(
            code="weave",
            name=LocalizedString("织法", "Construction"),
            type="choice",
            choices=attribute_choices.WEAVES,
            required=True,
            facet=True,
            match="hard",
        ),
        Attribute(
            code="pattern",
            name=LocalizedString("花型", "Pattern"),
            type="choice",
            choices=attribute_choices.PATTERNS,
            required=True,
            facet=True,
        ),
        Attribute(
            code="colour",
            name=LocalizedString("颜色", "Colour"),
            type="choices",
            choices=attribute_choices.COLOURS,
            required=True,
            facet=True,
        ),
        Attribute(
            code="finish",
            name=LocalizedString("后整理", "Finish"),
            type="choices",
            choices=attribute_choices.FINISHES,
            facet=True,
        ),
        Attribute(
            code="season", name=LocalizedString("季节", "Season"), type="choices", choices=attribute_choices.SEASONS, facet=True
        ),
        Attribute(
            code="usage", name=LocalizedString("用途", "Use"), type="choices", choices=attribute_choices.USES, facet=True
        ),
        Attribute(
            code="stretch",
            name=LocalizedString("弹力", "Stretch"),
            type="choice",
            choices=attribute_choices.STRETCH,
            facet=True,
            match="hard",
        ),
        Attribute(
            code="oeko", name=LocalizedString("OEKO-TEX 认证", "OEKO-TEX certified"), type="flag", facet=True, match="hard"
        ),
        Attribute(
            code="size",
            name=LocalizedString("尺码", "Size"),
            type="choices",
            choices=attribute_choices.SIZES,
            required=True,
            facet=True,
        ),
        Attribute(
            code="style", name=LocalizedString("风格", "Style"), type="choice", choices=attribute_choices.STYLES, facet=True
        ),
        Attribute(
            code="gender",
            name=LocalizedString("适用人群", "For"),
            type="choice",
            choices=attribute_choices.GENDERS,
            required=True,
            facet=True,
            match="hard",
        ),
        Attribute(code="fit", name=LocalizedString("版型", "Fit"), type="choice", choices=attribute_choices.FITS, facet=True),
        Attribute(
            code="diameter",
            name=LocalizedString("规格宽度", "Width or diameter"),
            type="number",
            unit=_MM,
            low=1,
            high=300,
            required=True,
            facet=True,
        ),
        Attribute(
            code="length", name=LocalizedString("每卷长度", "Length per roll"), type="number", unit="m", low=1, high=10000
        ),
        Attribute(code="per-pack", name=LocalizedString("每包数量", "Pieces per pack"), type="number", low=1, high=5000),
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
