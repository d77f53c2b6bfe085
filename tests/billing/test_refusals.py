"""What the database itself refuses, by raw SQL as the application's role (R5); each with the guard taken away beside it.

A control runs the same statements in a transaction of the superuser that first takes the guard away, then becomes the
application's role, and is rolled back: it must be accepted, or the refusal proved something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from billing.ledger import services
from billing.ledger.rules import Code, EntryType, Subject, credit, debit
from billing.payments.services import refund
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.money import Money
from tenants.scope import Purpose, acting_for, buying_as, working_on
from tests.billing.conftest import House, Opened
from tests.cast import Cast

ENTRY = """
insert into ledger_entries
    (id, event_key, event_type, occurred_at, posted_at, merchant_id, reference, memo, fingerprint, written_in)
select gen_random_uuid(), '{key}', 'correction', now(), '{at}', id, '', '', '', txid_current() from merchants where slug = 'acme'
"""
LEG = """
insert into ledger_postings (id, entry_id, account_id, side, amount, currency)
select gen_random_uuid(), e.id, a.id, '{side}', {amount}, '{currency}' from ledger_entries e, ledger_accounts a
where e.event_key = '{key}' and a.code = '{code}' and a.currency = '{account_currency}' and a.reference in ('', '{reference}')
"""


def entry(key: str = "raw:1", at: str = "2026-11-22 12:00+00") -> str:
    return ENTRY.format(key=key, at=at)


def leg(
    side: str,
    amount: str,
    code: str = "psp_clearing",
    currency: str = "CNY",
    *,
    account: str = "CNY",
    to: str = "",
    key: str = "raw:1",
) -> str:
    return LEG.format(side=side, amount=amount, code=code, currency=currency, account_currency=account, reference=to, key=key)


NO_BALANCE_CHECK = ("drop trigger balanced on ledger_entries", "drop trigger balanced on ledger_postings")
OPEN = """
alter table {0} disable row level security;
drop trigger if exists append_only on {0};
drop trigger if exists append_only_all on {0};
grant update, delete, truncate on {0} to jishi_app
"""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Statements that must be refused, and what to take away so that they are accepted."""

    says: str
    given: tuple[str, ...]
    without: tuple[str, ...]
    before: tuple[str, ...] = field(default=())


