"""Console pages of the ledger: trial balance, accounts and entries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.ledger import date_ranges, queries, services
from billing.ledger.domain import AccountCode, EntryType
from billing.ledger.models import LedgerAccount
from billing.ledger.views.desk import currency, zone
from billing.merchant_lookup import get_merchant_names
from billing.reference_registry import describe_references, reason_label
from billing.search import parse_search
from marketplace.kernel import clock, formatting
from marketplace.kernel.errors import NotFound
from marketplace.kernel.form_input import normalize_text
from marketplace.kernel.money import Money, sum_money
from marketplace.kernel.paging import paginate
from tenants.access.decorators import require_platform_permission
from tenants.access.permissions import PlatformPermission

console = Blueprint("ledger", __name__, url_prefix="/ledger")
PER_PAGE = 50
HALF_A_YEAR = timedelta(days=180)


@console.get("/")
@require_platform_permission(PlatformPermission.LEDGER_SEE)
def index() -> ResponseReturnValue:
    """Show the trial balance, the aging of accounts in transit and the periods."""
    lines = queries.get_trial_balance(currency())
    debit = sum_money((line.debit for line in lines), currency())
    credit = sum_money((line.credit for line in lines), currency())
    current_month = date_ranges.month_key(clock.now(), zone())
    closed_periods = queries.list_closed_periods()
    month_names = [
        name for name in date_ranges.list_months(clock.now() - HALF_A_YEAR, clock.now(), zone()) if name != current_month
    ]
    open_months = [name for name in month_names if name not in {period.name for period in closed_periods}]
    return render_template(
        "console/ledger/index.html",
        lines=lines,
        debit=debit,
        credit=credit,
        balanced=debit == credit,
        aging=queries.get_aging(currency(), clock.now()),
        closed_periods=closed_periods,
        open_months=open_months[:3],
        may_close=PlatformPermission.SETTINGS_EDIT in g.permissions,
    )


@console.post("/periods/<name>/close")
@require_platform_permission(PlatformPermission.SETTINGS_EDIT)
def close(name: str) -> ResponseReturnValue:
    """Close a month that is over."""
    date_range = date_ranges.month_range(name, zone())
    if date_range is None:
        raise NotFound
    services.close_period(name=name, starts_at=date_range.since, ends_at=date_range.until)
    flash(_("%(month)s is closed. Corrections go into the present month.", month=formatting.format_month(name)), "success")
    return redirect(url_for(".index"))


@console.get("/accounts")
@require_platform_permission(PlatformPermission.LEDGER_SEE)
def accounts() -> ResponseReturnValue:
    """List the accounts with their balances."""
    code = _enum_arg(AccountCode, "code")
    text = normalize_text(request.args.get("q", ""))[:100]
    nonzero_only = request.args.get("standing") == "1"
    page = paginate(
        queries.select_accounts(code=code, search=parse_search(text), nonzero_only=nonzero_only),
        number=request.args.get("page", 1, type=int),
        size=PER_PAGE,
    )
    rows = list(page.items)
    return render_template(
        "console/ledger/accounts.html",
        page=page,
        balances=_balances(rows),
        merchants=get_merchant_names([row.merchant_id for row in rows if row.merchant_id]),
        references=describe_references((row.reference for row in rows), site="console"),
        codes=list(AccountCode),
        code=code,
        text=text,
        nonzero_only=nonzero_only,
        page_url=_page_url,
    )


def _balances(rows: list[LedgerAccount]) -> dict[UUID, Money]:
    posting_sums = queries.get_posting_sums([row.id for row in rows if not row.tracks_balance])
    return {row.id: Money(row.balance if row.tracks_balance else posting_sums.get(row.id, 0), row.currency) for row in rows}


@console.get("/entries")
@require_platform_permission(PlatformPermission.LEDGER_SEE)
def entries() -> ResponseReturnValue:
    """List the entries, newest first."""
    entry_type = _enum_arg(EntryType, "kind")
    text = normalize_text(request.args.get("q", ""))[:100]
    date_inputs = {name: request.args.get(name, "").strip() for name in ("from", "to")}
    date_range = date_ranges.parse_range(date_inputs, now=clock.now(), zone=zone()) if any(date_inputs.values()) else None
    has_valid_range = date_range is not None and not date_range.errors
    account_id = request.args.get("account", type=UUID)
    stmt: Any = queries.select_entries(
        entry_type=entry_type,
        search=parse_search(text),
        since=date_range.since if date_range and has_valid_range else None,
        until=date_range.until if date_range and has_valid_range else None,
        account_id=account_id,
    )
    page = paginate(stmt, number=request.args.get("page", 1, type=int), size=PER_PAGE, scalars=False)
    ledger_entries = [row[0] for row in page.items]
    account = queries.get_account(account_id) if account_id else None
    return render_template(
        "console/ledger/entries.html",
        page=page,
        amounts={row[0].id: Money(int(row[1] or 0), row[2] or currency()) for row in page.items},
        merchants=get_merchant_names(
            [record.merchant_id for record in (*ledger_entries, account) if record and record.merchant_id]
        ),
        references=describe_references((record.reference for record in (*ledger_entries, account) if record), site="console"),
        kinds=list(EntryType),
        kind=entry_type,
        text=text,
        date_inputs=date_inputs,
        errors=date_range.errors if date_range else {},
        account=account,
        balance=_balances([account])[account.id] if account else None,
        account_postings=queries.get_account_postings(account.id, [ledger_entry.id for ledger_entry in ledger_entries])
        if account
        else {},
        page_url=_page_url,
    )


@console.get("/entries/<uuid:entry_id>")
@require_platform_permission(PlatformPermission.LEDGER_SEE)
def entry(entry_id: UUID) -> ResponseReturnValue:
    """Show one entry with its postings."""
    ledger_entry = queries.get_entry(entry_id)
    if ledger_entry is None:
        raise NotFound
    postings = queries.get_postings_by_entry([ledger_entry.id])[ledger_entry.id]
    references = [ledger_entry.reference, *(account.reference for _posting, account in postings)]
    return render_template(
        "console/ledger/entry.html",
        entry=ledger_entry,
        reason_label=reason_label,
        postings=postings,
        merchants=get_merchant_names([ledger_entry.merchant_id] if ledger_entry.merchant_id else []),
        references=describe_references(references, site="console"),
    )


def _enum_arg(enum_class: Any, arg_name: str) -> Any:
    """Return the query argument as a member of the enumeration, or None (no filter) if it is not one."""
    value = request.args.get(arg_name, "")
    return enum_class(value) if value in {member.value for member in enum_class} else None


def _page_url(number: int) -> str:
    """Return the URL of another page of the same list."""
    args: dict[str, Any] = {**request.args.to_dict(), "page": number}
    return url_for(request.endpoint or "", **args)
