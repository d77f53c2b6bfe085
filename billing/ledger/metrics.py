"""Metrics of the dashboards: a merchant's balances, the platform's commission."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app, g, url_for
from flask_babel import gettext as _

from billing.ledger import queries
from billing.ledger.domain import AccountCode
from marketplace.kernel import clock
from marketplace.kernel.feature import DashboardMetric
from marketplace.kernel.formatting import format_money
from marketplace.kernel.money import Money
from tenants.access.permissions import Permission, PlatformPermission

DAYS = 30


def _last_days(zone: ZoneInfo) -> tuple[datetime, list[date]]:
    """Return the start of the first of the last thirty days, and the days up to and including today."""
    today = clock.now().astimezone(zone)
    first = (today - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return first, [(first + timedelta(days=number)).date() for number in range(DAYS)]


def desk_metrics() -> Sequence[DashboardMetric]:
    """Return the merchant's available and escrowed balance; nothing for staff without the permission to see money."""
    if not g.membership.can(Permission.MONEY_SEE):
        return ()
    currency = str(current_app.config["SETTINGS"].currency)
    balances = queries.get_current_balances(g.membership.merchant_id, currency)
    zero = Money.zero(currency)
    page = url_for("desk.ledger.index")
    available = balances.get(AccountCode.MERCHANT_AVAILABLE, zero) - balances.get(AccountCode.MERCHANT_RECEIVABLE, zero)
    escrowed = balances.get(AccountCode.ESCROW, zero)
    return (
        DashboardMetric(
            label=_("Available"), value=format_money(available), detail=_("yours to be paid out"), url=page, order=40
        ),
        DashboardMetric(
            label=_("Held in escrow"),
            value=format_money(escrowed),
            detail=_("until buyers confirm receipt"),
            url=page,
            order=41,
        ),
    )


def console_metrics() -> Sequence[DashboardMetric]:
    """Return the platform's commission of the last thirty days."""
    if PlatformPermission.LEDGER_SEE not in g.permissions:
        return ()
    settings = current_app.config["SETTINGS"]
    since, days = _last_days(ZoneInfo(settings.timezone))
    codes = (AccountCode.COMMISSION, AccountCode.COMMISSION_REVERSED)
    earned = queries.get_daily_totals(codes, settings.currency, since, zone=settings.timezone)
    series = [Money(earned.get(day.isoformat(), 0), settings.currency) for day in days]
    total = Money(sum(amount.minor for amount in series), settings.currency)
    return (
        DashboardMetric(
            label=_("Commission"),
            value=format_money(total),
            detail=_("in %(n)s days", n=DAYS),
            series=[float(amount.amount) for amount in series],
            dates=[f"{day:%m-%d}" for day in days],
            url=url_for("console.ledger.index"),
            order=40,
        ),
    )
