"""Numbers as people type them: one reader for every form and file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marketplace.kernel import numbers
from marketplace.kernel.money import Money


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0", "0"),
        ("-1", "-1"),
        ("+3", "3"),
        (" 1.50 ", "1.50"),
        (".5", ".5"),
        ("5.", "5"),
        ("1,234.5", "1234.5"),
        ("12,345,678", "12345678"),
        ("１２．５", "12.5"),
        ("１，２３４", "1234"),
        ("٤٢", "42"),
        ("1.2E3", "1200"),
    ],
)
def test_what_is_a_number(typed: str, meant: str) -> None:
    assert numbers.read(typed) == Decimal(meant)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        ".",
        "-",
        "12,50",
        "1,2345",
        ",5",
        "1,,000",
        "1_000",
        "1 000",
        "NaN",
        "Infinity",
        "1e999",
        "1.2.3",
        "5元",
        "²",
        "½",
        "9" * 61,
    ],
)
def test_what_is_none(typed: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - a number has no sentence of its own
        numbers.read(typed)
    assert refusal.value.args == (typed,)


@pytest.mark.parametrize(("typed", "minor"), [("￥12.50", 1250), ("¥1,250", 125000), ("１２．５０", 1250), ("$0.01", 1)])
def test_an_amount(typed: str, minor: int) -> None:
    assert Money.parse(typed, "CNY") == Money(minor, "CNY")


@pytest.mark.parametrize("typed", ["12,50", "0.001", "1e99", "9" * 30, "1e-99", ""])
def test_no_amount(typed: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - an amount has no sentence of its own
        Money.parse(typed, "CNY")
    assert refusal.value.args == (typed,)
