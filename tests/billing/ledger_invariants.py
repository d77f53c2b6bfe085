"""The invariants of the ledger as SQL, executed with a role that bypasses row-level security."""

from __future__ import annotations

from sqlalchemy import Engine, text

INVARIANTS = {
    "every entry is balanced": """
        select entry_id, currency from ledger_postings group by entry_id, currency
        having sum(case side when 'D' then amount else -amount end) <> 0
    """,
    "every entry has at least two legs": """
        select e.id from ledger_entries e left join ledger_postings p on p.entry_id = e.id group by e.id having count(p.id) < 2
    """,
    "every tracked balance is the sum of its postings": """
        select a.id, a.code, a.balance from ledger_accounts a left join ledger_postings p on p.account_id = a.id
        where a.tracks_balance group by a.id having a.balance <> coalesce(sum(
            case when (a.kind in ('asset', 'expense')) = (p.side = 'D') then p.amount else -p.amount end), 0)
    """,
    "no escrow balance is negative": "select id from ledger_accounts where code = 'escrow' and balance < 0",
    "escrow is captured less released less refunded": """
        select a.reference from payment_allocations a join payment_intents i on i.id = a.intent_id
        left join ledger_accounts l on l.code = 'escrow' and l.reference = a.reference and l.currency = a.currency
        where i.state = 'captured'
        and coalesce(l.balance, 0) <> case when a.released_at is null then a.amount - a.refunded else 0 end
    """,
    "the refunded amount is the sum of refunds": """
        select a.id from payment_allocations a left join payment_refunds r on r.allocation_id = a.id
        group by a.id having a.refunded <> coalesce(sum(r.amount), 0)
    """,
    "the parts of a payment add up to the payment": """
        select i.id from payment_intents i join payment_allocations a on a.intent_id = i.id
        group by i.id having sum(a.amount) <> i.amount
    """,
    "at most one payment of a reference is captured": """
        select reference from payment_intents where state = 'captured' group by reference having count(*) > 1
    """,
    "fees of released orders are the commission in the ledger": """
        select f.order from commission_entries f
        join payment_allocations a on a.reference = f.order and a.released_at is not null
        group by f.order having sum(f.amount) <> (
            select coalesce(sum(case p.side when 'C' then p.amount else -p.amount end), 0)
            from ledger_postings p join ledger_entries e on e.id = p.entry_id join ledger_accounts l on l.id = p.account_id
            where e.reference = f.order and l.code in ('commission', 'commission_reversed'))
    """,
    "refunds in transit are those not yet executed": """
        select r.id from payment_refunds r join ledger_accounts l on l.reference = 'refund:' || r.id
        where l.balance <> case r.state when 'done' then 0 else r.amount end
    """,
}


def find_violations(superuser: Engine) -> list[str]:
    """Return every violated invariant with the first rows that violate it."""
    with superuser.connect() as connection:
        rows_by_invariant = {name: connection.execute(text(query)).fetchmany(3) for name, query in INVARIANTS.items()}
    return [f"{name}: {rows}" for name, rows in rows_by_invariant.items() if rows]


def ledger_gateway_balance(superuser: Engine) -> int:
    """Return the ledger's balance at the gateway, in minor units of all currencies together."""
    query = """
        select coalesce(sum(case p.side when 'D' then p.amount else -p.amount end), 0) from ledger_postings p
        join ledger_accounts a on a.id = p.account_id where a.code = 'psp_clearing'
    """
    with superuser.connect() as connection:
        return int(connection.execute(text(query)).scalar() or 0)
