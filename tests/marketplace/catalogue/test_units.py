"""Unit labels after a number, in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from marketplace.catalogue.models import Unit
from marketplace.kernel.formatting import format_quantity


@pytest.mark.parametrize(
    ("quantity", "unit", "english", "chinese"),
    [
        (Decimal("1.000"), Unit.PACK, "1 pack", "1 包"),
        (Decimal(5), Unit.PACK, "5 packs", "5 包"),
        (1200, Unit.BOX, "1,200 boxes", "1,200 箱"),
        (Decimal("1.5"), Unit.ROLL, "1.5 rolls", "1.5 卷"),
        (0, Unit.PIECE, "0 pieces", "0 件"),
        (Decimal("5.00"), Unit.METRE, "5 m", "5 米"),
        (3, Unit.DOZEN, "3 dozen", "3 打"),
        (7, "m", "7 m", "7 m"),
        (None, Unit.PACK, "–", "–"),
    ],
)
def test_format_quantity_with_unit(
    app: Flask, quantity: Decimal | int | None, unit: Unit | str, english: str, chinese: str
) -> None:
    for language, expected in (("en", english), ("zh-CN", chinese)):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert format_quantity(quantity, unit) == expected


def test_countable_units_have_singular_and_plural(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        countable = {unit for unit in Unit if unit.label_for(2) != unit.label_for(1)}
        assert countable == {Unit.PIECE, Unit.ROLL, Unit.SET, Unit.PAIR, Unit.BOX, Unit.PACK}
        assert all(unit.label_for(1) == str(unit.label) for unit in Unit)
