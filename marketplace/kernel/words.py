"""How values read on a page: numbers, dates, spans of time, in the language of the reader and the time zone of the market."""

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

from marketplace.kernel import clock, rich
from marketplace.kernel.money import Money
from marketplace.kernel.texts import language
from marketplace.kernel.translations import say, say_many

STEPS = ((1024**3, "GB"), (1024**2, "MB"), (1024, "KB"))


def number(value: int | float | Decimal | None, places: int | None = None) -> str:
    """A number with separators; `places` fixes the decimals."""
    return "–" if value is None else _figure(value, places, language())


@lru_cache(maxsize=4096)
def _figure(value: int | float | Decimal, places: int | None, language: str) -> str:
    """Lists say the same few numbers again and again, and Babel reads its patterns anew for each."""
    if places is not None:
        shape = "#,##0." + "0" * places if places else "#,##0"
        return str(format_decimal(Decimal(str(value)).quantize(Decimal(1).scaleb(-places)), format=shape, locale=language))
    exact = value.normalize() if isinstance(value, Decimal) else value
    return str(format_decimal(exact, format="#,##0.######", locale=language))


def amount(value: Decimal | int | float | None, unit: Any) -> str:
    """So much of something: 1 pack, 5 packs, 2.5 m."""
    return "–" if value is None else f"{number(value)} {counted(value, unit)}"


def counted(value: Decimal | int | float, unit: Any) -> str:
    """What so much is called: a unit of the catalogue knows, a word stays as it is."""
    return str(unit.of(value) if hasattr(unit, "of") else unit)


def plain(value: Decimal | None) -> str:
    """A quantity as a field takes it: 1200.5; nothing where there is none."""
    return "" if value is None else format(value.normalize(), "f")


@lru_cache(maxsize=4096)
def digits(value: Money) -> str:
    """An amount's figures alone, without sign and currency: 1,234.50."""
    return f"{abs(value.amount):,}"


def percent(value: float | Decimal | None) -> str:
    """0.083 as 8.3 %."""
    return "–" if value is None else str(format_percent(value, format="#,##0.#%"))


def money(value: Money | None) -> str:
    """An amount as plain text: ¥1,234.50. Pages use the macro; this is for titles, figures, mails and attributes.

    The same in every language, as the macro writes it: English would call the market's own currency CN¥.
    """
    if value is None:
        return "–"
    if value.currency == "CNY":
        return f"{'−' if value.minor < 0 else ''}¥{digits(value)}"
    return str(format_currency(value.amount, value.currency, locale=get_locale()))


def date(value: datetime | None, year: bool = False) -> str:
    """A day as people write it; the year only when it is another, or when papers want it that outlive the year."""
    if value is None:
        return "–"
    same_year = not year and to_user_timezone(value).year == to_user_timezone(clock.now()).year
    if language() == "en":
        return str(format_date(value, "d MMM" if same_year else "d MMM yyyy"))
    return str(format_date(value, "M月d日" if same_year else "yyyy年M月d日"))


def month(name: str) -> str:
    """A month of the books (`2026-11`) as people say it."""
    day = datetime.strptime(f"{name}-01", "%Y-%m-%d")  # noqa: DTZ007 - a name of the calendar, in no zone
    return str(format_date(day.date(), "MMMM yyyy" if language() == "en" else "yyyy年M月"))


def moment(value: datetime | None, year: bool = False) -> str:
    """A day and the time of day."""
    return "–" if value is None else f"{date(value, year)} {format_datetime(value, 'HH:mm')}"


def ago(value: datetime | None) -> str:
    """How long ago (or until) something is."""
    if value is None:
        return "–"
    apart = value - clock.now()
    if abs(apart) < timedelta(seconds=60):
        return str(_("just now"))
    return str(format_timedelta(apart, granularity="minute", threshold=1.2, add_direction=True))


def duration(value: timedelta | int | None) -> str:
    """A span of time: two units at most."""
    if value is None:
        return "–"
    seconds = int(value.total_seconds()) if isinstance(value, timedelta) else value
    days, rest = divmod(max(0, seconds), 86400)
    hours, minutes = rest // 3600, rest % 3600 // 60
    parts = [
        ngettext("%(num)s day", "%(num)s days", days) if days else "",
        ngettext("%(num)s hour", "%(num)s hours", hours) if hours else "",
        ngettext("%(num)s minute", "%(num)s minutes", minutes) if minutes and not days else "",
    ]
    said = [part for part in parts if part][:2]
    return " ".join(said) if said else str(_("under a minute"))


def filesize(size: int) -> str:
    """Bytes as people read them."""
    for step, unit in STEPS:
        if size >= step:
            return f"{number(Decimal(size) / step, 1)} {unit}"
    return f"{size} B"


def init(app: Flask) -> None:
    """Teach templates these words."""
    app.jinja_env.globals.update(_=say, gettext=say, ngettext=say_many)
    app.jinja_env.filters.update(
        digits=digits,
        plain=plain,
        amount=amount,
        counted=counted,
        number=number,
        percent=percent,
        money=money,
        date=date,
        datetime=moment,
        month=month,
        ago=ago,
        duration=duration,
        filesize=filesize,
        rich=rich.show,
    )