PAIR = (leg("D", "100"), leg("C", "100", "commission"))
REFUSALS = {
    "unbalanced": Refusal(
        given=(entry(), leg("D", "100"), leg("C", "99", "commission")), without=NO_BALANCE_CHECK, says="not balanced"
    ),
    "balanced only across currencies": Refusal(
        given=(entry(), leg("D", "100"), leg("C", "100", "commission", "USD", account="USD")),
        without=NO_BALANCE_CHECK,
        says="not balanced",
    ),
    "another currency than the account's": Refusal(
        given=(entry(), leg("D", "100", currency="USD"), leg("C", "100", "commission", "USD")),
        without=("alter table ledger_postings drop constraint fk_ledger_postings_account_id_currency",),
        says="account_id_currency",
    ),
    "one leg": Refusal(given=(entry(), leg("D", "100")), without=NO_BALANCE_CHECK, says="has 1 leg"),
    "no leg": Refusal(given=(entry(),), without=NO_BALANCE_CHECK, says="has 0 leg"),
    "zero": Refusal(
        given=(entry(), leg("D", "0"), leg("C", "0", "commission")),
        without=("alter table ledger_postings drop constraint ck_ledger_postings_amount_positive",),
        says="amount_positive",
    ),
    "below zero": Refusal(
        given=(entry(), leg("D", "-100"), leg("C", "-100", "commission")),
        without=("alter table ledger_postings drop constraint ck_ledger_postings_amount_positive",),
        says="amount_positive",
    ),
    "fractional": Refusal(
        given=(entry(), leg("D", "10.5"), leg("C", "10.5", "commission")),
        without=("alter table ledger_postings drop constraint ck_ledger_postings_amount_whole",),
        says="amount_whole",
    ),
    "more than escrow holds": Refusal(
        given=(entry(), leg("D", "97001", "escrow", to="slip:acme"), leg("C", "97001")),
        without=("alter table ledger_accounts drop constraint ck_ledger_accounts_balance_not_negative",),
        says="balance_not_negative",
    ),
    "an escrow account that may owe": Refusal(
        given=("update ledger_accounts set allow_negative = true where code = 'escrow'",),
        without=(
            OPEN.format("ledger_accounts"),
            "alter table ledger_accounts drop constraint ck_ledger_accounts_owned_is_exact",
        ),
        says="permission denied",
    ),
    "a changed entry": Refusal(
        given=("update ledger_entries set memo = 'x'",), without=(OPEN.format("ledger_entries"),), says="permission denied"
    ),
    "a changed posting": Refusal(
        given=("update ledger_postings set amount = amount + 1",),
        without=(OPEN.format("ledger_postings"),),
        says="permission denied",
    ),
    "a deleted posting": Refusal(
        given=("delete from ledger_postings",), without=(OPEN.format("ledger_postings"),), says="permission denied"
    ),
    "a deleted entry": Refusal(
        given=("delete from ledger_entries",),
        without=(
            OPEN.format("ledger_entries"),
            "alter table ledger_postings drop constraint fk_ledger_postings_entry_id",
        ),
        says="permission denied",
    ),
    "truncated books": Refusal(
        given=("truncate ledger_postings",), without=(OPEN.format("ledger_postings"),), says="permission denied"
    ),
    "the same reason again": Refusal(
        given=(entry("cap:acme"), leg("D", "100", key="cap:acme"), leg("C", "100", "commission", key="cap:acme")),
        without=(
            "alter table ledger_entries drop constraint uq_ledger_entries_event_key",
            "drop trigger new_posting on ledger_postings",
        ),
        says="uq_ledger_entries_event_key",
    ),
    "another merchant's account": Refusal(
        given=(entry(), leg("D", "100", "escrow", to="slip:rival"), leg("C", "100")),
        without=("drop trigger new_posting on ledger_postings",),
        says="another merchant",
    ),
    "more legs for an old entry": Refusal(
        given=(leg("D", "100", key="cap:acme"), leg("C", "100", "commission", key="cap:acme")),
        without=("drop trigger new_posting on ledger_postings",),
        says="no legs after",
    ),
    "a closed period": Refusal(
        given=(entry(at="2026-10-31 15:59+00"), *PAIR),
        without=("drop trigger new_entry on ledger_entries",),
        says="is closed",
    ),
}


@pytest.fixture
def books(ctx: Flask, cast: Cast) -> None:
    """Two orders in escrow, an account in dollars, October closed."""
    for slug, merchant in (("acme", cast.acme_id), ("rival", cast.rival_id)):
        order = Subject(merchant_id=merchant, reference=f"slip:{slug}")
        paid = Money(97000, "CNY")
        with unit_of_work():
            services.post(
                because=f"cap:{slug}",
                what=EntryType.CAPTURE,
                about=order,
                legs=[debit(Code.PSP_CLEARING, paid), credit(Code.ESCROW, paid, about=order)],
            )
    for currency in ("CNY", "USD"):
        small = Money(1, currency)
        with unit_of_work():
            services.post(
                because=f"open:{currency}",
                what=EntryType.CORRECTION,
                about=Subject(),
                legs=[debit(Code.PSP_CLEARING, small), credit(Code.COMMISSION, small)],
            )
    with unit_of_work(), working_on(Purpose.CONSOLE):
        db.session.execute(
            text("insert into ledger_periods values ('2026-10', '2026-09-30 16:00+00', '2026-10-31 16:00+00', now())")
        )


def say(run: Callable[..., object], refusal: Refusal) -> None:
    for statement in refusal.given:
        run(text(statement))
    run(text("set constraints all immediate"))


