"""Brands in an imported table: known in any spelling; an unknown one is only a warning (product maintenance, CA1)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete

from marketplace.catalogue import services as catalogue_services
from marketplace.catalogue.models import Brand
from marketplace.kernel.db import db, unit_of_work
from marketplace.product_import import queries
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tests.actors import Actors
from tests.factories import product_factory
from tests.marketplace.product_import.test_row_errors import IMPORTS_URL, run_worker

HEADER = ("货号", "款号", "颜色", "标题", "单价", "品类", "品牌")
UNKNOWN_BRAND_EN = (
    "The market does not know the brand “%s”: the row goes in without it. "
    "Write it as it stands in the list of brands, or leave the cell empty."
)
UNKNOWN_BRAND_ZH = "市场没有品牌“%s”，该行将不带此品牌导入。请按品牌列表中的名称填写，或将单元格留空。"


@pytest.fixture
def brand_ids(ctx: Flask, actors: Actors) -> dict[str, UUID]:
    """Create a category and two brands, one of them closed."""
    with unit_of_work():
        product_factory.create_category("gingham")
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        created_brands = [
            catalogue_services.create_brand(slug="jinlan", names={"zh_Hans": "锦澜", "en": "Jin Lan Textile"}),
            catalogue_services.create_brand(slug="old-loom", names={"zh_Hans": "旧机坊", "en": "Old Loom"}),
        ]
        db.session.flush()
        catalogue_services.toggle_brand_closed(brand_id=created_brands[1].id)
        return {brand.slug: brand.id for brand in created_brands}


def build_csv(brand_by_sku: Mapping[str, str], *, reference: str = "") -> bytes:
    """Build one row for each SKU, with the brand in its cell."""
    buffer = io.StringIO()
    rows = [
        (sku, reference, sku if reference else "", "格子布", "18.50", "gingham", brand) for sku, brand in brand_by_sku.items()
    ]
    csv.writer(buffer).writerows([HEADER, *rows])
    return buffer.getvalue().encode()


def upload_and_check(actors: Actors, data: bytes) -> UUID:
    """Upload and map a table at the desk, and run the check."""
    file_id = upload_and_match(actors, data)
    run_worker(file_id, actors.acme_id)
    return file_id


def upload_and_match(actors: Actors, data: bytes) -> UUID:
    """Upload a table at the desk, and submit the guessed mapping."""
    owner = actors.owner.client()
    response = owner.post(
        f"{IMPORTS_URL}/", data={"table": (io.BytesIO(data), "goods.csv")}, content_type="multipart/form-data"
    )
    file_id = UUID(response.headers["Location"].rpartition("/")[2])
    with unit_of_work(), as_merchant(actors.acme_id):
        mapping = queries.get_import(file_id).mapping
    form = {f"column-{index}": mapping[column] for index, column in enumerate(HEADER)}
    assert owner.post(f"{IMPORTS_URL}/{file_id}/match", data=form).status_code == 303
    return file_id


def start_and_import(actors: Actors, file_id: UUID) -> None:
    """Start an all-or-nothing import, and run it."""
    response = actors.owner.client().post(f"{IMPORTS_URL}/{file_id}/start", data={"mode": "all"})
    assert response.status_code == 303
    run_worker(file_id, actors.acme_id)


def get_counts(actors: Actors, file_id: UUID) -> dict[str, Any]:
    with unit_of_work(), as_merchant(actors.acme_id):
        return dict(queries.get_import(file_id).counts)


def get_product_brands(actors: Actors, skus: Sequence[str]) -> list[UUID | None]:
    with unit_of_work(), as_merchant(actors.acme_id):
        products_by_sku = queries.catalogue_queries.find_by_skus(skus, merchant_id=actors.acme_id)
        return [products_by_sku[sku].brand_id for sku in skus]


def test_import_brand_matches_case_width_and_spacing_insensitively(actors: Actors, brand_ids: dict[str, UUID]) -> None:
    spellings = ["锦澜", "jinlan", "JINLAN", " Jin  Lan Textile ", "jin lan textile", "ＪＩＮ　ＬＡＮ　ＴＥＸＴＩＬＥ"]
    brand_by_sku = {f"B-{number}": brand for number, brand in enumerate(spellings)}
    file_id = upload_and_check(actors, build_csv(brand_by_sku))
    assert get_counts(actors, file_id)["warnings"] == 0
    start_and_import(actors, file_id)
    assert get_product_brands(actors, list(brand_by_sku)) == [brand_ids["jinlan"]] * len(spellings)


def test_import_unknown_brand_adds_warning_and_retains_row(actors: Actors, brand_ids: dict[str, UUID]) -> None:
    brand_by_sku = {"B-1": "锦澜", "B-2": "Nobody & Sons", "B-3": ""}
    file_id = upload_and_check(actors, build_csv(brand_by_sku))
    with unit_of_work(), as_merchant(actors.acme_id):
        (warning,) = db.session.scalars(queries.errors_stmt(file_id)).all()
    assert (warning.row, warning.column, warning.value, warning.is_warning) == (3, "品牌", "Nobody & Sons", True)
    assert warning.message == {"en": UNKNOWN_BRAND_EN % "Nobody & Sons", "zh_Hans": UNKNOWN_BRAND_ZH % "Nobody & Sons"}
    result_counts = get_counts(actors, file_id)
    assert [result_counts[name] for name in ("new", "errors", "rows_with_errors", "warnings")] == [3, 0, 0, 1]
    owner = actors.owner.client()
    page = owner.get(f"{IMPORTS_URL}/{file_id}").text
    assert UNKNOWN_BRAND_ZH % "Nobody &amp; Sons" in page
    assert "每一行都可以导入，请先看下方的提示。" in page
    assert (
        UNKNOWN_BRAND_EN % "Nobody &amp; Sons" in owner.get(f"{IMPORTS_URL}/{file_id}", headers={"Accept-Language": "en"}).text
    )
    assert UNKNOWN_BRAND_ZH % "Nobody & Sons" in owner.get(f"{IMPORTS_URL}/{file_id}/faults.csv").get_data().decode()
    start_and_import(actors, file_id)
    assert get_product_brands(actors, list(brand_by_sku)) == [brand_ids["jinlan"], None, None]
    assert UNKNOWN_BRAND_ZH % "Nobody &amp; Sons" in owner.get(f"{IMPORTS_URL}/{file_id}").text


def test_errors_stmt_lists_errors_before_warnings(actors: Actors, brand_ids: dict[str, UUID]) -> None:
    data = build_csv({"B-1": "Nobody", "B-2": "Nobody"}).replace("B-2,,,格子布,18.50".encode(), "B-2,,,格子布,x".encode())
    file_id = upload_and_check(actors, data)
    with unit_of_work(), as_merchant(actors.acme_id):
        row_errors = [
            (row_error.row, row_error.column, row_error.is_warning)
            for row_error in db.session.scalars(queries.errors_stmt(file_id))
        ]
    assert row_errors == [(3, "单价", False), (2, "品牌", True), (3, "品牌", True)]
    page = actors.owner.client().get(f"{IMPORTS_URL}/{file_id}").text
    assert "错误与提示" in page
    assert "每一行都可以导入" not in page


def test_import_formula_in_brand_cell_is_one_error_without_warning(actors: Actors, brand_ids: dict[str, UUID]) -> None:
    file_id = upload_and_check(actors, build_csv({"B-1": "=A2"}))
    result_counts = get_counts(actors, file_id)
    assert (result_counts["errors"], result_counts["warnings"]) == (1, 0)


def test_import_unknown_or_empty_brand_retains_current_brand(actors: Actors, brand_ids: dict[str, UUID]) -> None:
    start_and_import(actors, upload_and_check(actors, build_csv({"B-1": "锦澜"})))
    start_and_import(actors, upload_and_check(actors, build_csv({"B-1": "锦斓"})))
    assert get_product_brands(actors, ["B-1"]) == [brand_ids["jinlan"]]
    start_and_import(actors, upload_and_check(actors, build_csv({"B-1": ""})))
    assert get_product_brands(actors, ["B-1"]) == [brand_ids["jinlan"]]


def test_import_closed_brand_only_for_merchants_using_it(actors: Actors, brand_ids: dict[str, UUID]) -> None:
    with unit_of_work():
        assert "old loom" not in queries.get_brand_ids_by_name(actors.acme_id)
        product_factory.create_product(actors.rival_id, brand_id=brand_ids["old-loom"])
    assert get_counts(actors, upload_and_check(actors, build_csv({"B-1": "old-loom"})))["warnings"] == 1
    with unit_of_work():
        product_factory.create_product(actors.acme_id, brand_id=brand_ids["old-loom"])
    file_id = upload_and_check(actors, build_csv({"B-1": "old-loom"}))
    assert get_counts(actors, file_id)["warnings"] == 0
    start_and_import(actors, file_id)
    assert get_product_brands(actors, ["B-1"]) == [brand_ids["old-loom"]]


def test_import_product_rows_share_first_named_brand(actors: Actors, brand_ids: dict[str, UUID]) -> None:
    start_and_import(actors, upload_and_check(actors, build_csv({"B-1": "", "B-2": "锦澜"}, reference="R-1")))
    assert get_product_brands(actors, ["B-1", "B-2"]) == [brand_ids["jinlan"]] * 2


def test_import_reads_brands_in_one_statement(actors: Actors, brand_ids: dict[str, UUID], record_statements: Any) -> None:
    data = build_csv({f"B-{number}": "锦澜" if number % 2 else "Nobody" for number in range(250)})
    file_id = upload_and_match(actors, data)
    with record_statements() as executed:
        run_worker(file_id, actors.acme_id)
    assert len([statement for statement in executed if "FROM brands" in statement]) == 1
    assert get_counts(actors, file_id)["warnings"] == 125


def test_unknown_brand_warning_truncates_long_name(actors: Actors, brand_ids: dict[str, UUID]) -> None:
    file_id = upload_and_check(actors, build_csv({"B-1": "长" * 300}))
    with unit_of_work(), as_merchant(actors.acme_id):
        (warning,) = db.session.scalars(queries.errors_stmt(file_id)).all()
    assert warning.message["zh_Hans"] == UNKNOWN_BRAND_ZH % ("长" * 60)
    assert len(warning.value) == 200


def test_import_without_any_brands_retains_rows(actors: Actors, brand_ids: dict[str, UUID], superuser: Any) -> None:
    with superuser.begin() as connection:
        connection.execute(delete(Brand))
    file_id = upload_and_check(actors, build_csv({"B-1": "锦澜"}))
    assert get_counts(actors, file_id)["warnings"] == 1
    start_and_import(actors, file_id)
    assert get_product_brands(actors, ["B-1"]) == [None]
