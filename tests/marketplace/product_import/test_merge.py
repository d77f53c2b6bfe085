"""A table for existing products: fields without a column stay, and prices need their permission.

Product maintenance (CA1), roles and permissions (RO2).
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue import services as catalogue_services
from marketplace.catalogue.inputs import TierInput, VariantInput
from marketplace.catalogue.models import Product
from marketplace.kernel.db import db, unit_of_work
from marketplace.product_import import services
from marketplace.product_import.errors import ImportHasErrors
from marketplace.product_import.models import ImportMode, ImportRowError
from tenants.isolation import as_merchant
from tests.actors import Actors
from tests.factories import product_factory
from tests.marketplace.product_import.test_import_run import build_csv, run_job

COLOUR_AXES = [{"code": "colour", "names": {"zh_Hans": "颜色", "en": "Colour"}, "values": [
    {"value": "red", "names": {"zh_Hans": "红色", "en": "Red"}, "hex": "#c03020"},
    {"value": "navy", "names": {"zh_Hans": "藏青", "en": "Navy"}, "hex": "#203060"},
]}]  # fmt: skip
TIERS = [TierInput(from_quantity=Decimal(2), price=1850), TierInput(from_quantity=Decimal(100), price=1650)]


@pytest.fixture
def cloth(ctx: Flask, actors: Actors) -> Product:
    with unit_of_work():
        category = product_factory.create_category("gingham", attributes=True)
        variants = [
            VariantInput(sku="K-R", options={"colour": "red"}, weight_grams=220, min_quantity=Decimal(2), step=Decimal("0.5")),
            VariantInput(sku="K-N", options={"colour": "navy"}, weight_grams=230, min_quantity=Decimal(2)),
        ]
        description = {"zh_Hans": "<h3>手感</h3><p>精梳棉府绸，手感柔软，适合衬衫与连衣裙，四季可穿。</p>", "en": "<p>Soft</p>"}
        values = {
            "axes": COLOUR_AXES,
            "description": description,
            "lead_days": 5,
            "reference": "K",
            "region_code": "330600",
            "mix_variants": True,
        }
        product = product_factory.create_product(actors.acme_id, category.id, variants=variants, tiers=TIERS, **values)
    db.session.remove()
    return product


def import_rows(actors: Actors, header: list[str], *rows: list[str], update_prices: bool = True) -> dict[str, Any]:
    with unit_of_work(), as_merchant(actors.acme_id):
        data = build_csv(list(rows), header)
        import_file = services.upload_file(
            merchant_id=actors.acme_id, account_id=actors.owner.account_id, name="list.csv", data=data
        )
        options = {"category": "gingham", "unit": "piece"}
        mapping = import_file.mapping | {heading: target for heading, target in ATTRIBUTE_TARGETS.items() if heading in header}
        services.set_mapping(file_id=import_file.id, mapping=mapping, options=options)
        file_id = import_file.id
    run_job(file_id, actors.acme_id)
    with unit_of_work(), as_merchant(actors.acme_id):
        services.start_import(file_id=file_id, mode=ImportMode.ALL_OR_NOTHING, submit=False, update_prices=update_prices)
    return run_job(file_id, actors.acme_id)


def reload_product(actors: Actors, product: Product) -> Product:
    db.session.remove()
    with unit_of_work(), as_merchant(actors.acme_id):
        return catalogue_queries.get_product(product.id)


def get_product_input(actors: Actors, product: Product) -> dict[str, Any]:
    return vars(catalogue_services.editing.product_input_of(product=reload_product(actors, product)))


def get_tiers(actors: Actors, product: Product) -> dict[str, list[tuple[int, int]]]:
    product_row = reload_product(actors, product)
    skus_by_id = {variant.id: variant.sku for variant in product_row.variants}
    tiers_by_sku: dict[str, list[tuple[int, int]]] = {}
    for tier in product_row.tiers:
        tiers_by_sku.setdefault(skus_by_id.get(tier.variant_id, ""), []).append((int(tier.from_quantity), tier.price))
    return tiers_by_sku


def test_merge_price_list_changes_only_prices(cloth: Product, actors: Actors) -> None:
    before = get_product_input(actors, cloth)
    result = import_rows(
        actors, ["货号", "标题", "单价"], ["K-R", cloth.title["zh_Hans"], "19.00"], ["K-N", cloth.title["zh_Hans"], "19.00"]
    )
    assert (result["errors"], result["changed"] + result["unchanged"]) == (0, 2)
    after = get_product_input(actors, cloth)
    for name in before.keys() - {"tiers", "variants"}:
        assert after[name] == before[name], name
    assert get_tiers(actors, cloth) == {
        "": [(2, 1850), (100, 1650)],
        "K-R": [(2, 1900), (100, 1650)],
        "K-N": [(2, 1900), (100, 1650)],
    }
    variants_before = {variant.sku: variant for variant in before["variants"]}
    for variant in after["variants"]:
        assert (variant.options, variant.weight_grams, variant.step) == (
            variants_before[variant.sku].options,
            variants_before[variant.sku].weight_grams,
            variants_before[variant.sku].step,
        )
    second_result = import_rows(
        actors, ["货号", "标题", "单价"], ["K-R", cloth.title["zh_Hans"], "19.00"], ["K-N", cloth.title["zh_Hans"], "19.00"]
    )
    assert (second_result["changed"], second_result["unchanged"]) == (0, 2)


def test_merge_rows_of_all_variants_set_product_tiers(cloth: Product, actors: Actors) -> None:
    header, title = ["货号", "款号", "标题", "单价"], cloth.title["zh_Hans"]
    import_rows(actors, header, ["K-R", "K", title, "17.00"], ["K-N", "K", title, "17.00"])
    assert get_tiers(actors, cloth) == {"": [(2, 1700), (100, 1650)]}


def test_merge_retains_variants_without_row(cloth: Product, actors: Actors) -> None:
    import_rows(actors, ["货号", "标题", "单价", "克"], ["K-R", cloth.title["zh_Hans"], "18.50", "240"])
    product = reload_product(actors, cloth)
    assert {variant.sku: (variant.weight_grams, variant.closed_at) for variant in product.variants} == {
        "K-R": (240, None),
        "K-N": (230, None),
    }
    assert get_tiers(actors, cloth) == {"": [(2, 1850), (100, 1650)]}


def test_merge_matches_options_by_name_and_adds_new_ones(cloth: Product, actors: Actors) -> None:
    header, title = ["货号", "款号", "标题", "单价", "颜色"], cloth.title["zh_Hans"]
    import_rows(actors, header, ["K-R", "K", title, "18.50", "红色"], ["K-G", "K", title, "18.50", "墨绿"])
    product = reload_product(actors, cloth)
    assert {variant.sku: variant.options["colour"] for variant in product.variants} == {
        "K-R": "red",
        "K-N": "navy",
        "K-G": "墨绿",
    }
    assert [value["value"] for value in product.axes[0]["values"]] == ["red", "navy", "墨绿"]
    assert product.axes[0]["values"][0]["hex"] == "#c03020"


ATTRIBUTE_TARGETS = {"成分": "attribute:fibre", "克重": "attribute:weight", "弹力": "attribute:stretch"}
FULL_ROW = {
    **{"货号": "E-1", "款号": "E", "标题": "布", "英文标题": "Cloth", "描述": "精梳", "英文描述": "Soft", "品类": "gingham"},
    **{"单位": "米", "单价": "18.50", "起订量": "2", "限购": "900", "递增量": "0.5", "单价2": "17.00", "数量2": "50"},
    **{"单价3": "16.00", "数量3": "500", "颜色": "朱红", "尺码": "大", "克": "220", "条码": "6901", "交期": "7"},
    **{"成分": "棉", "克重": "120", "弹力": "是"},
}
FULL_HEADER = list(FULL_ROW)


def build_full_row(**cells: str) -> list[str]:
    """Build a row of the widest table, its cells empty except for these."""
    return [cells.get(heading, "") for heading in FULL_HEADER]


def import_full_product(actors: Actors) -> Product:
    """Import a product that fills every column of the widest table."""
    assert import_rows(actors, FULL_HEADER, list(FULL_ROW.values()))["new"] == 1
    with unit_of_work(), as_merchant(actors.acme_id):
        return catalogue_queries.find_by_skus(["E-1"], merchant_id=actors.acme_id)["E-1"]


def test_merge_empty_cells_retain_current_values(cloth: Product, actors: Actors) -> None:
    product = import_full_product(actors)
    before, tiers_before = get_product_input(actors, product), get_tiers(actors, product)
    assert before["attributes"].keys() == {"fibre", "weight", "stretch"}
    result = import_rows(actors, FULL_HEADER, build_full_row(货号="E-1"))
    assert (result["errors"], result["changed"], result["unchanged"]) == (0, 0, 1)
    assert (get_product_input(actors, product), get_tiers(actors, product)) == (before, tiers_before)
    result = import_rows(actors, FULL_HEADER, build_full_row(货号="E-1", 标题="新布", 单价="18.00", 交期="9"))
    assert (result["errors"], result["changed"]) == (0, 1)
    after = get_product_input(actors, product)
    assert after["title"] == {"zh_Hans": "新布", "en": "Cloth"}
    assert after["lead_days"] == 9
    for name in before.keys() - {"title", "lead_days", "tiers", "variants"}:
        assert after[name] == before[name], name
    assert get_tiers(actors, product) == {"": [(2, 1800), (50, 1700), (500, 1600)]}
    assert vars(after["variants"][0]) == vars(before["variants"][0])


def test_merge_single_tier_retains_other_tiers(cloth: Product, actors: Actors) -> None:
    product = import_full_product(actors)
    import_rows(actors, FULL_HEADER, build_full_row(货号="E-1", 单价3="15.00", 数量3="400"))
    assert get_tiers(actors, product) == {"": [(2, 1850), (50, 1700), (400, 1500)]}
    import_rows(actors, FULL_HEADER, build_full_row(货号="E-1", 单价2="16.80", 数量2="40"))
    assert get_tiers(actors, product) == {"": [(2, 1850), (40, 1680), (400, 1500)]}


def test_check_validates_merged_product(cloth: Product, actors: Actors) -> None:
    """A tier above the unchanged price, and a maximum below the minimum, are errors together with unchanged fields."""
    product = import_full_product(actors)
    with pytest.raises(ImportHasErrors):
        import_rows(actors, FULL_HEADER, build_full_row(货号="E-1", 单价2="19.00", 数量2="40"))
    with pytest.raises(ImportHasErrors):
        import_rows(actors, FULL_HEADER, build_full_row(货号="E-1", 限购="1"))
    with unit_of_work(), as_merchant(actors.acme_id):
        messages = [
            row_error.message["zh_Hans"] for row_error in db.session.scalars(select(ImportRowError).order_by(ImportRowError.id))
        ]
    assert messages == ["从 40 起的单价高于前一档。数量越多，单价不应越高。", "最大订购量小于最小起订量。"]
    assert get_tiers(actors, product) == {"": [(2, 1850), (50, 1700), (500, 1600)]}


def test_check_new_products_and_variants_require_mandatory_cells(cloth: Product, actors: Actors) -> None:
    """A new product, and a new variant of an existing product, need the mandatory cells."""
    with pytest.raises(ImportHasErrors):
        import_rows(
            actors,
            FULL_HEADER,
            build_full_row(货号="NEW-1"),
            build_full_row(货号="K-R", 款号="K"),
            build_full_row(货号="K-G", 款号="K", 颜色="墨绿"),
        )
    with unit_of_work(), as_merchant(actors.acme_id):
        error_cells = {(row_error.row, row_error.column) for row_error in db.session.scalars(select(ImportRowError))}
    assert error_cells == {(2, "单价"), (2, "标题"), (4, "单价")}


def test_merge_same_description_text_retains_formatting(cloth: Product, actors: Actors) -> None:
    header = ["货号", "标题", "单价", "描述"]
    import_rows(
        actors, header, ["K-R", cloth.title["zh_Hans"], "18.50", "手感 精梳棉府绸，手感柔软，适合衬衫与连衣裙，四季可穿。"]
    )
    assert reload_product(actors, cloth).description == {
        "zh_Hans": "<h3>手感</h3><p>精梳棉府绸，手感柔软，适合衬衫与连衣裙，四季可穿。</p>",
        "en": "<p>Soft</p>",
    }
    import_rows(actors, header, ["K-R", cloth.title["zh_Hans"], "18.50", "手感挺括"])
    assert reload_product(actors, cloth).description == {"zh_Hans": "<p>手感挺括</p>", "en": "<p>Soft</p>"}


@pytest.mark.parametrize("text", ["43.2 cm (17\") & 'A4' <80g", "第一行\n第二行\n\n另一段"])
def test_reimport_retains_plain_text_description(ctx: Flask, actors: Actors, text: str) -> None:
    with unit_of_work():
        product_factory.create_category("gingham", attributes=True)
    header = ["货号", "标题", "单价", "描述"]
    assert import_rows(actors, header, ["K-9", "打印纸", "18.50", text])["new"] == 1
    second_result = import_rows(actors, header, ["K-9", "打印纸", "18.50", text])
    assert (second_result["changed"], second_result["unchanged"]) == (0, 1)


def test_import_without_price_permission_sets_no_prices(cloth: Product, actors: Actors) -> None:
    header = ["货号", "标题", "单价", "克"]
    import_rows(
        actors, header, ["K-R", cloth.title["zh_Hans"], "9.90", "250"], ["NEW-1", "新布", "9.90", "100"], update_prices=False
    )
    assert get_tiers(actors, cloth) == {"": [(2, 1850), (100, 1650)]}
    assert {variant.sku: variant.weight_grams for variant in reload_product(actors, cloth).variants}["K-R"] == 250
    with unit_of_work(), as_merchant(actors.acme_id):
        assert catalogue_queries.find_by_skus(["NEW-1"], merchant_id=actors.acme_id)["NEW-1"].tiers == []


def test_import_new_products_use_merchant_region(cloth: Product, actors: Actors) -> None:
    import_rows(actors, ["货号", "标题", "单价"], ["NEW-1", "新布", "9.90"])
    with unit_of_work(), as_merchant(actors.acme_id):
        product = catalogue_queries.find_by_skus(["NEW-1"], merchant_id=actors.acme_id)["NEW-1"]
        assert product.region_code


def test_export_and_reimport_round_trip(cloth: Product, actors: Actors) -> None:
    data = actors.owner.client().get("/desk/acme/products/export.csv").get_data()
    before = reload_product(actors, cloth)
    (header, *rows) = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    result = import_rows(actors, header, *rows)
    assert (result["errors"], result["changed"], result["unchanged"]) == (0, 0, 1)
    assert reload_product(actors, cloth).version == before.version
    rows_with_higher_price = [
        [cell.replace("16.5", "16.8") if header[index] == "prices" else cell for index, cell in enumerate(row)] for row in rows
    ]
    assert import_rows(actors, header, *rows_with_higher_price)["changed"] == 1
    assert get_tiers(actors, cloth) == {"": [(2, 1850), (100, 1680)]}
    invalid_rows = [[*rows[0][: header.index("prices")], "便宜", *rows[0][header.index("prices") + 1 :]]]
    with pytest.raises(ImportHasErrors):
        import_rows(actors, header, *invalid_rows)
