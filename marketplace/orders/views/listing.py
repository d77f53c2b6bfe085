"""The desk's and the console's lists of orders: views, filters, sorting, all in the address."""

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

from marketplace.kernel.texts import pick
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
class Filters:
    """What the address asks for."""

    view: str
    words: str
    since: str
    until: str
    sort: str

    @classmethod
    def of_request(cls, default: str = "open") -> Filters:
        """Read the address; what is unknown falls back to the default."""
        view, sort = request.args.get("view", default), request.args.get("sort", "newest")
        return cls(
            view=view if view in VIEWS else default,
            words=request.args.get("q", "").strip()[:100],
            since=request.args.get("since", ""),
            until=request.args.get("until", ""),
            sort=sort if sort in SORTS else "newest",
        )

    def statement(self) -> Select[Order]:
        """The orders that fit, sorted."""
        wanted = queries.orders().order_by(None).order_by(*SORTS[self.sort][1])
        if VIEWS[self.view][1]:
            wanted = wanted.where(queries.in_states(VIEWS[self.view][1]))
        if self.words:
            wanted = wanted.where(queries.matching(self.words))
        since, until = _day(self.since), _day(self.until)
        if since is not None:
            wanted = wanted.where(Order.placed_at >= since)
        if until is not None:
            wanted = wanted.where(Order.placed_at < until + timedelta(days=1))
        return wanted

    def arguments(self, **changed: Any) -> dict[str, Any]:
        """The same as arguments of an address, with some of it changed."""
        plain = {"view": self.view, "q": self.words, "since": self.since, "until": self.until, "sort": self.sort}
        return {name: value for name, value in {**plain, **changed}.items() if value}


def _day(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(current_app.config["SETTINGS"].timezone))
    except ValueError:
        return None


def csv_of(orders: Iterable[Order], lines: Mapping[Any, list[OrderLine]]) -> str:
    """One row for each line of each order, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    heads = (
        _("The order"), _("Placed"), _("State"), _("Paid"), _("Buyer"), _("Recipient"), _("Telephone"), _("Address"),
        _("SKU"), _("Goods"), _("Choice"), _("Quantity"), _("Unit"), _("Price"), _("Amount"), _("Freight"), _("Total"), _("Note"),
    )  # fmt: skip
    writer.writerow(heads)
    for order in orders:
        for line in lines.get(order.id, []):
            writer.writerow([safe(cell) for cell in _cells(order, line)])
    return "\ufeff" + out.getvalue()


def _cells(order: Order, line: OrderLine) -> list[str]:
    to = order.ship_to
    return [
        order.number,
        f"{order.placed_at:%Y-%m-%d %H:%M}",
        str(order.state.label),
        f"{order.paid_at:%Y-%m-%d %H:%M}" if order.paid_at else "",
        order.buyer_name,
        str(to.get("name", "")),
        str(to.get("phone", "")),
        f"{to.get('region', '')}{to.get('street', '')}",
        line.sku,
        pick(line.title),
        pick(line.options),
        f"{line.quantity.normalize():f}",
        line.unit,
        str(line.price.amount),
        str(line.amount.amount),
        str(order.freight.amount),
        str(order.total.amount),
        order.note,
    ]


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