@pytest.mark.parametrize("name", REFUSALS)
def test_the_database_refuses(books: None, name: str) -> None:
    refusal = REFUSALS[name]
    with pytest.raises(DBAPIError, match=refusal.says), unit_of_work(), working_on(Purpose.SETTLEMENT):
        say(db.session.execute, refusal)


@pytest.mark.parametrize("name", REFUSALS)
def test_without_its_guard_it_would_be_accepted(books: None, superuser: Engine, name: str) -> None:
    refusal = REFUSALS[name]
    with superuser.connect() as connection:
        for statement in refusal.without:
            connection.execute(text(statement))
        _become_the_application(connection)
        say(connection.execute, refusal)
        connection.rollback()


def _become_the_application(connection: Connection) -> None:
    connection.execute(text("set local role jishi_app"))
    connection.execute(text("select set_config('app.purpose', 'settlement', true)"))


def test_what_is_not_refused_is_accepted(books: None) -> None:
    with unit_of_work(), working_on(Purpose.SETTLEMENT):
        say(db.session.execute, Refusal(given=(entry(), *PAIR), without=(), says=""))
        assert (
            db.session.scalar(
                text(
                    "select count(*) from ledger_postings p join ledger_entries e on e.id = p.entry_id"
                    " where e.event_key = 'raw:1'"
                )
            )
            == 2
        )


PAYMENTS = {
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
    "a second live payment of a reference": (
        """
        insert into payment_intents select gen_random_uuid(), payer_account_id, reference, amount, currency, 'open', description,
            return_url, locale, gateway, null, null, created_at, null, null, '', '', buyer_id
        from payment_intents where reference = 'deal:2'
        """,
        "drop index uq_payment_intents_live",
        "uq_payment_intents_live",
    ),
    "a second kept payment of a reference": (
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
        "drop trigger keep_owner on payment_intents",
        "never changes",
    ),
}


@pytest.fixture
def payments(paid: Opened, opened: Opened, superuser: Engine) -> Iterator[None]:
    """One payment kept, one open."""
    paid("deal:1")
    opened("deal:2")
    with superuser.begin() as connection:
        connection.execute(text("create policy seen_by_tests on organisations for select using (app_purpose() = 'payment')"))
    yield
    with superuser.begin() as connection:
        connection.execute(text("drop policy seen_by_tests on organisations"))


@pytest.mark.parametrize("name", PAYMENTS)
def test_the_database_refuses_payments(payments: None, superuser: Engine, name: str) -> None:
    statement, without, says = PAYMENTS[name]
    with pytest.raises(DBAPIError, match=says), unit_of_work(), working_on(Purpose.PAYMENT):
        db.session.execute(text(statement))
    with superuser.connect() as connection:
        connection.execute(text(without))
        connection.execute(text("set local role jishi_app"))
        connection.execute(text("select set_config('app.purpose', 'payment', true)"))
        assert connection.execute(text(statement)).rowcount == 1
        connection.rollback()


OURS = ("payment_intents", "payment_allocations", "payment_refunds", "gateway_operations", "gateway_letters")


def test_nobody_reads_payments_of_others(payments: None, cast: Cast, house: House) -> None:
    house.courier.round()
    with unit_of_work():
        refund(reference_part="slip:a1", amount=Money(100, "CNY"), reason="x", key="refund:1")

    def seen() -> list[int]:
        return [int(db.session.scalar(text(f"select count(*) from {table}")) or 0) for table in OURS]

    with unit_of_work(), buying_as(buyer_id=cast.buyer.buyer_id, account_id=None):
        assert seen() == [2, 4, 1, 0, 0]
    with unit_of_work(), buying_as(buyer_id=cast.other_buyer.buyer_id, account_id=None):
        assert seen() == [0, 0, 0, 0, 0]
    with unit_of_work(), acting_for(cast.acme_id):
        assert seen() == [0, 2, 1, 0, 0]
    with unit_of_work(), acting_for(cast.rival_id):
        assert seen() == [0, 2, 0, 0, 0]
    with unit_of_work():
        assert seen() == [0, 0, 0, 0, 0]
