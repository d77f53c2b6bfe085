"""A merchant's money: what it has, what is held for it, and the statement of any span."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from billing.ledger import queries, spans, statement
from billing.ledger.rules import Code
from billing.ledger.spans import Span
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.money import Money
from marketplace.kernel.paging import page_of
from marketplace.kernel.texts import pick
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission

desk = Blueprint("ledger", __name__, url_prefix="/money")
PER_PAGE = 50
LONGEST_PAPER = 2_000
LONGEST_FILE = 100_000


def zone() -> ZoneInfo:
    """The market's time zone: months begin at its midnight."""
    return ZoneInfo(current_app.config["SETTINGS"].timezone)


def currency() -> str:
    """The market's currency."""
    return str(current_app.config["SETTINGS"].currency)


def _asked() -> tuple[str, Span]:
    account = request.args.get("account", "all")
    span = spans.read(dict(request.args), now=clock.now(), zone=zone())
    return (account if account in queries.OWN else "all"), span


def _lines(account: str, span: Span) -> Select[Any, Any, Any]:
    return queries.lines(g.place.merchant_id, queries.OWN[account], currency(), span.since, span.until)


def _args(account: str, span: Span, **more: Any) -> dict[str, Any]:
    chosen = {"from": span.first, "to": span.last} if span.first or span.last else {"month": span.name}
    return {**chosen, "account": account, **more}


@desk.get("/")
@staff_only(Permission.MONEY_SEE)
def index() -> ResponseReturnValue:
    """Balances, and the statement of a span."""
    account, span = _asked()
    me: UUID = g.place.merchant_id
    sums = statement.summary(me, queries.OWN[account], currency(), span)
    page = page_of(_lines(account, span), number=request.args.get("page", 1, type=int), size=PER_PAGE, scalars=False)
    return render_template(
        "desk/ledger/index.html",
        standing=_standing(me),
        account=account,
        span=span,
        sums=sums,
        page=page,
        lines=statement.dress(page.items, sums.opening),
        months=list(spans.months(queries.first_entry_at(me), clock.now(), zone())),
        args=lambda **more: _args(more.pop("account", account), span, **more),
        page_url=lambda number: url_for(".index", **_args(account, span, page=number)),
    )


def _standing(merchant_id: UUID) -> dict[str, Money]:
    found = queries.standing(merchant_id, currency())
    nothing = Money.zero(currency())
    return {
        "held": found.get(Code.ESCROW, nothing),
        "available": found.get(Code.MERCHANT_AVAILABLE, nothing),
        "owed": found.get(Code.MERCHANT_RECEIVABLE, nothing),
        "refunding": found.get(Code.REFUND_IN_TRANSIT, nothing),
    }


@desk.get("/paper")
@staff_only(Permission.MONEY_SEE)
def paper() -> ResponseReturnValue:
    """The statement on A4."""
    account, span = _asked()
    me: UUID = g.place.merchant_id
    sums = statement.summary(me, queries.OWN[account], currency(), span)
    rows = db.session.execute(_lines(account, span).limit(LONGEST_PAPER + 1)).all()
    head = {
        "title": _("Statement"),
        "number": span.name,
        "date": clock.now(),
        "lines": [pick(g.place.name)],
        "back": url_for(".index", **_args(account, span)),
    }
    return render_template(
        "desk/ledger/paper.html",
        paper=head,
        span=span,
        account=account,
        sums=sums,
        lines=statement.dress(rows[:LONGEST_PAPER], sums.opening, postings=False),
        cut=len(rows) > LONGEST_PAPER,
    )


@desk.get("/statement.csv")
@staff_only(Permission.MONEY_EXPORT)
def export() -> ResponseReturnValue:
    """The statement for a spreadsheet."""
    account, span = _asked()
    sums = statement.summary(g.place.merchant_id, queries.OWN[account], currency(), span)
    text = "".join(statement.as_csv(_in_pieces(account, span, sums.opening), sums, zone()))
    answer = Response(text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="statement-{g.place.slug}-{span.name}.csv"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _in_pieces(account: str, span: Span, opening: Money) -> Iterator[statement.Line]:
    """All lines, a piece at a time: one statement of the database, words for each piece."""
    rows = db.session.execute(_lines(account, span).limit(LONGEST_FILE)).all()
    for at in range(0, len(rows), statement.AT_A_TIME):
        yield from statement.dress(rows[at : at + statement.AT_A_TIME], opening, postings=False)
