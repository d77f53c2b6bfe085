"""The ledger: idempotent posting, balances, the worked example, and row-level security."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from billing.ledger import queries, services
from billing.ledger.domain import PLATFORM, AccountCode, AccountName, EntrySubject, EntryType, Leg, credit, debit
from billing.ledger.errors import EntryConflict, UnbalancedEntry
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tests.actors import Actors

C = AccountCode


def yuan(text_: str) -> Money:
    return Money.parse(text_, "CNY")


def capture(actors: Actors, amount: str = "970.00", key: str = "cap:1") -> None:
    order = EntrySubject(merchant_id=actors.acme_id, reference="slip:1")
    legs = [debit(C.PSP_CLEARING, yuan(amount)), credit(C.ESCROW, yuan(amount), subject=order)]
    services.post_entry(event_key=key, entry_type=EntryType.CAPTURE, subject=order, legs=legs)


def balance(code: AccountCode, merchant: UUID | None = None, reference: str = "") -> Money:
    with with_purpose(AccessPurpose.SETTLEMENT):
        return queries.get_balance(AccountName(code, "CNY", merchant, reference))


def test_post_entry_same_key_posts_once(ctx: Flask, actors: Actors) -> None:
    for _ in range(3):
        with unit_of_work():
            capture(actors)
    with unit_of_work():
        assert balance(C.ESCROW, actors.acme_id, "slip:1") == yuan("970.00")
        assert balance(C.PSP_CLEARING) == yuan("970.00")


def test_post_entry_same_key_other_amount_raises_conflict(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        capture(actors)
    with pytest.raises(EntryConflict), unit_of_work():
        capture(actors, amount="970.01")
    with unit_of_work():
        assert balance(C.PSP_CLEARING) == yuan("970.00")


@pytest.mark.parametrize(
    "legs",
    [
        [],
        [debit(C.PSP_CLEARING, yuan("1.00"))],
        [debit(C.PSP_CLEARING, yuan("1.00")), credit(C.COMMISSION, yuan("1.01"))],
        [debit(C.PSP_CLEARING, Money(100, "CNY")), credit(C.COMMISSION, Money(100, "USD"))],
        [debit(C.PSP_CLEARING, yuan("0.00")), credit(C.COMMISSION, yuan("0.00"))],
        [debit(C.PSP_CLEARING, yuan("-1.00")), credit(C.COMMISSION, yuan("-1.00"))],
    ],
)
def test_post_entry_invalid_legs_raises_unbalanced(ctx: Flask, legs: Sequence[Leg]) -> None:
    with pytest.raises(UnbalancedEntry), unit_of_work():
        services.post_entry(event_key="x", entry_type=EntryType.CORRECTION, subject=PLATFORM, legs=legs)


def test_escrow_overdraft_is_rejected_by_constraint(ctx: Flask, actors: Actors) -> None:
    order = EntrySubject(merchant_id=actors.acme_id, reference="slip:1")
    with unit_of_work():
        capture(actors)
    too_much = [debit(C.ESCROW, yuan("970.01"), subject=order), credit(C.COMMISSION, yuan("970.01"))]
    with pytest.raises(IntegrityError, match="balance_not_negative"), unit_of_work():
        services.post_entry(event_key="rel:1", entry_type=EntryType.RELEASE, subject=order, legs=too_much)
    with unit_of_work():
        assert balance(C.ESCROW, actors.acme_id, "slip:1") == yuan("970.00")


def test_worked_example_final_balances(ctx: Flask, actors: Actors) -> None:
    """Products 1 000, freight 20, coupon 50 paid by the platform, commission 8 % and 6 % tax on it."""
    order = EntrySubject(merchant_id=actors.acme_id, reference="slip:1")
    payout = EntrySubject(merchant_id=actors.acme_id, reference="payout:1")
    refund = EntrySubject(merchant_id=actors.acme_id, reference="refund:1")
    rows = [
        [
            debit(C.PSP_CLEARING, yuan("970.00")),
            debit(C.COUPON_SUBSIDY, yuan("50.00")),
            credit(C.ESCROW, yuan("1020.00"), subject=order),
        ],
        [debit(C.PSP_FEES, yuan("9.70")), debit(C.BANK, yuan("960.30")), credit(C.PSP_CLEARING, yuan("970.00"))],
        [
            debit(C.ESCROW, yuan("1020.00"), subject=order),
            credit(C.COMMISSION, yuan("80.00")),
            credit(C.TAX_PAYABLE, yuan("4.80")),
            credit(C.MERCHANT_RESERVE, yuan("93.52"), subject=order),
            credit(C.MERCHANT_AVAILABLE, yuan("841.68"), subject=order),
        ],
        [debit(C.MERCHANT_RESERVE, yuan("93.52"), subject=order), credit(C.MERCHANT_AVAILABLE, yuan("93.52"), subject=order)],
        [
            debit(C.MERCHANT_AVAILABLE, yuan("366.08"), subject=order),
            debit(C.COMMISSION_REVERSED, yuan("32.00")),
            debit(C.TAX_PAYABLE, yuan("1.92")),
            credit(C.REFUND_IN_TRANSIT, yuan("380.00"), subject=refund),
            credit(C.COUPON_SUBSIDY, yuan("20.00")),
        ],
        [
            debit(C.MERCHANT_AVAILABLE, yuan("569.12"), subject=order),
            credit(C.PAYOUT_IN_TRANSIT, yuan("569.12"), subject=payout),
        ],
        [debit(C.PAYOUT_IN_TRANSIT, yuan("569.12"), subject=payout), credit(C.BANK, yuan("569.12"))],
        [debit(C.REFUND_IN_TRANSIT, yuan("380.00"), subject=refund), credit(C.PSP_CLEARING, yuan("380.00"))],
    ]
    for number, legs in enumerate(rows):
        with unit_of_work():
            services.post_entry(event_key=f"golden:{number}", entry_type=EntryType.CORRECTION, subject=order, legs=legs)
    with unit_of_work():
        assert balance(C.ESCROW, actors.acme_id, "slip:1") == yuan("0.00")
        assert balance(C.MERCHANT_AVAILABLE, actors.acme_id) == yuan("0.00")
        assert balance(C.MERCHANT_RESERVE, actors.acme_id) == yuan("0.00")
        assert balance(C.COMMISSION) == yuan("80.00")
        assert balance(C.COMMISSION_REVERSED) == yuan("32.00")
        assert balance(C.TAX_PAYABLE) == yuan("2.88")
        assert balance(C.COUPON_SUBSIDY) == yuan("30.00")
        assert balance(C.BANK) == yuan("391.18")
        assert balance(C.PSP_CLEARING) == yuan("-380.00")


TABLES = ("ledger_accounts", "ledger_entries", "ledger_postings")


def count_merchant_rows(table: str) -> int:
    return int(db.session.scalar(text(f"select count(*) from {table} where merchant_id is not null")) or 0)


def test_ledger_tables_respect_row_security(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        capture(actors)
    with unit_of_work(), as_merchant(actors.acme_id):
        assert [count_merchant_rows(table) for table in TABLES] == [1, 1, 2]
        names = db.session.scalars(text("select code from ledger_accounts order by code")).all()
        assert names == ["escrow", "psp_clearing"]
    with unit_of_work(), as_merchant(actors.rival_id):
        assert [count_merchant_rows(table) for table in TABLES] == [0, 0, 0]
    with unit_of_work():
        assert [int(db.session.scalar(text(f"select count(*) from {table}")) or 0) for table in TABLES] == [0, 0, 0]


def test_merchant_insert_into_ledger_is_rejected(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        capture(actors)
    insert_entry = text(
        "insert into ledger_entries select uuidv7(), 'gift', event_type, occurred_at, posted_at, actor, merchant_id,"
        " reference, null, memo, fingerprint, 0 from ledger_entries"
    )
    with pytest.raises(Exception, match="row-level security"), unit_of_work(), as_merchant(actors.acme_id):
        db.session.execute(insert_entry)
