"""Parsing of typed numbers, for forms and imported files."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marketplace.kernel import numbers
from marketplace.kernel.money import Money


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_parse_decimal_valid_text(text: str, expected: str) -> None:
    assert numbers.parse_decimal(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text",
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
def test_parse_decimal_invalid_text_raises(text: str) -> None:
    with pytest.raises(ValueError) as exc_info:  # noqa: PT011 - parse_decimal has no message
        numbers.parse_decimal(text)
    assert exc_info.value.args == (text,)


@pytest.mark.parametrize(("text", "minor"), [("￥12.50", 1250), ("¥1,250", 125000), ("１２．５０", 1250), ("$0.01", 1)])
def test_money_parse_valid_amount(text: str, minor: int) -> None:
    assert Money.parse(text, "CNY") == Money(minor, "CNY")


@pytest.mark.parametrize("text", ["12,50", "0.001", "1e99", "9" * 30, "1e-99", ""])
def test_money_parse_invalid_amount_raises(text: str) -> None:
    with pytest.raises(ValueError) as exc_info:  # noqa: PT011 - Money.parse has no message
        Money.parse(text, "CNY")
    assert exc_info.value.args == (text,)
