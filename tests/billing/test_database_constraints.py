"""Constraints of the database, tested with raw SQL as the application's role; each with a control without the constraint.

A control runs the same statements in a superuser's transaction that first removes the constraint, then switches to the
application's role, and is rolled back: the statements must be accepted, otherwise the rejection had another cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from billing.ledger import services
from billing.ledger.domain import AccountCode, EntrySubject, EntryType, credit, debit
from billing.payments.services import create_refund
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, as_buyer, as_merchant, with_purpose
from tests.actors import Actors
from tests.billing.conftest import PaymentFactory, SandboxHarness

INSERT_ENTRY_SQL = """
insert into ledger_entries
    (id, event_key, event_type, occurred_at, posted_at, merchant_id, reference, memo, fingerprint, transaction_id)
select gen_random_uuid(), '{key}', 'correction', now(), '{at}', id, '', '', '', txid_current() from merchants where slug = 'acme'
"""
INSERT_LEG_SQL = """
insert into ledger_postings (id, entry_id, account_id, side, amount, currency)
select gen_random_uuid(), e.id, a.id, '{side}', {amount}, '{currency}' from ledger_entries e, ledger_accounts a
where e.event_key = '{key}' and a.code = '{code}' and a.currency = '{account_currency}' and a.reference in ('', '{reference}')
"""


def insert_entry_sql(key: str = "raw:1", posted_at: str = "2026-11-22 12:00+00") -> str:
    return INSERT_ENTRY_SQL.format(key=key, at=posted_at)


def insert_leg_sql(
    side: str,
    amount: str,
    code: str = "psp_clearing",
    currency: str = "CNY",
    *,
    account_currency: str = "CNY",
    reference: str = "",
    key: str = "raw:1",
) -> str:
    return INSERT_LEG_SQL.format(
        side=side, amount=amount, code=code, currency=currency, account_currency=account_currency, reference=reference, key=key
    )


DROP_BALANCE_TRIGGERS = ("drop trigger balanced on ledger_entries", "drop trigger balanced on ledger_postings")
REMOVE_PROTECTION_SQL = """
alter table {0} disable row level security;
drop trigger if exists append_only on {0};
drop trigger if exists append_only_all on {0};
grant update, delete, truncate on {0} to jishi_app
"""


@dataclass(frozen=True, kw_only=True)
class ConstraintCase:
    """Statements that must be rejected, and the constraints to remove so that they are accepted."""

    error: str
    statements: tuple[str, ...]
    removals: tuple[str, ...]
    before: tuple[str, ...] = field(default=())


BALANCED_LEGS = (insert_leg_sql("D", "100"), insert_leg_sql("C", "100", "commission"))
LEDGER_CASES = {
    "unbalanced": ConstraintCase(
        statements=(insert_entry_sql(), insert_leg_sql("D", "100"), insert_leg_sql("C", "99", "commission")),
        removals=DROP_BALANCE_TRIGGERS,
        error="not balanced",
    ),
    "balanced only across currencies": ConstraintCase(
        statements=(
            insert_entry_sql(),
            insert_leg_sql("D", "100"),
            insert_leg_sql("C", "100", "commission", "USD", account_currency="USD"),
        ),
        removals=DROP_BALANCE_TRIGGERS,
        error="not balanced",
    ),
    "another currency than the account's": ConstraintCase(
        statements=(
            insert_entry_sql(),
            insert_leg_sql("D", "100", currency="USD"),
            insert_leg_sql("C", "100", "commission", "USD"),
        ),
        removals=("alter table ledger_postings drop constraint fk_ledger_postings_account_id_currency",),
        error="account_id_currency",
    ),
    "one leg": ConstraintCase(
        statements=(insert_entry_sql(), insert_leg_sql("D", "100")), removals=DROP_BALANCE_TRIGGERS, error="has 1 leg"
    ),
    "no leg": ConstraintCase(statements=(insert_entry_sql(),), removals=DROP_BALANCE_TRIGGERS, error="has 0 leg"),
    "zero": ConstraintCase(
        statements=(insert_entry_sql(), insert_leg_sql("D", "0"), insert_leg_sql("C", "0", "commission")),
        removals=("alter table ledger_postings drop constraint ck_ledger_postings_amount_positive",),
        error="amount_positive",
    ),
    "negative": ConstraintCase(
        statements=(insert_entry_sql(), insert_leg_sql("D", "-100"), insert_leg_sql("C", "-100", "commission")),
        removals=("alter table ledger_postings drop constraint ck_ledger_postings_amount_positive",),
        error="amount_positive",
    ),
    "fractional": ConstraintCase(
        statements=(insert_entry_sql(), insert_leg_sql("D", "10.5"), insert_leg_sql("C", "10.5", "commission")),
        removals=("alter table ledger_postings drop constraint ck_ledger_postings_amount_whole",),
        error="amount_whole",
    ),
    "more than the escrow balance": ConstraintCase(
        statements=(
            insert_entry_sql(),
            insert_leg_sql("D", "97001", "escrow", reference="slip:acme"),
            insert_leg_sql("C", "97001"),
        ),
        removals=("alter table ledger_accounts drop constraint ck_ledger_accounts_balance_not_negative",),
        error="balance_not_negative",
    ),
    "an escrow account with a negative balance": ConstraintCase(
        statements=("update ledger_accounts set allow_negative = true where code = 'escrow'",),
        removals=(
            REMOVE_PROTECTION_SQL.format("ledger_accounts"),
            "alter table ledger_accounts drop constraint ck_ledger_accounts_owned_tracks_balance",
        ),
        error="permission denied",
    ),
    "a changed entry": ConstraintCase(
        statements=("update ledger_entries set memo = 'x'",),
        removals=(REMOVE_PROTECTION_SQL.format("ledger_entries"),),
        error="permission denied",
    ),
    "a changed posting": ConstraintCase(
        statements=("update ledger_postings set amount = amount + 1",),
        removals=(REMOVE_PROTECTION_SQL.format("ledger_postings"),),
        error="permission denied",
    ),
    "a deleted posting": ConstraintCase(
        statements=("delete from ledger_postings",),
        removals=(REMOVE_PROTECTION_SQL.format("ledger_postings"),),
        error="permission denied",
    ),
    "a deleted entry": ConstraintCase(
        statements=("delete from ledger_entries",),
        removals=(
            REMOVE_PROTECTION_SQL.format("ledger_entries"),
            "alter table ledger_postings drop constraint fk_ledger_postings_entry_id",
        ),
        error="permission denied",
    ),
    "a truncated table": ConstraintCase(
        statements=("truncate ledger_postings",),
        removals=(REMOVE_PROTECTION_SQL.format("ledger_postings"),),
        error="permission denied",
    ),
    "a repeated event key": ConstraintCase(
        statements=(
            insert_entry_sql("cap:acme"),
            insert_leg_sql("D", "100", key="cap:acme"),
            insert_leg_sql("C", "100", "commission", key="cap:acme"),
        ),
        removals=(
            "alter table ledger_entries drop constraint uq_ledger_entries_event_key",
            "drop trigger new_posting on ledger_postings",
        ),
        error="uq_ledger_entries_event_key",
    ),
    "another merchant's account": ConstraintCase(
        statements=(
            insert_entry_sql(),
            insert_leg_sql("D", "100", "escrow", reference="slip:rival"),
            insert_leg_sql("C", "100"),
        ),
        removals=("drop trigger new_posting on ledger_postings",),
        error="another merchant",
    ),
    "a leg added to an old entry": ConstraintCase(
        statements=(insert_leg_sql("D", "100", key="cap:acme"), insert_leg_sql("C", "100", "commission", key="cap:acme")),
        removals=("drop trigger new_posting on ledger_postings",),
        error="no legs after",
    ),
    "a closed period": ConstraintCase(
        statements=(insert_entry_sql(posted_at="2026-10-31 15:59+00"), *BALANCED_LEGS),
        removals=("drop trigger new_entry on ledger_entries",),
        error="is closed",
    ),
}


@pytest.fixture
def ledger_data(ctx: Flask, actors: Actors) -> None:
    """Post two orders to escrow and an entry in dollars, and close October."""
    for slug, merchant in (("acme", actors.acme_id), ("rival", actors.rival_id)):
        order = EntrySubject(merchant_id=merchant, reference=f"slip:{slug}")
        paid = Money(97000, "CNY")
        with unit_of_work():
            services.post_entry(
                event_key=f"cap:{slug}",
                entry_type=EntryType.CAPTURE,
                subject=order,
                legs=[
                    debit(AccountCode.PSP_CLEARING, paid),
                    credit(AccountCode.ESCROW, paid, subject=order),
                ],
            )
    for currency in ("CNY", "USD"):
        amount = Money(1, currency)
        with unit_of_work():
            services.post_entry(
                event_key=f"open:{currency}",
                entry_type=EntryType.CORRECTION,
                subject=EntrySubject(),
                legs=[debit(AccountCode.PSP_CLEARING, amount), credit(AccountCode.COMMISSION, amount)],
            )
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        db.session.execute(
            text("insert into ledger_periods values ('2026-10', '2026-09-30 16:00+00', '2026-10-31 16:00+00', now())")
        )


def execute_case(execute: Callable[..., object], case: ConstraintCase) -> None:
    for statement in case.statements:
        execute(text(statement))
    execute(text("set constraints all immediate"))


@pytest.mark.parametrize("name", LEDGER_CASES)
def test_database_rejects_invalid_ledger_statements(ledger_data: None, name: str) -> None:
    case = LEDGER_CASES[name]
    with pytest.raises(DBAPIError, match=case.error), unit_of_work(), with_purpose(AccessPurpose.SETTLEMENT):
        execute_case(db.session.execute, case)


@pytest.mark.parametrize("name", LEDGER_CASES)
def test_control_without_constraint_ledger_statement_is_accepted(ledger_data: None, superuser: Engine, name: str) -> None:
    case = LEDGER_CASES[name]
    with superuser.connect() as connection:
        for statement in case.removals:
            connection.execute(text(statement))
        _set_application_role(connection)
        execute_case(connection.execute, case)
        connection.rollback()


def _set_application_role(connection: Connection) -> None:
    connection.execute(text("set local role jishi_app"))
    connection.execute(text("select set_config('app.purpose', 'settlement', true)"))


def test_valid_ledger_statements_are_accepted(ledger_data: None) -> None:
    with unit_of_work(), with_purpose(AccessPurpose.SETTLEMENT):
        execute_case(db.session.execute, ConstraintCase(statements=(insert_entry_sql(), *BALANCED_LEGS), removals=(), error=""))
        assert (
            db.session.scalar(
                text(
                    "select count(*) from ledger_postings p join ledger_entries e on e.id = p.entry_id"
                    " where e.event_key = 'raw:1'"
                )
            )
            == 2
        )


PAYMENT_CASES = {
    "a refund beyond the payment": (
        """
        insert into payment_refunds (id, allocation_id, intent_id, buyer_id, merchant_id, reference, key, amount, currency,
            reason, state, created_at)
        select gen_random_uuid(), id, intent_id, buyer_id, merchant_id, reference, 'raw', amount + 1, currency, '',
            'pending', now()
        from payment_allocations where reference = 'slip:a1'
        """,
        "alter table payment_allocations drop constraint ck_payment_allocations_refunded",
        "ck_payment_allocations_refunded",
    ),
    "a second active payment of a reference": (
        """
        insert into payment_intents select gen_random_uuid(), payer_account_id, reference, amount, currency, 'open', description,
            return_url, locale, gateway, null, null, created_at, null, null, '', '', buyer_id
        from payment_intents where reference = 'deal:2'
        """,
        "drop index uq_payment_intents_active",
        "uq_payment_intents_active",
    ),
    "a second captured payment of a reference": (
        """
        insert into payment_intents select gen_random_uuid(), payer_account_id, reference, amount, currency, 'captured',
            description, return_url, locale, gateway, null, null, created_at, null, null, '', '', buyer_id
        from payment_intents where reference = 'deal:1'
        """,
        "drop index uq_payment_intents_captured",
        "uq_payment_intents_captured",
    ),
    "a part for another buyer than the payment's": (
        """
        insert into payment_allocations (id, intent_id, reference, amount, currency, refunded, buyer_id, merchant_id)
        select gen_random_uuid(), i.id, 'slip:x', 1, 'CNY', 0, o.id, a.merchant_id
        from payment_intents i join payment_allocations a on a.intent_id = i.id
        join organisations o on o.id <> i.buyer_id and o.id <> a.merchant_id where i.reference = 'deal:1' limit 1
        """,
        "alter table payment_allocations drop constraint fk_payment_allocations_intent_id_buyer_id",
        "fk_payment_allocations_intent_id_buyer_id",
    ),
    "a payment of another amount": (
        "update payment_intents set amount = amount + 1 where reference = 'deal:1'",
        "drop trigger freeze_owner on payment_intents",
        "never changes",
    ),
}


@pytest.fixture
def payment_data(make_paid_payment: PaymentFactory, make_open_payment: PaymentFactory, superuser: Engine) -> Iterator[None]:
    """Create one captured and one open payment."""
    make_paid_payment("deal:1")
    make_open_payment("deal:2")
    with superuser.begin() as connection:
        connection.execute(text("create policy test_read_access on organisations for select using (app_purpose() = 'payment')"))
    yield
    with superuser.begin() as connection:
        connection.execute(text("drop policy test_read_access on organisations"))


@pytest.mark.parametrize("name", PAYMENT_CASES)
def test_database_rejects_invalid_payment_statements(payment_data: None, superuser: Engine, name: str) -> None:
    statement, removal, error = PAYMENT_CASES[name]
    with pytest.raises(DBAPIError, match=error), unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        db.session.execute(text(statement))
    with superuser.connect() as connection:
        connection.execute(text(removal))
        connection.execute(text("set local role jishi_app"))
        connection.execute(text("select set_config('app.purpose', 'payment', true)"))
        assert connection.execute(text(statement)).rowcount == 1
        connection.rollback()


PAYMENT_TABLES = ("payment_intents", "payment_allocations", "payment_refunds", "gateway_operations", "payment_webhook_events")


def test_payment_tables_respect_row_security(payment_data: None, actors: Actors, sandbox: SandboxHarness) -> None:
    sandbox.webhook_sender.send_due()
    with unit_of_work():
        create_refund(order_reference="slip:a1", amount=Money(100, "CNY"), reason="x", key="refund:1")

    def count_rows() -> list[int]:
        return [int(db.session.scalar(text(f"select count(*) from {table}")) or 0) for table in PAYMENT_TABLES]

    with unit_of_work(), as_buyer(buyer_id=actors.buyer.buyer_id, account_id=None):
        assert count_rows() == [2, 4, 1, 0, 0]
    with unit_of_work(), as_buyer(buyer_id=actors.other_buyer.buyer_id, account_id=None):
        assert count_rows() == [0, 0, 0, 0, 0]
    with unit_of_work(), as_merchant(actors.acme_id):
        assert count_rows() == [0, 2, 1, 0, 0]
    with unit_of_work(), as_merchant(actors.rival_id):
        assert count_rows() == [0, 2, 0, 0, 0]
    with unit_of_work():
        assert count_rows() == [0, 0, 0, 0, 0]
