"""What a column can mean, and guessing it from its heading."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from marketplace.catalogue.rules.attributes import AttributeField

ATTRIBUTE = "attribute:"
UNTOUCHED = "none"
"""Chosen instead of a warehouse by who has a stock column and wants stock left alone."""
FOLD = re.compile(r"[\s_\-:：()（）/*]+")


@dataclass(frozen=True)
class Target:
    """One meaning: its name, its label, the headings it is known by."""

    name: str
    label: Any
    known: tuple[str, ...]
    required: bool = False


TARGETS: tuple[Target, ...] = (
    Target("sku", _l("SKU"), ("sku", "货号", "商品编码", "商家编码", "编码", "id", "itemno", "productid", "articleno"), True),
    Target(
        "title_zh",
        _l("Name in Chinese"),
        ("标题", "名称", "商品名称", "品名", "货品名称", "titlezh", "namezh", "中文名称", "中文标题", "中文品名"),
    ),
    Target("title_en", _l("Name in English"), ("title", "name", "titleen", "productname", "英文名称", "英文标题", "nameen")),
    Target("price", _l("Price"), ("price", "单价", "价格", "售价", "批发价", "pricecny", "unitprice"), True),
    Target("price_cents", _l("Price in cents"), ("pricecents", "pricefen", "单价分")),
    Target("prices", _l("Price steps in one cell"), ("prices", "阶梯价", "价格阶梯", "阶梯价格")),
    Target("category", _l("Product category"), ("category", "品类", "类目", "分类", "categoryslug")),
    Target("brand", _l("Brand"), ("brand", "品牌", "supplier", "manufacturer", "厂牌")),
    Target("unit", _l("Unit"), ("unit", "单位", "计量单位")),
    Target("min_quantity", _l("Minimum order"), ("moq", "起订量", "起批量", "minquantity", "最小起订量", "minimum", "min")),
    Target("max_quantity", _l("Maximum order"), ("maxquantity", "限购", "最大订量", "max")),
    Target("step", _l("Order step"), ("step", "递增量", "加量步长")),
    Target("price_2", _l("Second price step: price"), ("price2", "单价2", "价格2", "二档价")),
    Target("from_2", _l("Second price step: from quantity"), ("from2", "数量2", "二档起订量")),
    Target("price_3", _l("Third price step: price"), ("price3", "单价3", "价格3", "三档价")),
    Target("from_3", _l("Third price step: from quantity"), ("from3", "数量3", "三档起订量")),
    Target("stock", _l("Quantity in stock"), ("stock", "库存", "数量", "现货", "qty", "quantity", "onhand")),
    Target("weight_grams", _l("Weight in grams"), ("weightgrams", "克", "单重", "重量克", "weightg")),
    Target("barcode", _l("Barcode"), ("barcode", "条码", "ean", "gtin", "upc", "条形码")),
    Target("reference", _l("Product number, shared by its rows"), ("款号", "reference", "groupid", "spu", "parentsku")),
    Target("option_1", _l("First option, for instance colour"), ("颜色", "color", "colour", "规格1", "option1")),
    Target("option_2", _l("Second option, for instance size"), ("尺码", "size", "规格2", "option2")),
    Target("description_zh", _l("Description in Chinese"), ("描述", "详情", "商品描述", "中文描述", "descriptionzh")),
    Target("description_en", _l("Description in English"), ("description", "shortdescription", "descriptionen", "英文描述")),
    Target("lead_days", _l("Days to make"), ("交期", "leaddays", "leadtime", "货期")),
)
BY_NAME: Mapping[str, Target] = {target.name: target for target in TARGETS}


def folded(heading: str) -> str:
    """A heading as it is compared: lower case, without blanks and marks."""
    return FOLD.sub("", heading.strip().lower())


def guess(columns: Sequence[str], schema: Iterable[AttributeField] = ()) -> dict[str, str]:
    """What each heading probably means: {heading: target}; what nobody can guess is left out. Each target once."""
    meanings = {word: target.name for target in TARGETS for word in (folded(target.name), *map(folded, target.known))}
    for field in schema:
        for word in (field.code, *field.names.values()):
            meanings.setdefault(folded(word), ATTRIBUTE + field.code)
    found: dict[str, str] = {}
    for column in columns:
        meaning = meanings.get(folded(column))
        if meaning and meaning not in found.values():
            found[column] = meaning
    return found


def complaints(mapping: Mapping[str, str], options: Mapping[str, Any], places: Collection[str] = ()) -> dict[str, Any]:
    """Why a mapping cannot be used, by target: one sentence each. `places` are the warehouses that stock can go to."""
    used = list(mapping.values())
    errors: dict[str, Any] = {}
    if "sku" not in used:
        errors["sku"] = _l("Say which column has the SKU: rows are found again by it.")
    if not {"title_zh", "title_en"} & set(used):
        errors["title_zh"] = _l("Say which column has the name.")
    if not {"price", "price_cents", "prices"} & set(used):
        errors["price"] = _l("Say which column has the price.")
    if "category" not in used and not options.get("category"):
        errors["category"] = _l("Say which column has the category, or choose one for all rows.")
    place = options.get("location")
    if place and place != UNTOUCHED and place not in places:
        errors["location"] = _l("This warehouse is not in use any more. Choose another.")
    elif not place and "stock" in used:
        errors["location"] = _l("A column has the stock: say for which warehouse, or that stock is to be left alone.")
    for target in {one for one in used if used.count(one) > 1}:
        one, other, *_more = (column for column, meaning in mapping.items() if meaning == target)
        errors[target] = _l(
            "“%(one)s” and “%(other)s” have the same meaning. Keep one of them.", one=one[:60], other=other[:60]
        )
    return errors
