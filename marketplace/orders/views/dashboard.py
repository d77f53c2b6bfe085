"""To-do items and metrics of orders on the dashboards of desk and console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, g, url_for
from flask_babel import format_date, format_timedelta, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel import clock, formatting
from marketplace.kernel.feature import DashboardMetric, TodoItem
from marketplace.kernel.money import Money
from marketplace.orders import queries
from marketplace.orders.models import OrderState
from marketplace.orders.workflow.builder import STEP_PERMISSIONS

CHART_DAYS = 30
URGENT_AFTER = timedelta(hours=24)
ACTIONS: Mapping[OrderState, tuple[Any, str]] = {
    OrderState.ORDER_REVIEW: (_l("Review"), "order"),
    OrderState.FINANCE_REVIEW: (_l("Check"), "money"),
    OrderState.OUTBOUND_REVIEW: (_l("Release"), "warehouse"),
    OrderState.SHIPPING: (_l("Ship"), "truck"),
}


def todo_items() -> Sequence[TodoItem]:
    """Return one item for each step with waiting orders."""
    summary = queries.waiting_summary()
    currency, now = current_app.config["SETTINGS"].currency, clock.now()
    items = []
    for index, (state, (action, icon)) in enumerate(ACTIONS.items()):
        row = summary.get(state)
        if row is None:
            continue
        waiting_time = now - row.since
        items.append(
            TodoItem(
                label=_("%(step)s: %(orders)s", step=state.label, orders=_count_label(row.count)),
                description=_("worth %(amount)s together", amount=_format_amount(row.minor, currency)),
                url=url_for("desk.orders.index", view=state.value, sort="oldest"),
                action=action,
                icon=icon,
                permission=STEP_PERMISSIONS[state.value],
                urgent=waiting_time > URGENT_AFTER,
                count=row.count,
                due=format_timedelta(waiting_time, granularity="minute", threshold=1.2),
                order=10 + index,
            )
        )
    return items


def metrics() -> Sequence[DashboardMetric]:
    """Return the merchant's metrics: today, the last thirty days and open orders."""
    url = url_for("desk.orders.index", view="all")
    return [*_sales_metrics(url), _open_orders_metric(url_for("desk.orders.index"))]


def platform_metrics() -> Sequence[DashboardMetric]:
    """Return the sales metrics over all merchants, if the user may see orders."""
    if "market_orders.see" not in g.permissions:
        return []
    return _sales_metrics(url_for("console.orders.index"))


def _sales_metrics(url: str) -> list[DashboardMetric]:
    settings = current_app.config["SETTINGS"]
    now = clock.now()
    days = [(now - timedelta(days=days_ago)) for days_ago in range(CHART_DAYS - 1, -1, -1)]
    rows = {row.day: row for row in queries.daily_totals(now - timedelta(days=CHART_DAYS), settings.timezone)}
    zone = ZoneInfo(settings.timezone)
    keys = [day.astimezone(zone).date() for day in days]
    minors = [int(rows[key].minor) if key in rows else 0 for key in keys]
    counts = [int(rows[key].count) if key in rows else 0 for key in keys]
    amounts = [float(Money(minor, settings.currency).amount) for minor in minors]
    names = [format_date(day, "M-d") for day in days]
    today = DashboardMetric(
        label=_("Orders today"),
        value=counts[-1],
        detail=_format_amount(minors[-1], settings.currency),
        change=_relative_change(counts[-1], counts[-2]),
        series=counts[-14:],
        url=url,
        order=10,
    )
    month = DashboardMetric(
        label=_("Sales, 30 days"),
        value=_format_amount(sum(minors), settings.currency),
        detail=_count_label(sum(counts)),
        series=amounts,
        url=url,
        order=11,
    )
    chart = DashboardMetric(
        label=_("Sales by day"),
        value="¥" if settings.currency == "CNY" else settings.currency,
        detail=_("last 30 days"),
        series=amounts,
        dates=names,
        display="chart",
        order=10,
    )
    return [today, month, chart] if any(minors) else [today, month]


def _open_orders_metric(url: str) -> DashboardMetric:
    counts = queries.counts_by_state()
    in_progress = sum(count for state, count in counts.items() if state is not OrderState.PAYMENT)
    unpaid = counts.get(OrderState.PAYMENT, 0)
    return DashboardMetric(
        label=_("Under way"), value=in_progress, detail=_("%(num)s not paid yet", num=unpaid), url=url, order=12
    )


def _relative_change(current: int, previous: int) -> float | None:
    return (current - previous) / previous if previous else None


def _count_label(count: int) -> str:
    return str(ngettext("%(num)s order", "%(num)s orders", count))


def _format_amount(minor: int, currency: str) -> str:
    return formatting.format_money(Money(int(minor), currency))
