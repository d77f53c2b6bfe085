"""Formatting of numbers, dates and durations in the user's language and the installation's time zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.numbers import format_currency, format_decimal
from flask import Flask
from flask_babel import (
    format_date,
    format_datetime,
    format_percent,
    format_timedelta,
    get_locale,
    ngettext,
    to_user_timezone,
)
from flask_babel import gettext as _

from marketplace.kernel import clock, sanitize
from marketplace.kernel.localized_text import current_language
from marketplace.kernel.money import Money
from marketplace.kernel.translations import template_gettext, template_ngettext

SIZE_UNITS = ((1024**3, "GB"), (1024**2, "MB"), (1024, "KB"))


def format_number(value: int | float | Decimal | None, decimals: int | None = None) -> str:
    """Format a number with separators; `decimals` fixes the number of decimals."""
    return "–" if value is None else _format_number_cached(value, decimals, current_language())


@lru_cache(maxsize=4096)
def _format_number_cached(value: int | float | Decimal, decimals: int | None, language: str) -> str:
    """Format a number; cached, because lists repeat few numbers and Babel parses its pattern each time."""
    if decimals is not None:
        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        return str(format_decimal(Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals)), format=pattern, locale=language))
    exact = value.normalize() if isinstance(value, Decimal) else value
    return str(format_decimal(exact, format="#,##0.######", locale=language))


def format_quantity(value: Decimal | int | float | None, unit: Any) -> str:
    """Format a quantity with its unit: 1 pack, 5 packs, 2.5 m."""
    return "–" if value is None else f"{format_number(value)} {unit_label(value, unit)}"


def unit_label(value: Decimal | int | float, unit: Any) -> str:
    """Return the unit in singular or plural; a plain string stays as it is."""
    return str(unit.label_for(value) if hasattr(unit, "label_for") else unit)


def format_input_value(value: Decimal | None) -> str:
    """Format a quantity for an input field: 1200.5; empty for None."""
    return "" if value is None else format(value.normalize(), "f")


@lru_cache(maxsize=4096)
def format_money_digits(value: Money) -> str:
    """Format an amount without sign and currency: 1,234.50."""
    return f"{abs(value.amount):,}"


def format_percentage(value: float | Decimal | None) -> str:
    """Format a ratio as a percentage: 0.083 as 8.3 %."""
    return "–" if value is None else str(format_percent(value, format="#,##0.#%"))


def format_money(value: Money | None) -> str:
    """Format an amount as plain text: ¥1,234.50. Pages use the macro; this is for titles, metrics, e-mails and attributes.

    Equal in every language, like the macro: Babel's English locale would write CN¥.
    """
    if value is None:
        return "–"
    if value.currency == "CNY":
        return f"{'−' if value.minor < 0 else ''}¥{format_money_digits(value)}"
    return str(format_currency(value.amount, value.currency, locale=get_locale()))


def format_day(value: datetime | None, year: bool = False) -> str:
    """Format a day; with the year if it is not the current one, or with `year` (for printed documents)."""
    if value is None:
        return "–"
    same_year = not year and to_user_timezone(value).year == to_user_timezone(clock.now()).year
    if current_language() == "en":
        return str(format_date(value, "d MMM" if same_year else "d MMM yyyy"))
    return str(format_date(value, "M月d日" if same_year else "yyyy年M月d日"))


def format_month(name: str) -> str:
    """Format a ledger period (`2026-11`) as a month."""
    day = datetime.strptime(f"{name}-01", "%Y-%m-%d")  # noqa: DTZ007 - a calendar month has no time zone
    return str(format_date(day.date(), "MMMM yyyy" if current_language() == "en" else "yyyy年M月"))


def format_timestamp(value: datetime | None, year: bool = False) -> str:
    """Format a day with the time."""
    return "–" if value is None else f"{format_day(value, year)} {format_datetime(value, 'HH:mm')}"


def format_relative_time(value: datetime | None) -> str:
    """Format the time since (or until) a moment."""
    if value is None:
        return "–"
    delta = value - clock.now()
    if abs(delta) < timedelta(seconds=60):
        return str(_("just now"))
    return str(format_timedelta(delta, granularity="minute", threshold=1.2, add_direction=True))


def format_duration(value: timedelta | int | None) -> str:
    """Format a duration with at most two units."""
    if value is None:
        return "–"
    seconds = int(value.total_seconds()) if isinstance(value, timedelta) else value
    days, remainder = divmod(max(0, seconds), 86400)
    hours, minutes = remainder // 3600, remainder % 3600 // 60
    parts = [
        ngettext("%(num)s day", "%(num)s days", days) if days else "",
        ngettext("%(num)s hour", "%(num)s hours", hours) if hours else "",
        ngettext("%(num)s minute", "%(num)s minutes", minutes) if minutes and not days else "",
    ]
    nonempty_parts = [part for part in parts if part][:2]
    return " ".join(nonempty_parts) if nonempty_parts else str(_("under a minute"))


def format_file_size(size: int) -> str:
    """Format a size in bytes with a unit."""
    for unit_size, unit in SIZE_UNITS:
        if size >= unit_size:
            return f"{format_number(Decimal(size) / unit_size, 1)} {unit}"
    return f"{size} B"


def init(app: Flask) -> None:
    """Register the Jinja globals and filters."""
    app.jinja_env.globals.update(_=template_gettext, gettext=template_gettext, ngettext=template_ngettext)
    app.jinja_env.filters.update(
        money_digits=format_money_digits,
        input_value=format_input_value,
        quantity=format_quantity,
        unit_label=unit_label,
        number=format_number,
        percent=format_percentage,
        money=format_money,
        date=format_day,
        datetime=format_timestamp,
        month=format_month,
        ago=format_relative_time,
        duration=format_duration,
        filesize=format_file_size,
        sanitized_html=sanitize.render_html,
    )
