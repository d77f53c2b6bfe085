"""The targets that columns can be mapped to, and guessing them from headings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from marketplace.catalogue.rules.attributes import AttributeField

ATTRIBUTE_PREFIX = "attribute:"
SKIP_STOCK = "none"
"""The location option that leaves stock unchanged although a column has the stock."""
HEADING_PUNCTUATION_RE = re.compile(r"[\s_\-:：()（）/*]+")


@dataclass(frozen=True)
class ColumnTarget:
    """One target: its name, its label, and the headings that are recognised."""

    name: str
    label: Any
    aliases: tuple[str, ...]
    required: bool = False


TARGETS: tuple[ColumnTarget, ...] = (
    ColumnTarget(
        "sku", _l("SKU"), ("sku", "货号", "商品编码", "商家编码", "编码", "id", "itemno", "productid", "articleno"), True
    ),
    ColumnTarget(
        "title_zh",
        _l("Name in Chinese"),
        ("标题", "名称", "商品名称", "品名", "货品名称", "titlezh", "namezh", "中文名称", "中文标题", "中文品名"),
    ),
    ColumnTarget(
        "title_en", _l("Name in English"), ("title", "name", "titleen", "productname", "英文名称", "英文标题", "nameen")
    ),
    ColumnTarget("price", _l("Price"), ("price", "单价", "价格", "售价", "批发价", "pricecny", "unitprice"), True),
    ColumnTarget("price_cents", _l("Price in cents"), ("pricecents", "pricefen", "单价分")),
    ColumnTarget("prices", _l("Price steps in one cell"), ("prices", "阶梯价", "价格阶梯", "阶梯价格")),
    ColumnTarget("category", _l("Product category"), ("category", "品类", "类目", "分类", "categoryslug")),
    ColumnTarget("brand", _l("Brand"), ("brand", "品牌", "supplier", "manufacturer", "厂牌")),
    ColumnTarget("unit", _l("Unit"), ("unit", "单位", "计量单位")),
    ColumnTarget(
        "min_quantity", _l("Minimum order"), ("moq", "起订量", "起批量", "minquantity", "最小起订量", "minimum", "min")
    ),
    ColumnTarget("max_quantity", _l("Maximum order"), ("maxquantity", "限购", "最大订量", "max")),
    ColumnTarget("step", _l("Order step"), ("step", "递增量", "加量步长")),
    ColumnTarget("price_2", _l("Second price step: price"), ("price2", "单价2", "价格2", "二档价")),
    ColumnTarget("from_2", _l("Second price step: from quantity"), ("from2", "数量2", "二档起订量")),
    ColumnTarget("price_3", _l("Third price step: price"), ("price3", "单价3", "价格3", "三档价")),
    ColumnTarget("from_3", _l("Third price step: from quantity"), ("from3", "数量3", "三档起订量")),
    ColumnTarget("stock", _l("Quantity in stock"), ("stock", "库存", "数量", "现货", "qty", "quantity", "onhand")),
    ColumnTarget("weight_grams", _l("Weight in grams"), ("weightgrams", "克", "单重", "重量克", "weightg")),
    ColumnTarget("barcode", _l("Barcode"), ("barcode", "条码", "ean", "gtin", "upc", "条形码")),
    ColumnTarget("reference", _l("Product number, shared by its rows"), ("款号", "reference", "groupid", "spu", "parentsku")),
    ColumnTarget("option_1", _l("First option, for instance colour"), ("颜色", "color", "colour", "规格1", "option1")),
    ColumnTarget("option_2", _l("Second option, for instance size"), ("尺码", "size", "规格2", "option2")),
    ColumnTarget("description_zh", _l("Description in Chinese"), ("描述", "详情", "商品描述", "中文描述", "descriptionzh")),
    ColumnTarget(
        "description_en", _l("Description in English"), ("description", "shortdescription", "descriptionen", "英文描述")
    ),
    ColumnTarget("lead_days", _l("Days to make"), ("交期", "leaddays", "leadtime", "货期")),
)
TARGETS_BY_NAME: Mapping[str, ColumnTarget] = {target.name: target for target in TARGETS}


def normalize_heading(heading: str) -> str:
    """Return a heading for comparison: lower case, without blanks and punctuation."""
    return HEADING_PUNCTUATION_RE.sub("", heading.strip().lower())


def guess_mapping(columns: Sequence[str], schema: Iterable[AttributeField] = ()) -> dict[str, str]:
    """Guess the target of each heading; unknown headings are left out, and each target is used once."""
    targets_by_heading = {
        alias: target.name
        for target in TARGETS
        for alias in (normalize_heading(target.name), *map(normalize_heading, target.aliases))
    }
    for field in schema:
        for alias in (field.code, *field.names.values()):
            targets_by_heading.setdefault(normalize_heading(alias), ATTRIBUTE_PREFIX + field.code)
    guessed: dict[str, str] = {}
    for column in columns:
        target_name = targets_by_heading.get(normalize_heading(column))
        if target_name and target_name not in guessed.values():
            guessed[column] = target_name
    return guessed


def validate_mapping(
    mapping: Mapping[str, str], options: Mapping[str, Any], location_ids: Collection[str] = ()
) -> dict[str, Any]:
    """Return the errors of a mapping by target, one message each. `location_ids` are the open warehouses."""
    used_targets = list(mapping.values())
    errors: dict[str, Any] = {}
    if "sku" not in used_targets:
        errors["sku"] = _l("Say which column has the SKU: rows are found again by it.")
    if not {"title_zh", "title_en"} & set(used_targets):
        errors["title_zh"] = _l("Say which column has the name.")
    if not {"price", "price_cents", "prices"} & set(used_targets):
        errors["price"] = _l("Say which column has the price.")
    if "category" not in used_targets and not options.get("category"):
        errors["category"] = _l("Say which column has the category, or choose one for all rows.")
    location_id = options.get("location")
    if location_id and location_id != SKIP_STOCK and location_id not in location_ids:
        errors["location"] = _l("This warehouse is not in use any more. Choose another.")
    elif not location_id and "stock" in used_targets:
        errors["location"] = _l("A column has the stock: say for which warehouse, or that stock is to be left alone.")
    for target in {target for target in used_targets if used_targets.count(target) > 1}:
        first, second, *_more = (column for column, column_target in mapping.items() if column_target == target)
        errors[target] = _l(
            "“%(one)s” and “%(other)s” have the same meaning. Keep one of them.", one=first[:60], other=second[:60]
        )
    return errors
