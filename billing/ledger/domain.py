"""The chart of accounts, and legs that move money between accounts. Pure values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import lazy_gettext as _l

from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.money import Money


class AccountKind(LabeledStrEnum):
    """The kind of an account. Debits increase assets and expenses, credits increase the others."""

    ASSET = "asset", _l("Asset")
    LIABILITY = "liability", _l("Liability")
    INCOME = "income", _l("Income")
    EXPENSE = "expense", _l("Expense")


class Side(LabeledStrEnum):
    """The two sides of an account."""

    DEBIT = "D", _l("Debit")
    CREDIT = "C", _l("Credit")


class AccountCode(LabeledStrEnum):
    """The accounts of the chart. The values are stored in the database."""

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
class AccountSpec:
    """The kind and the owner of all accounts with one code."""

    kind: AccountKind
    per_merchant: bool = False
    per_reference: bool = False

    @property
    def tracks_balance(self) -> bool:
        """Return whether the balance is updated with every posting and may not become negative.

        Every payment posts to the market's own accounts. A balance row for each of them would serialize all payments, so their
        balance is summed when it is read.
        """
        return self.per_merchant or self.per_reference


CHART_OF_ACCOUNTS: dict[AccountCode, AccountSpec] = {
    AccountCode.PSP_CLEARING: AccountSpec(AccountKind.ASSET),
    AccountCode.BANK: AccountSpec(AccountKind.ASSET),
    AccountCode.MERCHANT_RECEIVABLE: AccountSpec(AccountKind.ASSET, per_merchant=True),
    AccountCode.ESCROW: AccountSpec(AccountKind.LIABILITY, per_merchant=True, per_reference=True),
    AccountCode.MERCHANT_AVAILABLE: AccountSpec(AccountKind.LIABILITY, per_merchant=True),
    AccountCode.MERCHANT_RESERVE: AccountSpec(AccountKind.LIABILITY, per_merchant=True),
    AccountCode.PAYOUT_IN_TRANSIT: AccountSpec(AccountKind.LIABILITY, per_merchant=True, per_reference=True),
    AccountCode.REFUND_IN_TRANSIT: AccountSpec(AccountKind.LIABILITY, per_merchant=True, per_reference=True),
    AccountCode.TAX_PAYABLE: AccountSpec(AccountKind.LIABILITY),
    AccountCode.COMMISSION: AccountSpec(AccountKind.INCOME),
    AccountCode.COMMISSION_REVERSED: AccountSpec(AccountKind.EXPENSE),
    AccountCode.COUPON_SUBSIDY: AccountSpec(AccountKind.EXPENSE),
    AccountCode.PSP_FEES: AccountSpec(AccountKind.EXPENSE),
    AccountCode.SUSPENSE: AccountSpec(AccountKind.LIABILITY),
}


class EntryType(LabeledStrEnum):
    """The reason of an entry, with the text that a statement prints."""

    CAPTURE = "capture", _l("Payment received into escrow")
    RELEASE = "release", _l("Released from escrow")
    REFUND = "refund", _l("Refund to the buyer")
    REFUND_PAID = "refund_paid", _l("Refund paid out by the gateway")
    LATE_PAYMENT = "late_payment", _l("Payment that came too late; it goes back")
    OFFSET = "offset", _l("Set off against what was owed")
    CORRECTION = "correction", _l("Correction")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySubject:
    """The merchant (one at most) and the opaque reference, such as `order:<uuid>`, that an entry concerns."""

    merchant_id: UUID | None = None
    reference: str = ""


PLATFORM = EntrySubject()


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of an entry: an amount on an account. Accounts of merchants and references are identified by them."""

    code: AccountCode
    side: Side
    amount: Money
    merchant_id: UUID | None = None
    reference: str = ""

    @property
    def account(self) -> AccountName:
        """Return the name of the account that this leg moves."""
        return AccountName(self.code, self.amount.currency, self.merchant_id, self.reference)


@dataclass(frozen=True, slots=True)
class AccountName:
    """The unique name of an account."""

    code: AccountCode
    currency: str
    merchant_id: UUID | None = None
    reference: str = ""


def debit(code: AccountCode, amount: Money, *, subject: EntrySubject = PLATFORM) -> Leg:
    """Build a debit leg. The account belongs to the subject's merchant and reference if the chart says so."""
    return _build_leg(code, Side.DEBIT, amount, subject)


def credit(code: AccountCode, amount: Money, *, subject: EntrySubject = PLATFORM) -> Leg:
    """Build a credit leg, as `debit` does."""
    return _build_leg(code, Side.CREDIT, amount, subject)


def _build_leg(code: AccountCode, side: Side, amount: Money, subject: EntrySubject) -> Leg:
    spec = CHART_OF_ACCOUNTS[code]
    if spec.per_merchant and subject.merchant_id is None:
        raise ValueError(f"{code.value} belongs to a merchant")
    if spec.per_reference and not subject.reference:
        raise ValueError(f"{code.value} belongs to a reference")
    return Leg(
        code,
        side,
        amount,
        subject.merchant_id if spec.per_merchant else None,
        subject.reference if spec.per_reference else "",
    )


def nonzero_legs(legs: Sequence[Leg]) -> list[Leg]:
    """Return the legs with an amount, in the order in which their accounts are locked. Zero amounts are never posted."""
    return sorted((leg for leg in legs if leg.amount), key=lambda leg: _lock_key(leg.account))


def entry_error(legs: Sequence[Leg]) -> str | None:
    """Return why these legs are not a valid entry, or None. The database rejects the same later, with a less helpful error."""
    if len(legs) < 2:
        return "an entry has at least two legs"
    if any(leg.amount.minor < 0 for leg in legs):
        return "an amount is below zero"
    totals: dict[str, int] = {}
    for leg in legs:
        signed_minor = leg.amount.minor if leg.side is Side.DEBIT else -leg.amount.minor
        totals[leg.amount.currency] = totals.get(leg.amount.currency, 0) + signed_minor
    imbalances = {currency: difference for currency, difference in totals.items() if difference}
    return f"debits and credits differ by {imbalances}" if imbalances else None


def fingerprint(entry_type: EntryType, subject: EntrySubject, legs: Sequence[Leg]) -> str:
    """Return a hash of the entry's content: an event key that is posted again must have the same content."""
    leg_values = [
        [leg.code.value, leg.side.value, leg.amount.minor, leg.amount.currency, str(leg.merchant_id or ""), leg.reference]
        for leg in legs
    ]
    payload = json.dumps([entry_type.value, str(subject.merchant_id or ""), subject.reference, leg_values])
    return hashlib.sha256(payload.encode()).hexdigest()


def balance_change(kind: AccountKind, side: Side, amount: int) -> int:
    """Return the change of the balance that a posting causes on an account of this kind."""
    normal_side = Side.DEBIT if kind in (AccountKind.ASSET, AccountKind.EXPENSE) else Side.CREDIT
    return amount if side is normal_side else -amount


def _lock_key(name: AccountName) -> tuple[str, str, str, str]:
    return (name.code.value, str(name.merchant_id or ""), name.reference, name.currency)
