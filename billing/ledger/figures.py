"""Figures and charts of the doors' first pages: what a merchant has, what the market earned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app, g, url_for
from flask_babel import gettext as _

from billing.ledger import queries
from billing.ledger.rules import Code
from marketplace.kernel import clock
from marketplace.kernel.feature import Figure
from marketplace.kernel.money import Money
from marketplace.kernel.words import money as plainly
from tenants.access.permissions import MarketRight, Permission

DAYS = 30


def _days(zone: ZoneInfo) -> tuple[datetime, list[date]]:
    """The last thirty days with today, and the moment at which the first began."""
    today = clock.now().astimezone(zone)
    first = (today - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return first, [(first + timedelta(days=number)).date() for number in range(DAYS)]


def for_the_desk() -> Sequence[Figure]:
    """What the merchant has and what is held for it; nothing for colleagues who may not see money."""
    if not g.place.may(Permission.MONEY_SEE):
        return ()
    currency = str(current_app.config["SETTINGS"].currency)
    found = queries.standing(g.place.merchant_id, currency)
    nothing = Money.zero(currency)
    page = url_for("desk.ledger.index")
    available = found.get(Code.MERCHANT_AVAILABLE, nothing) - found.get(Code.MERCHANT_RECEIVABLE, nothing)
    held = found.get(Code.ESCROW, nothing)
    return (
        Figure(label=_("Available"), value=plainly(available), detail=_("yours to be paid out"), url=page, order=40),
        Figure(label=_("Held in escrow"), value=plainly(held), detail=_("until buyers confirm receipt"), url=page, order=41),
    )


def for_the_console() -> Sequence[Figure]:
    """What the market earned in thirty days, and what it holds for others."""
    if MarketRight.LEDGER_SEE not in g.rights:
        return ()
    settings = current_app.config["SETTINGS"]
    since, days = _days(ZoneInfo(settings.timezone))
    codes = (Code.COMMISSION, Code.COMMISSION_REVERSED)
    earned = queries.daily(codes, settings.currency, since, zone=settings.timezone)
    series = [Money(earned.get(day.isoformat(), 0), settings.currency) for day in days]
    whole = Money(sum(amount.minor for amount in series), settings.currency)
    return (
        Figure(
            label=_("Commission"),
            value=plainly(whole),
            detail=_("in %(n)s days", n=DAYS),
            series=[float(amount.amount) for amount in series],
            days=[f"{day:%m-%d}" for day in days],
            url=url_for("console.ledger.index"),
            order=40,
        ),
    )
