"""The books: posting once, balances, the worked example of the design, and who may read what."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from billing.ledger import queries, services
from billing.ledger.errors import SaidDifferently, Unbalanced
from billing.ledger.rules import MARKET, AccountName, Code, EntryType, Leg, Subject, credit, debit
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.money import Money
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast

C = Code


def yuan(text_: str) -> Money:
    return Money.parse(text_, "CNY")


def capture(cast: Cast, amount: str = "970.00", key: str = "cap:1") -> None:
    order = Subject(merchant_id=cast.acme_id, reference="slip:1")
    legs = [debit(C.PSP_CLEARING, yuan(amount)), credit(C.ESCROW, yuan(amount), about=order)]
    services.post(because=key, what=EntryType.CAPTURE, about=order, legs=legs)


def balance(code: Code, merchant: UUID | None = None, reference: str = "") -> Money:
    with working_on(Purpose.SETTLEMENT):
        return queries.balance(AccountName(code, "CNY", merchant, reference))


def test_an_entry_moves_money_once(ctx: Flask, cast: Cast) -> None:
    for _ in range(3):
        with unit_of_work():
            capture(cast)
    with unit_of_work():
        assert balance(C.ESCROW, cast.acme_id, "slip:1") == yuan("970.00")
        assert balance(C.PSP_CLEARING) == yuan("970.00")


def test_the_same_reason_with_another_amount_is_refused(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        capture(cast)
    with pytest.raises(SaidDifferently), unit_of_work():
        capture(cast, amount="970.01")
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
def test_legs_that_are_no_entry_are_refused(ctx: Flask, legs: Sequence[Leg]) -> None:
    with pytest.raises(Unbalanced), unit_of_work():
        services.post(because="x", what=EntryType.CORRECTION, about=MARKET, legs=legs)


def test_escrow_cannot_give_more_than_it_holds(ctx: Flask, cast: Cast) -> None:
    order = Subject(merchant_id=cast.acme_id, reference="slip:1")
    with unit_of_work():
        capture(cast)
    too_much = [debit(C.ESCROW, yuan("970.01"), about=order), credit(C.COMMISSION, yuan("970.01"))]
    with pytest.raises(IntegrityError, match="balance_not_negative"), unit_of_work():
        services.post(because="rel:1", what=EntryType.RELEASE, about=order, legs=too_much)
    with unit_of_work():
        assert balance(C.ESCROW, cast.acme_id, "slip:1") == yuan("970.00")


def test_the_worked_example_balances_row_by_row(ctx: Flask, cast: Cast) -> None:
    """money.md §4: goods 1 000, shipping 20, coupon 50 borne by the market, commission 8 % and 6 % tax on it."""
    order = Subject(merchant_id=cast.acme_id, reference="slip:1")
    payout = Subject(merchant_id=cast.acme_id, reference="payout:1")
    refund = Subject(merchant_id=cast.acme_id, reference="refund:1")
    rows = [
        [
            debit(C.PSP_CLEARING, yuan("970.00")),
            debit(C.COUPON_SUBSIDY, yuan("50.00")),
            credit(C.ESCROW, yuan("1020.00"), about=order),
        ],
        [debit(C.PSP_FEES, yuan("9.70")), debit(C.BANK, yuan("960.30")), credit(C.PSP_CLEARING, yuan("970.00"))],
        [
            debit(C.ESCROW, yuan("1020.00"), about=order),
            credit(C.COMMISSION, yuan("80.00")),
            credit(C.TAX_PAYABLE, yuan("4.80")),
            credit(C.MERCHANT_RESERVE, yuan("93.52"), about=order),
            credit(C.MERCHANT_AVAILABLE, yuan("841.68"), about=order),
        ],
        [debit(C.MERCHANT_RESERVE, yuan("93.52"), about=order), credit(C.MERCHANT_AVAILABLE, yuan("93.52"), about=order)],
        [
            debit(C.MERCHANT_AVAILABLE, yuan("366.08"), about=order),
            debit(C.COMMISSION_REVERSED, yuan("32.00")),
            debit(C.TAX_PAYABLE, yuan("1.92")),
            credit(C.REFUND_IN_TRANSIT, yuan("380.00"), about=refund),
            credit(C.COUPON_SUBSIDY, yuan("20.00")),
        ],
        [
            debit(C.MERCHANT_AVAILABLE, yuan("569.12"), about=order),
            credit(C.PAYOUT_IN_TRANSIT, yuan("569.12"), about=payout),
        ],
        [debit(C.PAYOUT_IN_TRANSIT, yuan("569.12"), about=payout), credit(C.BANK, yuan("569.12"))],
        [debit(C.REFUND_IN_TRANSIT, yuan("380.00"), about=refund), credit(C.PSP_CLEARING, yuan("380.00"))],
    ]
    for number, legs in enumerate(rows):
        with unit_of_work():
            services.post(because=f"golden:{number}", what=EntryType.CORRECTION, about=order, legs=legs)
    with unit_of_work():
        assert balance(C.ESCROW, cast.acme_id, "slip:1") == yuan("0.00")
        assert balance(C.MERCHANT_AVAILABLE, cast.acme_id) == yuan("0.00")
        assert balance(C.MERCHANT_RESERVE, cast.acme_id) == yuan("0.00")
        assert balance(C.COMMISSION) == yuan("80.00")
        assert balance(C.COMMISSION_REVERSED) == yuan("32.00")
        assert balance(C.TAX_PAYABLE) == yuan("2.88")
        assert balance(C.COUPON_SUBSIDY) == yuan("30.00")
        assert balance(C.BANK) == yuan("391.18")
        assert balance(C.PSP_CLEARING) == yuan("-380.00")


BOOKS = ("ledger_accounts", "ledger_entries", "ledger_postings")


def seen(table: str) -> int:
    return int(db.session.scalar(text(f"select count(*) from {table} where merchant_id is not null")) or 0)


def test_a_merchant_reads_its_own_money_and_nobody_elses(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        capture(cast)
    with unit_of_work(), acting_for(cast.acme_id):
        assert [seen(table) for table in BOOKS] == [1, 1, 2]
        names = db.session.scalars(text("select code from ledger_accounts order by code")).all()
        assert names == ["escrow", "psp_clearing"]
    with unit_of_work(), acting_for(cast.rival_id):
        assert [seen(table) for table in BOOKS] == [0, 0, 0]
    with unit_of_work():
        assert [int(db.session.scalar(text(f"select count(*) from {table}")) or 0) for table in BOOKS] == [0, 0, 0]


def test_a_merchant_writes_no_money(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        capture(cast)
    gift = text(
        "insert into ledger_entries select uuidv7(), 'gift', event_type, occurred_at, posted_at, actor, merchant_id,"
        " reference, null, memo, fingerprint, 0 from ledger_entries"
    )
    with pytest.raises(Exception, match="row-level security"), unit_of_work(), acting_for(cast.acme_id):
        db.session.execute(gift)
