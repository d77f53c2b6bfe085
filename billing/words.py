"""Amounts as plain words: for titles and figures, where the page's money macro cannot stand."""

from __future__ import annotations

from babel.numbers import format_currency
from flask_babel import get_locale

from marketplace.kernel.money import Money


def plainly(amount: Money) -> str:
    """`¥1,234.50`, the same in every language: English would write the market's own currency as CN¥."""
    if amount.currency == "CNY":
        return f"{'−' if amount.minor < 0 else ''}¥{abs(amount.amount):,}"
    return str(format_currency(amount.amount, amount.currency, locale=get_locale()))
