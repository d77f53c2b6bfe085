"""What is said of a quantity that cannot be ordered: in the unit of the goods, and only what can be had (OR1)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import force_locale

from marketplace.carts.rules import misread
from marketplace.catalogue.models.units import Unit
from marketplace.catalogue.rules import quantity_complaint


@pytest.mark.parametrize(
    ("typed", "unit", "step", "said"),
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
def test_a_refusal_says_the_unit(ctx: Flask, typed: str, unit: Unit, step: str, said: str | None) -> None:
    with ctx.test_request_context(), force_locale("en"):
        assert quantity_complaint(Decimal(typed), Decimal(20), Decimal(200), Decimal(step), unit) == said


def test_who_buys_whole_pieces_is_not_told_of_halves(ctx: Flask) -> None:
    with ctx.test_request_context(), force_locale("en"):
        assert misread("many", Unit.PACK) == misread("1.2345", Unit.PACK) == "Enter a whole number, such as 120."
        assert misread("many", Unit.METRE) == "Enter a number, such as 120 or 2.5."
        assert misread("12", Unit.PACK) is None
