"""Units are called as people say them after a number, in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from marketplace.catalogue.models import Unit
from marketplace.kernel.words import amount


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
def test_so_much_of_something(app: Flask, quantity: Decimal | int | None, unit: Unit | str, english: str, chinese: str) -> None:
    for tongue, said in (("en", english), ("zh-CN", chinese)):
        with app.test_request_context(headers={"Accept-Language": tongue}):
            assert amount(quantity, unit) == said


def test_every_unit_that_is_counted_has_both_words(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        several = {unit for unit in Unit if unit.of(2) != unit.of(1)}
        assert several == {Unit.PIECE, Unit.ROLL, Unit.SET, Unit.PAIR, Unit.BOX, Unit.PACK}
        assert all(unit.of(1) == str(unit.label) for unit in Unit)
