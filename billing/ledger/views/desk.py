"""Desk pages of a merchant's money: balances and the statement of any date range."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from billing.ledger import date_ranges, queries, statement
from billing.ledger.date_ranges import DateRange
from billing.ledger.domain import AccountCode
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.localized_text import localize
from marketplace.kernel.money import Money
from marketplace.kernel.paging import paginate
from tenants.access.decorators import require_staff_permission
from tenants.access.permissions import Permission

desk = Blueprint("ledger", __name__, url_prefix="/money")
PER_PAGE = 50
MAX_PRINT_LINES = 2_000
MAX_CSV_LINES = 100_000


def zone() -> ZoneInfo:
    """Return the market's time zone, in which months begin."""
    return ZoneInfo(current_app.config["SETTINGS"].timezone)


def currency() -> str:
    """Return the market's currency."""
    return str(current_app.config["SETTINGS"].currency)


def _statement_args() -> tuple[str, DateRange]:
    account = request.args.get("account", "all")
    date_range = date_ranges.parse_range(dict(request.args), now=clock.now(), zone=zone())
    return (account if account in queries.STATEMENT_ACCOUNTS else "all"), date_range


def _lines_stmt(account: str, date_range: DateRange) -> Select[Any, Any, Any]:
    return queries.select_statement_lines(
        g.membership.merchant_id, queries.STATEMENT_ACCOUNTS[account], currency(), date_range.since, date_range.until
    )


def _url_args(account: str, date_range: DateRange, **extra: Any) -> dict[str, Any]:
    range_args = (
        {"from": date_range.first, "to": date_range.last} if date_range.first or date_range.last else {"month": date_range.name}
    )
    return {**range_args, "account": account, **extra}


@desk.get("/")
@require_staff_permission(Permission.MONEY_SEE)
def index() -> ResponseReturnValue:
    """Show the balances, and the statement of a date range."""
    account, date_range = _statement_args()
    merchant_id: UUID = g.membership.merchant_id
    summary = statement.build_summary(merchant_id, queries.STATEMENT_ACCOUNTS[account], currency(), date_range)
    page = paginate(
        _lines_stmt(account, date_range), number=request.args.get("page", 1, type=int), size=PER_PAGE, scalars=False
    )
    return render_template(
        "desk/ledger/index.html",
        balances=_balances(merchant_id),
        account=account,
        date_range=date_range,
        summary=summary,
        page=page,
        lines=statement.build_lines(page.items, summary.opening),
        months=list(date_ranges.list_months(queries.get_first_entry_at(merchant_id), clock.now(), zone())),
        args=lambda **extra: _url_args(extra.pop("account", account), date_range, **extra),
        page_url=lambda number: url_for(".index", **_url_args(account, date_range, page=number)),
    )


def _balances(merchant_id: UUID) -> dict[str, Money]:
    balances = queries.get_current_balances(merchant_id, currency())
    zero = Money.zero(currency())
    return {
        "escrowed": balances.get(AccountCode.ESCROW, zero),
        "available": balances.get(AccountCode.MERCHANT_AVAILABLE, zero),
        "debt": balances.get(AccountCode.MERCHANT_RECEIVABLE, zero),
        "refunding": balances.get(AccountCode.REFUND_IN_TRANSIT, zero),
    }


@desk.get("/paper")
@require_staff_permission(Permission.MONEY_SEE)
def print_statement() -> ResponseReturnValue:
    """Show the statement as a document for printing."""
    account, date_range = _statement_args()
    merchant_id: UUID = g.membership.merchant_id
    summary = statement.build_summary(merchant_id, queries.STATEMENT_ACCOUNTS[account], currency(), date_range)
    rows = db.session.execute(_lines_stmt(account, date_range).limit(MAX_PRINT_LINES + 1)).all()
    document = {
        "title": _("Statement"),
        "number": date_range.name,
        "date": clock.now(),
        "lines": [localize(g.membership.name)],
        "back": url_for(".index", **_url_args(account, date_range)),
    }
    return render_template(
        "desk/ledger/print.html",
        document=document,
        date_range=date_range,
        account=account,
        summary=summary,
        lines=statement.build_lines(rows[:MAX_PRINT_LINES], summary.opening, postings=False),
        truncated=len(rows) > MAX_PRINT_LINES,
    )


@desk.get("/statement.csv")
@require_staff_permission(Permission.MONEY_EXPORT)
def export() -> ResponseReturnValue:
    """Return the statement as a CSV file."""
    account, date_range = _statement_args()
    summary = statement.build_summary(g.membership.merchant_id, queries.STATEMENT_ACCOUNTS[account], currency(), date_range)
    csv_text = "".join(statement.to_csv(_iter_lines(account, date_range, summary.opening), summary, zone()))
    response = Response(csv_text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="statement-{g.membership.slug}-{date_range.name}.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _iter_lines(account: str, date_range: DateRange, opening: Money) -> Iterator[statement.StatementLine]:
    """Yield all lines: one query for the rows, then one query for the references of each batch."""
    rows = db.session.execute(_lines_stmt(account, date_range).limit(MAX_CSV_LINES)).all()
    for start in range(0, len(rows), statement.BATCH_SIZE):
        yield from statement.build_lines(rows[start : start + statement.BATCH_SIZE], opening, postings=False)
