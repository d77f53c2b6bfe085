"""Views, filters and sorting of the order lists of desk and console, and their CSV export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select

from marketplace.kernel.localized_text import localize
from marketplace.kernel.spreadsheets import escape_formula
from marketplace.orders import queries
from marketplace.orders.models import OPEN_STATES, Order, OrderLine, OrderState

SORTS: Mapping[str, tuple[Any, Any]] = {
    "newest": (_l("Newest first"), (Order.placed_at.desc(), Order.id.desc())),
    "oldest": (_l("Longest waiting"), (Order.placed_at, Order.id)),
    "largest": (_l("Largest amount"), (Order.total_minor.desc(), Order.id.desc())),
}
VIEWS: Mapping[str, tuple[Any, frozenset[OrderState]]] = {
    "open": (_l("Under way"), frozenset(OPEN_STATES)),
    **{state.value: (state.label, frozenset({state})) for state in OrderState if state in OPEN_STATES},
    "ended": (_l("Ended"), frozenset(set(OrderState) - OPEN_STATES)),
    "all": (_l("All"), frozenset()),
}


@dataclass(frozen=True, kw_only=True)
class OrderListFilter:
    """The filter of an order list, from the query arguments."""

    view: str
    text: str
    since: str
    until: str
    sort: str

    @classmethod
    def from_request(cls, default: str = "open") -> OrderListFilter:
        """Parse the query arguments; unknown values fall back to the defaults."""
        view, sort = request.args.get("view", default), request.args.get("sort", "newest")
        return cls(
            view=view if view in VIEWS else default,
            text=request.args.get("q", "").strip()[:100],
            since=request.args.get("since", ""),
            until=request.args.get("until", ""),
            sort=sort if sort in SORTS else "newest",
        )

    def to_select(self) -> Select[Order]:
        """Return the select of the matching orders, sorted."""
        stmt = queries.select_orders().order_by(None).order_by(*SORTS[self.sort][1])
        if VIEWS[self.view][1]:
            stmt = stmt.where(queries.in_states(VIEWS[self.view][1]))
        if self.text:
            stmt = stmt.where(queries.text_filter(self.text))
        since, until = _parse_day(self.since), _parse_day(self.until)
        if since is not None:
            stmt = stmt.where(Order.placed_at >= since)
        if until is not None:
            stmt = stmt.where(Order.placed_at < until + timedelta(days=1))
        return stmt

    def to_query_args(self, **overrides: Any) -> dict[str, Any]:
        """Return the filter as query arguments, with overrides."""
        args = {"view": self.view, "q": self.text, "since": self.since, "until": self.until, "sort": self.sort}
        return {name: value for name, value in {**args, **overrides}.items() if value}


def _parse_day(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(current_app.config["SETTINGS"].timezone))
    except ValueError:
        return None


def to_csv(orders: Iterable[Order], lines: Mapping[Any, list[OrderLine]]) -> str:
    """Return CSV with one row per order line, with formulas escaped."""
    out = io.StringIO()
    writer = csv.writer(out)
    headers = (
        _("The order"), _("Placed"), _("State"), _("Paid"), _("Buyer"), _("Recipient"), _("Telephone"), _("Address"),
        _("SKU"), _("Goods"), _("Choice"), _("Quantity"), _("Unit"), _("Price"), _("Amount"), _("Freight"), _("Total"), _("Note"),
    )  # fmt: skip
    writer.writerow(headers)
    for order in orders:
        for line in lines.get(order.id, []):
            writer.writerow([escape_formula(cell) for cell in _cells(order, line)])
    return "\ufeff" + out.getvalue()


def _cells(order: Order, line: OrderLine) -> list[str]:
    address = order.ship_to
    return [
        order.number,
        f"{order.placed_at:%Y-%m-%d %H:%M}",
        str(order.state.label),
        f"{order.paid_at:%Y-%m-%d %H:%M}" if order.paid_at else "",
        order.buyer_name,
        str(address.get("name", "")),
        str(address.get("phone", "")),
        f"{address.get('region', '')}{address.get('street', '')}",
        line.sku,
        localize(line.title),
        localize(line.options),
        f"{line.quantity.normalize():f}",
        line.unit,
        str(line.price.amount),
        str(line.amount.amount),
        str(order.freight.amount),
        str(order.total.amount),
        order.note,
    ]
