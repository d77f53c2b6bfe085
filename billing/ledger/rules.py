"""The chart of accounts, and legs that move money between them: plain values, no database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import lazy_gettext as _l

from marketplace.kernel.labels import Labelled
from marketplace.kernel.money import Money


class AccountKind(Labelled):
    """What an account is; assets and expenses grow by debits, the others by credits."""

    ASSET = "asset", _l("Asset")
    LIABILITY = "liability", _l("Liability")
    INCOME = "income", _l("Income")
    EXPENSE = "expense", _l("Expense")


class Side(Labelled):
    """The two sides of an account."""

    DEBIT = "D", _l("Debit")
    CREDIT = "C", _l("Credit")


class Code(Labelled):
    """The accounts of the chart (money §3); the value is what the database keeps."""

    PSP_CLEARING = "psp_clearing", _l("At the payment gateway")
    BANK = "bank", _l("Bank")
    MERCHANT_RECEIVABLE = "merchant_receivable", _l("Owed by the merchant")
    ESCROW = "escrow", _l("Held in escrow")
    MERCHANT_AVAILABLE = "merchant_available", _l("Available to the merchant")
    MERCHANT_RESERVE = "merchant_reserve", _l("Merchant's reserve")
    PAYOUT_IN_TRANSIT = "payout_in_transit", _l("Payout on its way")
    REFUND_IN_TRANSIT = "refund_in_transit", _l("Refund on its way")
    TAX_PAYABLE = "tax_payable", _l("Tax payable")
    COMMISSION = "commission", _l("Commission")
    COMMISSION_REVERSED = "commission_reversed", _l("Commission given back")
    COUPON_SUBSIDY = "coupon_subsidy", _l("Coupons borne by the market")
    PSP_FEES = "psp_fees", _l("Gateway fees")
    SUSPENSE = "suspense", _l("Unexplained")


@dataclass(frozen=True, slots=True)
class Shape:
    """How accounts of one code behave: their kind, and whose they are."""

    kind: AccountKind
    merchant: bool = False
    reference: bool = False

    @property
    def exact(self) -> bool:
        """Whether the balance is kept with every posting and may never fall below zero.

        The market's own accounts are touched by every payment: one row for each would make all payments queue, so their
        balance is summed when somebody asks.
        """
        return self.merchant or self.reference


CHART: dict[Code, Shape] = {
    Code.PSP_CLEARING: Shape(AccountKind.ASSET),
    Code.BANK: Shape(AccountKind.ASSET),
    Code.MERCHANT_RECEIVABLE: Shape(AccountKind.ASSET, merchant=True),
    Code.ESCROW: Shape(AccountKind.LIABILITY, merchant=True, reference=True),
    Code.MERCHANT_AVAILABLE: Shape(AccountKind.LIABILITY, merchant=True),
    Code.MERCHANT_RESERVE: Shape(AccountKind.LIABILITY, merchant=True),
    Code.PAYOUT_IN_TRANSIT: Shape(AccountKind.LIABILITY, merchant=True, reference=True),
    Code.REFUND_IN_TRANSIT: Shape(AccountKind.LIABILITY, merchant=True, reference=True),
    Code.TAX_PAYABLE: Shape(AccountKind.LIABILITY),
    Code.COMMISSION: Shape(AccountKind.INCOME),
    Code.COMMISSION_REVERSED: Shape(AccountKind.EXPENSE),
    Code.COUPON_SUBSIDY: Shape(AccountKind.EXPENSE),
    Code.PSP_FEES: Shape(AccountKind.EXPENSE),
    Code.SUSPENSE: Shape(AccountKind.LIABILITY),
}


class EntryType(Labelled):
    """Why money moved, in words that a statement can print."""

    CAPTURE = "capture", _l("Payment received into escrow")
    RELEASE = "release", _l("Released from escrow")
    REFUND = "refund", _l("Refund to the buyer")
    REFUND_PAID = "refund_paid", _l("Refund paid out by the gateway")
    LATE_PAYMENT = "late_payment", _l("Payment that came too late; it goes back")
    OFFSET = "offset", _l("Set off against what was owed")
    CORRECTION = "correction", _l("Correction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom and what an entry is about: one merchant at most, and an opaque word such as `order:<uuid>`."""

    merchant_id: UUID | None = None
    reference: str = ""


MARKET = Subject()


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of an entry: so much, on this account. A merchant's or reference's account names them."""

    code: Code
    side: Side
    amount: Money
    merchant_id: UUID | None = None
    reference: str = ""

    @property
    def account(self) -> AccountName:
        """The account that this leg moves."""
        return AccountName(self.code, self.amount.currency, self.merchant_id, self.reference)


@dataclass(frozen=True, slots=True)
class AccountName:
    """What names an account: unique in the books."""

    code: Code
    currency: str
    merchant_id: UUID | None = None
    reference: str = ""


def debit(code: Code, amount: Money, *, about: Subject = MARKET) -> Leg:
    """A leg on the left; the account belongs to `about` as far as the chart says so."""
    return _leg(code, Side.DEBIT, amount, about)


def credit(code: Code, amount: Money, *, about: Subject = MARKET) -> Leg:
    """A leg on the right."""
    return _leg(code, Side.CREDIT, amount, about)


def _leg(code: Code, side: Side, amount: Money, about: Subject) -> Leg:
    shape = CHART[code]
    if shape.merchant and about.merchant_id is None:
        raise ValueError(f"{code.value} belongs to a merchant")
    if shape.reference and not about.reference:
        raise ValueError(f"{code.value} belongs to a reference")
    return Leg(
        code,
        side,
        amount,
        about.merchant_id if shape.merchant else None,
        about.reference if shape.reference else "",
    )


def moving(legs: Sequence[Leg]) -> list[Leg]:
    """The legs that move something, in the order in which accounts are locked: nothing is posted as zero."""
    return sorted((leg for leg in legs if leg.amount), key=lambda leg: _order(leg.account))


def complaint(legs: Sequence[Leg]) -> str | None:
    """Why these legs are no entry; the database refuses the same, this says it sooner."""
    if len(legs) < 2:
        return "an entry has at least two legs"
    if any(leg.amount.minor < 0 for leg in legs):
        return "an amount is below zero"
    sums: dict[str, int] = {}
    for leg in legs:
        signed = leg.amount.minor if leg.side is Side.DEBIT else -leg.amount.minor
        sums[leg.amount.currency] = sums.get(leg.amount.currency, 0) + signed
    uneven = {currency: rest for currency, rest in sums.items() if rest}
    return f"debits and credits differ by {uneven}" if uneven else None


def fingerprint(kind: EntryType, about: Subject, legs: Sequence[Leg]) -> str:
    """What an entry says, as one word: the same reason twice must say the same."""
    said = [
        [leg.code.value, leg.side.value, leg.amount.minor, leg.amount.currency, str(leg.merchant_id or ""), leg.reference]
        for leg in legs
    ]
    whole = json.dumps([kind.value, str(about.merchant_id or ""), about.reference, said])
    return hashlib.sha256(whole.encode()).hexdigest()


def signed(kind: AccountKind, side: Side, amount: int) -> int:
    """How a posting changes the balance of an account of this kind."""
    grows = Side.DEBIT if kind in (AccountKind.ASSET, AccountKind.EXPENSE) else Side.CREDIT
    return amount if side is grows else -amount


def _order(name: AccountName) -> tuple[str, str, str, str]:
    return (name.code.value, str(name.merchant_id or ""), name.reference, name.currency)
