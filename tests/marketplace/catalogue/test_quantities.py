"""Messages for quantities that cannot be ordered, in the product's unit, naming only possible quantities (Shopping cart, OR1)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import force_locale

from marketplace.carts.pricing import quantity_error
from marketplace.catalogue.models.units import Unit
from marketplace.catalogue.rules import validate_quantity


@pytest.mark.parametrize(
    ("typed", "unit", "step", "expected"),
    [
        ("2", Unit.PACK, "1", "The smallest order is 20 packs: 18 packs more."),
        ("19", Unit.PACK, "1", "The smallest order is 20 packs: 1 pack more."),
        ("1.5", Unit.PACK, "1", "The smallest order is 20 packs."),
        ("1.5", Unit.METRE, "0.5", "The smallest order is 20 m: 18.5 m more."),
        ("201", Unit.PACK, "1", "The largest order is 200 packs."),
        ("22", Unit.PACK, "5", "This is sold in steps of 5 packs: take 20 or 25 packs."),
        ("199", Unit.PACK, "7", "This is sold in steps of 7 packs: take 195 packs."),
        ("20", Unit.PACK, "1", None),
    ],
)
def test_validate_quantity_message_uses_unit(ctx: Flask, typed: str, unit: Unit, step: str, expected: str | None) -> None:
    with ctx.test_request_context(), force_locale("en"):
        assert validate_quantity(Decimal(typed), Decimal(20), Decimal(200), Decimal(step), unit) == expected


def test_quantity_error_suggests_whole_numbers_for_countable_units(ctx: Flask) -> None:
    with ctx.test_request_context(), force_locale("en"):
        assert quantity_error("many", Unit.PACK) == quantity_error("1.2345", Unit.PACK) == "Enter a whole number, such as 120."
        assert quantity_error("many", Unit.METRE) == "Enter a number, such as 120 or 2.5."
        assert quantity_error("12", Unit.PACK) is None
