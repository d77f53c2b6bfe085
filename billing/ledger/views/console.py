"""The market's books: whether everything is balanced, every account, every entry with its legs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.ledger import queries, services, spans
from billing.ledger.models import LedgerAccount
from billing.ledger.rules import Code, EntryType
from billing.ledger.views.desk import currency, zone
from billing.parties import names_of
from billing.references import describe, reason
from billing.seeking import sought
from marketplace.kernel import clock, words
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import plain
from marketplace.kernel.money import Money, total
from marketplace.kernel.paging import page_of
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight

console = Blueprint("ledger", __name__, url_prefix="/ledger")
PER_PAGE = 50
HALF_A_YEAR = timedelta(days=180)


@console.get("/")
@market_only(MarketRight.LEDGER_SEE)
def index() -> ResponseReturnValue:
    """The trial balance, and what has stood too long."""
    lines = queries.trial_balance(currency())
    debit = total((line.debit for line in lines), currency())
    credit = total((line.credit for line in lines), currency())
    last = spans.month_of(clock.now(), zone())
    closed = queries.closed_periods()
    names = [name for name in spans.months(clock.now() - HALF_A_YEAR, clock.now(), zone()) if name != last]
    open_months = [name for name in names if name not in {period.name for period in closed}]
    return render_template(
        "console/ledger/index.html",
        lines=lines,
        debit=debit,
        credit=credit,
        balanced=debit == credit,
        ageing=queries.ageing(currency(), clock.now()),
        closed=closed,
        open_months=open_months[:3],
        may_close=MarketRight.SETTINGS_EDIT in g.rights,
    )


@console.post("/periods/<name>/close")
@market_only(MarketRight.SETTINGS_EDIT)
def close(name: str) -> ResponseReturnValue:
    """Close a month that is over."""
    span = spans.month(name, zone())
    if span is None:
        raise NotFound
    services.close_period(name=name, starts_at=span.since, ends_at=span.until)
    flash(_("%(month)s is closed. Corrections go into the present month.", month=words.month(name)), "success")
    return redirect(url_for(".index"))


@console.get("/accounts")
@market_only(MarketRight.LEDGER_SEE)
def accounts() -> ResponseReturnValue:
    """Every account with what stands on it."""
    code = _word(Code, "code")
    text = plain(request.args.get("q", ""))[:100]
    standing = request.args.get("standing") == "1"
    page = page_of(
        queries.accounts(code=code, find=sought(text), standing_only=standing),
        number=request.args.get("page", 1, type=int),
        size=PER_PAGE,
    )
    rows = list(page.items)
    return render_template(
        "console/ledger/accounts.html",
        page=page,
        balances=_balances(rows),
        merchants=names_of([row.merchant_id for row in rows if row.merchant_id]),
        words=describe((row.reference for row in rows), door="console"),
        codes=list(Code),
        code=code,
        text=text,
        standing=standing,
        page_url=_page_url,
    )


def _balances(rows: list[LedgerAccount]) -> dict[UUID, Money]:
    summed = queries.sums_by_account([row.id for row in rows if not row.exact])
    return {row.id: Money(row.balance if row.exact else summed.get(row.id, 0), row.currency) for row in rows}


@console.get("/entries")
@market_only(MarketRight.LEDGER_SEE)
def entries() -> ResponseReturnValue:
    """Every entry, newest first."""
    kind = _word(EntryType, "kind")
    text = plain(request.args.get("q", ""))[:100]
    given = {name: request.args.get(name, "").strip() for name in ("from", "to")}
    span = spans.read(given, now=clock.now(), zone=zone()) if any(given.values()) else None
    inside = span is not None and not span.errors
    account = request.args.get("account", type=UUID)
    statement: Any = queries.entries(
        kind=kind,
        find=sought(text),
        since=span.since if span and inside else None,
        until=span.until if span and inside else None,
        account_id=account,
    )
    page = page_of(statement, number=request.args.get("page", 1, type=int), size=PER_PAGE, scalars=False)
    heads = [row[0] for row in page.items]
    chosen = queries.account(account) if account else None
    return render_template(
        "console/ledger/entries.html",
        page=page,
        sizes={row[0].id: Money(int(row[1] or 0), row[2] or currency()) for row in page.items},
        merchants=names_of([one.merchant_id for one in (*heads, chosen) if one and one.merchant_id]),
        words=describe((one.reference for one in (*heads, chosen) if one), door="console"),
        kinds=list(EntryType),
        kind=kind,
        text=text,
        given=given,
        errors=span.errors if span else {},
        account=chosen,
        balance=_balances([chosen])[chosen.id] if chosen else None,
        own=queries.postings_on(chosen.id, [head.id for head in heads]) if chosen else {},
        page_url=_page_url,
    )


@console.get("/entries/<uuid:entry_id>")
@market_only(MarketRight.LEDGER_SEE)
def entry(entry_id: UUID) -> ResponseReturnValue:
    """One entry with its legs."""
    head = queries.entry(entry_id)
    if head is None:
        raise NotFound
    legs = queries.legs_of([head.id])[head.id]
    references = [head.reference, *(account.reference for _posting, account in legs)]
    return render_template(
        "console/ledger/entry.html",
        entry=head,
        reason=reason,
        legs=legs,
        merchants=names_of([head.merchant_id] if head.merchant_id else []),
        words=describe(references, door="console"),
    )


def _word(kind: Any, name: str) -> Any:
    """A word of an enumeration from the address; anything else is no filter."""
    value = request.args.get(name, "")
    return kind(value) if value in {member.value for member in kind} else None


def _page_url(number: int) -> str:
    """The same list, another page."""
    given: dict[str, Any] = {**request.args.to_dict(), "page": number}
    return url_for(request.endpoint or "", **given)
