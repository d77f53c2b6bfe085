"""A table over goods that are there already: what it has no column for stays (CA1), and prices need their right (RO2)."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.catalogue import queries as goods
from marketplace.catalogue import services as shelves
from marketplace.catalogue.models import Product
from marketplace.catalogue.services import TierSheet, VariantSheet
from marketplace.importing import services
from marketplace.importing.errors import FaultsLeft
from marketplace.importing.models import ImportFault, ImportMode
from marketplace.kernel.db import db, unit_of_work
from tenants.scope import acting_for
from tests.cast import Cast
from tests.factories import goods as make
from tests.marketplace.importing.test_import import run, table

COLOURS = [{"code": "colour", "names": {"zh_Hans": "颜色", "en": "Colour"}, "values": [
    {"value": "red", "names": {"zh_Hans": "红色", "en": "Red"}, "hex": "#c03020"},
    {"value": "navy", "names": {"zh_Hans": "藏青", "en": "Navy"}, "hex": "#203060"},
]}]  # fmt: skip
LADDER = [TierSheet(from_quantity=Decimal(2), price=1850), TierSheet(from_quantity=Decimal(100), price=1650)]


@pytest.fixture
def cloth(ctx: Flask, cast: Cast) -> Product:
    with unit_of_work():
        kind = make.category("gingham", attributes=True)
        variants = [
            VariantSheet(sku="K-R", options={"colour": "red"}, weight_grams=220, min_quantity=Decimal(2), step=Decimal("0.5")),
            VariantSheet(sku="K-N", options={"colour": "navy"}, weight_grams=230, min_quantity=Decimal(2)),
        ]
        words = {"zh_Hans": "<h3>手感</h3><p>精梳棉府绸，手感柔软，适合衬衫与连衣裙，四季可穿。</p>", "en": "<p>Soft</p>"}
        facts = {
            "axes": COLOURS,
            "description": words,
            "lead_days": 5,
            "reference": "K",
            "region_code": "330600",
            "mixes": True,
        }
        made = make.product(cast.acme_id, kind.id, variants=variants, tiers=LADDER, **facts)
    db.session.remove()
    return made


def sent(cast: Cast, head: list[str], *rows: list[str], prices: bool = True) -> dict[str, Any]:
    with unit_of_work(), acting_for(cast.acme_id):
        data = table(list(rows), head)
        file = services.receive(merchant_id=cast.acme_id, account_id=cast.owner.account_id, name="list.csv", data=data)
        options = {"category": "gingham", "unit": "piece"}
        mapping = file.mapping | {heading: target for heading, target in ASKED.items() if heading in head}
        services.match(file_id=file.id, mapping=mapping, options=options)
        file_id = file.id
    run(file_id, cast.acme_id)
    with unit_of_work(), acting_for(cast.acme_id):
        services.start(file_id=file_id, mode=ImportMode.ALL, submit=False, prices=prices)
    return run(file_id, cast.acme_id)


def reread(cast: Cast, product: Product) -> Product:
    db.session.remove()
    with unit_of_work(), acting_for(cast.acme_id):
        return goods.get(product.id)


def sheet_of(cast: Cast, product: Product) -> dict[str, Any]:
    return vars(shelves.saving.sheet_of(product=reread(cast, product)))


def prices(cast: Cast, product: Product) -> dict[str, list[tuple[int, int]]]:
    found = reread(cast, product)
    names = {variant.id: variant.sku for variant in found.variants}
    rungs: dict[str, list[tuple[int, int]]] = {}
    for tier in found.tiers:
        rungs.setdefault(names.get(tier.variant_id, ""), []).append((int(tier.from_quantity), tier.price))
    return rungs


def test_a_list_of_prices_changes_prices_and_nothing_else(cloth: Product, cast: Cast) -> None:
    before = sheet_of(cast, cloth)
    result = sent(
        cast, ["货号", "标题", "单价"], ["K-R", cloth.title["zh_Hans"], "19.00"], ["K-N", cloth.title["zh_Hans"], "19.00"]
    )
    assert (result["faults"], result["changed"] + result["same"]) == (0, 2)
    after = sheet_of(cast, cloth)
    for name in before.keys() - {"tiers", "variants"}:
        assert after[name] == before[name], name
    assert prices(cast, cloth) == {
        "": [(2, 1850), (100, 1650)],
        "K-R": [(2, 1900), (100, 1650)],
        "K-N": [(2, 1900), (100, 1650)],
    }
    known = {variant.sku: variant for variant in before["variants"]}
    for variant in after["variants"]:
        assert (variant.options, variant.weight_grams, variant.step) == (
            known[variant.sku].options,
            known[variant.sku].weight_grams,
            known[variant.sku].step,
        )
    again = sent(
        cast, ["货号", "标题", "单价"], ["K-R", cloth.title["zh_Hans"], "19.00"], ["K-N", cloth.title["zh_Hans"], "19.00"]
    )
    assert (again["changed"], again["same"]) == (0, 2)


def test_rows_of_the_whole_product_set_its_own_ladder(cloth: Product, cast: Cast) -> None:
    head, title = ["货号", "款号", "标题", "单价"], cloth.title["zh_Hans"]
    sent(cast, head, ["K-R", "K", title, "17.00"], ["K-N", "K", title, "17.00"])
    assert prices(cast, cloth) == {"": [(2, 1700), (100, 1650)]}


def test_a_variant_that_no_row_names_stays_on_offer(cloth: Product, cast: Cast) -> None:
    sent(cast, ["货号", "标题", "单价", "克"], ["K-R", cloth.title["zh_Hans"], "18.50", "240"])
    found = reread(cast, cloth)
    assert {one.sku: (one.weight_grams, one.closed_at) for one in found.variants} == {"K-R": (240, None), "K-N": (230, None)}
    assert prices(cast, cloth) == {"": [(2, 1850), (100, 1650)]}


def test_options_are_known_by_any_of_their_names_and_new_ones_are_added(cloth: Product, cast: Cast) -> None:
    head, title = ["货号", "款号", "标题", "单价", "颜色"], cloth.title["zh_Hans"]
    sent(cast, head, ["K-R", "K", title, "18.50", "红色"], ["K-G", "K", title, "18.50", "墨绿"])
    found = reread(cast, cloth)
    assert {one.sku: one.options["colour"] for one in found.variants} == {"K-R": "red", "K-N": "navy", "K-G": "墨绿"}
    assert [value["value"] for value in found.axes[0]["values"]] == ["red", "navy", "墨绿"]
    assert found.axes[0]["values"][0]["hex"] == "#c03020"


ASKED = {"成分": "attribute:fibre", "克重": "attribute:weight", "弹力": "attribute:stretch"}
FULL = {
    **{"货号": "E-1", "款号": "E", "标题": "布", "英文标题": "Cloth", "描述": "精梳", "英文描述": "Soft", "品类": "gingham"},
    **{"单位": "米", "单价": "18.50", "起订量": "2", "限购": "900", "递增量": "0.5", "单价2": "17.00", "数量2": "50"},
    **{"单价3": "16.00", "数量3": "500", "颜色": "朱红", "尺码": "大", "克": "220", "条码": "6901", "交期": "7"},
    **{"成分": "棉", "克重": "120", "弹力": "是"},
}
WHOLE = list(FULL)


def whole(**said: str) -> list[str]:
    """A row of the widest table, its cells empty but for these."""
    return [said.get(heading, "") for heading in WHOLE]


def attributed(cast: Cast) -> Product:
    """A product of which every column of the widest table says something."""
    assert sent(cast, WHOLE, list(FULL.values()))["new"] == 1
    with unit_of_work(), acting_for(cast.acme_id):
        return goods.by_sku(["E-1"], merchant_id=cast.acme_id)["E-1"]


def test_an_empty_cell_leaves_what_is_there(cloth: Product, cast: Cast) -> None:
    made = attributed(cast)
    before, rungs = sheet_of(cast, made), prices(cast, made)
    assert before["attributes"].keys() == {"fibre", "weight", "stretch"}
    result = sent(cast, WHOLE, whole(货号="E-1"))
    assert (result["faults"], result["changed"], result["same"]) == (0, 0, 1)
    assert (sheet_of(cast, made), prices(cast, made)) == (before, rungs)
    result = sent(cast, WHOLE, whole(货号="E-1", 标题="新布", 单价="18.00", 交期="9"))
    assert (result["faults"], result["changed"]) == (0, 1)
    after = sheet_of(cast, made)
    assert after["title"] == {"zh_Hans": "新布", "en": "Cloth"}
    assert after["lead_days"] == 9
    for name in before.keys() - {"title", "lead_days", "tiers", "variants"}:
        assert after[name] == before[name], name
    assert prices(cast, made) == {"": [(2, 1800), (50, 1700), (500, 1600)]}
    assert vars(after["variants"][0]) == vars(before["variants"][0])


def test_one_price_step_is_said_and_the_others_stay(cloth: Product, cast: Cast) -> None:
    made = attributed(cast)
    sent(cast, WHOLE, whole(货号="E-1", 单价3="15.00", 数量3="400"))
    assert prices(cast, made) == {"": [(2, 1850), (50, 1700), (400, 1500)]}
    sent(cast, WHOLE, whole(货号="E-1", 单价2="16.80", 数量2="40"))
    assert prices(cast, made) == {"": [(2, 1850), (40, 1680), (400, 1500)]}


def test_what_only_the_whole_product_shows_is_said_by_the_check(cloth: Product, cast: Cast) -> None:
    """A step dearer than the price that stays, an order smaller than the smallest: wrong beside what no cell says."""
    made = attributed(cast)
    with pytest.raises(FaultsLeft):
        sent(cast, WHOLE, whole(货号="E-1", 单价2="19.00", 数量2="40"))
    with pytest.raises(FaultsLeft):
        sent(cast, WHOLE, whole(货号="E-1", 限购="1"))
    with unit_of_work(), acting_for(cast.acme_id):
        said = [one.sentence["zh_Hans"] for one in db.session.scalars(select(ImportFault).order_by(ImportFault.id))]
    assert said == ["从 40 起的单价高于前一档。数量越多，单价不应越高。", "最大订购量小于最小起订量。"]
    assert prices(cast, made) == {"": [(2, 1850), (50, 1700), (500, 1600)]}


def test_new_goods_still_need_what_is_needed(cloth: Product, cast: Cast) -> None:
    """A product that is not there, and a variant that is not there of one that is."""
    with pytest.raises(FaultsLeft):
        sent(cast, WHOLE, whole(货号="NEW-1"), whole(货号="K-R", 款号="K"), whole(货号="K-G", 款号="K", 颜色="墨绿"))
    with unit_of_work(), acting_for(cast.acme_id):
        said = {(one.row, one.column) for one in db.session.scalars(select(ImportFault))}
    assert said == {(2, "单价"), (2, "标题"), (4, "单价")}


def test_a_description_of_the_same_words_keeps_its_form(cloth: Product, cast: Cast) -> None:
    head = ["货号", "标题", "单价", "描述"]
    sent(cast, head, ["K-R", cloth.title["zh_Hans"], "18.50", "手感 精梳棉府绸，手感柔软，适合衬衫与连衣裙，四季可穿。"])
    assert reread(cast, cloth).description == {
        "zh_Hans": "<h3>手感</h3><p>精梳棉府绸，手感柔软，适合衬衫与连衣裙，四季可穿。</p>",
        "en": "<p>Soft</p>",
    }
    sent(cast, head, ["K-R", cloth.title["zh_Hans"], "18.50", "手感挺括"])
    assert reread(cast, cloth).description == {"zh_Hans": "<p>手感挺括</p>", "en": "<p>Soft</p>"}


@pytest.mark.parametrize("text", ["43.2 cm (17\") & 'A4' <80g", "第一行\n第二行\n\n另一段"])
def test_a_table_sent_again_changes_no_description(ctx: Flask, cast: Cast, text: str) -> None:
    with unit_of_work():
        make.category("gingham", attributes=True)
    head = ["货号", "标题", "单价", "描述"]
    assert sent(cast, head, ["K-9", "打印纸", "18.50", text])["new"] == 1
    again = sent(cast, head, ["K-9", "打印纸", "18.50", text])
    assert (again["changed"], again["same"]) == (0, 1)


def test_who_may_not_price_changes_no_price_and_sets_none(cloth: Product, cast: Cast) -> None:
    head = ["货号", "标题", "单价", "克"]
    sent(cast, head, ["K-R", cloth.title["zh_Hans"], "9.90", "250"], ["NEW-1", "新布", "9.90", "100"], prices=False)
    assert prices(cast, cloth) == {"": [(2, 1850), (100, 1650)]}
    assert {one.sku: one.weight_grams for one in reread(cast, cloth).variants}["K-R"] == 250
    with unit_of_work(), acting_for(cast.acme_id):
        assert goods.by_sku(["NEW-1"], merchant_id=cast.acme_id)["NEW-1"].tiers == []


def test_new_goods_ship_from_where_the_merchant_is(cloth: Product, cast: Cast) -> None:
    sent(cast, ["货号", "标题", "单价"], ["NEW-1", "新布", "9.90"])
    with unit_of_work(), acting_for(cast.acme_id):
        made = goods.by_sku(["NEW-1"], merchant_id=cast.acme_id)["NEW-1"]
        assert made.region_code


def test_an_export_comes_back_in_as_it_went_out(cloth: Product, cast: Cast) -> None:
    data = cast.owner.browser().get("/desk/acme/products/export.csv").get_data()
    before = reread(cast, cloth)
    (head, *rows) = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    result = sent(cast, head, *rows)
    assert (result["faults"], result["changed"], result["same"]) == (0, 0, 1)
    assert reread(cast, cloth).version == before.version
    dearer = [
        [cell.replace("16.5", "16.8") if head[place] == "prices" else cell for place, cell in enumerate(row)] for row in rows
    ]
    assert sent(cast, head, *dearer)["changed"] == 1
    assert prices(cast, cloth) == {"": [(2, 1850), (100, 1680)]}
    wrong = [[*rows[0][: head.index("prices")], "便宜", *rows[0][head.index("prices") + 1 :]]]
    with pytest.raises(FaultsLeft):
        sent(cast, head, *wrong)
