"""What orders put on the first page of desk and console: the steps that wait for me, and how it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, g, url_for
from flask_babel import format_date, format_timedelta, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel import clock, words
from marketplace.kernel.feature import Figure, Waiting
from marketplace.kernel.money import Money
from marketplace.orders import queries
from marketplace.orders.models import OrderState
from marketplace.orders.workflow.standard import PERMISSIONS

DAYS = 30
PATIENCE = timedelta(hours=24)
ACTIONS: Mapping[OrderState, tuple[Any, str]] = {
    OrderState.ORDER_REVIEW: (_l("Review"), "order"),
    OrderState.FINANCE_REVIEW: (_l("Check"), "money"),
    OrderState.OUTBOUND_REVIEW: (_l("Release"), "warehouse"),
    OrderState.SHIPPING: (_l("Ship"), "truck"),
}


def desk_waiting() -> Sequence[Waiting]:
    """One line for each step that orders wait for."""
    found = queries.waiting()
    currency, now = current_app.config["SETTINGS"].currency, clock.now()
    lines = []
    for place, (state, (action, sign)) in enumerate(ACTIONS.items()):
        row = found.get(state)
        if row is None:
            continue
        waits = now - row.since
        lines.append(
            Waiting(
                label=_("%(step)s: %(orders)s", step=state.label, orders=_orders(row.count)),
                why=_("worth %(amount)s together", amount=_money(row.minor, currency)),
                url=url_for("desk.orders.index", view=state.value, sort="oldest"),
                action=action,
                icon=sign,
                permission=PERMISSIONS[state.value],
                urgent=waits > PATIENCE,
                count=row.count,
                when=format_timedelta(waits, granularity="minute", threshold=1.2),
                order=10 + place,
            )
        )
    return lines


def desk_figures() -> Sequence[Figure]:
    """Today, the last thirty days, and what is under way."""
    url = url_for("desk.orders.index", view="all")
    return [*_sales(url), _under_way(url_for("desk.orders.index"))]


def console_figures() -> Sequence[Figure]:
    """The same over all merchants, if the colleague may see orders."""
    if "market_orders.see" not in g.rights:
        return []
    return _sales(url_for("console.orders.index"))


def _sales(url: str) -> list[Figure]:
    settings = current_app.config["SETTINGS"]
    now = clock.now()
    days = [(now - timedelta(days=back)) for back in range(DAYS - 1, -1, -1)]
    rows = {row.day: row for row in queries.by_day(now - timedelta(days=DAYS), settings.timezone)}
    zone = ZoneInfo(settings.timezone)
    keys = [day.astimezone(zone).date() for day in days]
    minors = [int(rows[key].minor) if key in rows else 0 for key in keys]
    counts = [int(rows[key].count) if key in rows else 0 for key in keys]
    worth = [float(Money(minor, settings.currency).amount) for minor in minors]
    names = [format_date(day, "M-d") for day in days]
    today = Figure(
        label=_("Orders today"),
        value=counts[-1],
        detail=_money(minors[-1], settings.currency),
        change=_change(counts[-1], counts[-2]),
        series=counts[-14:],
        url=url,
        order=10,
    )
    month = Figure(
        label=_("Sales, 30 days"),
        value=_money(sum(minors), settings.currency),
        detail=_orders(sum(counts)),
        series=worth,
        url=url,
        order=11,
    )
    chart = Figure(
        label=_("Sales by day"),
        value="¥" if settings.currency == "CNY" else settings.currency,
        detail=_("last 30 days"),
        series=worth,
        days=names,
        kind="chart",
        order=10,
    )
    return [today, month, chart] if any(minors) else [today, month]


def _under_way(url: str) -> Figure:
    counts = queries.counts_by_state()
    waiting = sum(count for state, count in counts.items() if state is not OrderState.PAYMENT)
    unpaid = counts.get(OrderState.PAYMENT, 0)
    return Figure(label=_("Under way"), value=waiting, detail=_("%(num)s not paid yet", num=unpaid), url=url, order=12)


def _change(now: int, before: int) -> float | None:
    return (now - before) / before if before else None


def _orders(count: int) -> str:
    return str(ngettext("%(num)s order", "%(num)s orders", count))


def _money(minor: int, currency: str) -> str:
    return words.money(Money(int(minor), currency))
