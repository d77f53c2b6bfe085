"""Operations on commissions: publish rates, charge the fees of a sale, reverse them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, insert

from billing.commissions import domain, queries
from billing.commissions.domain import DEFAULT_BASIS_POINTS, CommissionEntryKind, Mismatch, NewSale, RateDraft, SaleLine
from billing.commissions.errors import FeeConflict, StaleRateSet
from billing.commissions.models import CommissionEntry, CommissionRate, RateSet
from marketplace.kernel import audit, clock, compiled_sql, tenancy
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, with_purpose

INSERT_ENTRIES = insert(cast(Table, CommissionEntry.__table__))


def charge_fees(*, order: str, merchant_id: UUID, lines: Sequence[SaleLine]) -> tuple[CommissionEntry, ...]:
    """Fix the fee of each line of a sale by the current rates; later changes of rates do not affect it.

    Repeating the call with the same lines returns the same entries. Each line is rounded half-even once.

    Args:
        order: The opaque reference of the order (`order:<uuid>`).
        merchant_id: The seller.
        lines: The lines of the sale.

    Raises:
        FeeConflict: If the order was charged before for other lines.
    """
    with with_purpose(AccessPurpose.SETTLEMENT):
        existing = queries.list_charges(order)
        if existing:
            if {(line.line, line.base) for line in existing} != {(line.reference, line.amount.minor) for line in lines}:
                raise FeeConflict
            return tuple(existing)
        rate_set = queries.get_newest_set()
        rates = queries.list_rates(rate_set.number) if rate_set else ()
        entries = [CommissionEntry(**_build_charge(order, merchant_id, line, rate_set=rate_set, rates=rates)) for line in lines]
        db.session.add_all(entries)
        db.session.flush()
    return tuple(entries)


def charge_fees_bulk(*, sales: Sequence[NewSale]) -> None:
    """Fix the fees of orders that are being placed, in three or four statements for any number of merchants.

    The references must be new: the database rejects an order whose fees exist.
    """
    with with_purpose(AccessPurpose.SETTLEMENT):
        rate_set = queries.get_newest_set()
        rates = queries.list_rates(rate_set.number) if rate_set else ()
        rows = [
            _build_charge(sale.order, sale.merchant_id, line, rate_set=rate_set, rates=rates)
            for sale in sales
            for line in sale.lines
        ]
        if rows:
            compiled_sql.bulk_insert(INSERT_ENTRIES, rows)


def _build_charge(
    order: str, merchant_id: UUID, line: SaleLine, *, rate_set: RateSet | None, rates: Sequence[CommissionRate]
) -> dict[str, Any]:
    """Return the row of one charge."""
    now = clock.now()
    rate, _rejected = domain.select_rate(rates, merchant_id=merchant_id, path=line.category_path, at=now)
    basis_points = _resolve_basis_points(rate, rate_set)
    return {
        "id": uuid7(),
        "order": order,
        "line": line.reference,
        "merchant_id": merchant_id,
        "kind": CommissionEntryKind.CHARGE,
        "set_number": rate_set.number if rate_set else 0,
        "rate_id": rate.id if rate else None,
        "basis_points": basis_points,
        "base": line.amount.minor,
        "amount": line.amount.share(basis_points).minor,
        "currency": line.amount.currency,
        "cause": "sale",
        "reverses_id": None,
        "inputs": {"category": domain.PATH_SEPARATOR.join(line.category_path), "rate": rate.name if rate else ""},
        "created_at": now,
    }


def recharge_fees(*, order: str, merchant_id: UUID, removed: Collection[str], lines: Sequence[SaleLine], cause: str) -> None:
    """Reverse and charge again the fees of an unpaid order whose lines were changed (OR3, order changes).

    The fees of removed and changed lines are reversed completely; the changed `lines` are charged by the current rates.
    `cause` identifies the change: a repeated call with the same cause reverses once.
    """
    changed_lines = {*removed, *(line.reference for line in lines)}
    with with_purpose(AccessPurpose.SETTLEMENT):
        charges, reversed_amounts = queries.list_charges(order), queries.get_reversed_amounts(order)
        for charge in charges:
            unreversed = charge.fee - Money(reversed_amounts.get(charge.id, 0), charge.currency)
            if domain.base_line_reference(charge.line) in changed_lines and unreversed:
                db.session.add(_build_reversal(charge, unreversed, cause))
        charge_counts = Counter(domain.base_line_reference(charge.line) for charge in charges)
        rate_set = queries.get_newest_set()
        rates = queries.list_rates(rate_set.number) if rate_set else ()
        for line in lines:
            recharged_line = replace(line, reference=domain.recharge_reference(line.reference, charge_counts[line.reference]))
            db.session.add(CommissionEntry(**_build_charge(order, merchant_id, recharged_line, rate_set=rate_set, rates=rates)))
        db.session.flush()


def reverse_fees(*, order: str, refunded: Money, paid: Money, cause: str) -> Money:
    """Reverse the share of the fees that corresponds to everything refunded so far (`refunded` of `paid`), this refund included.

    Returns the amount reversed by this call. `cause` identifies the refund: a repeated call reverses once.
    """
    with with_purpose(AccessPurpose.SETTLEMENT):
        reversed_amounts = queries.get_reversed_amounts(order)
        total_reversed = Money.zero(paid.currency)
        for charge in queries.list_charges(order):
            target = domain.reversal_amount(charged=charge.fee, refunded=refunded, paid=paid)
            difference = target - Money(reversed_amounts.get(charge.id, 0), paid.currency)
            # Negative for the charge of a line that was changed before the payment: it was reversed completely then.
            if difference.minor > 0:
                db.session.add(_build_reversal(charge, difference, cause))
                total_reversed += difference
        db.session.flush()
    return total_reversed


def _build_reversal(charge: CommissionEntry, amount: Money, cause: str) -> CommissionEntry:
    return CommissionEntry(
        id=uuid7(),
        order=charge.order,
        line=charge.line,
        merchant_id=charge.merchant_id,
        kind=CommissionEntryKind.REVERSAL,
        set_number=charge.set_number,
        rate_id=charge.rate_id,
        basis_points=charge.basis_points,
        base=charge.base,
        amount=-amount.minor,
        currency=charge.currency,
        cause=cause,
        reverses_id=charge.id,
        inputs={},
    )


def publish_rates(*, rates: Sequence[RateDraft], default_basis_points: int, note: str, expected_number: int) -> RateSet:
    """Publish the next set of rates, in this order. Later sales use it; fees that are already fixed do not change.

    Args:
        rates: The rates; the first that applies to a sale is used.
        default_basis_points: The rate of sales to which none of the rates applies.
        note: The reason for the change, stored with the set and in the audit log.
        expected_number: The number of the set on which the author based the new one.

    Raises:
        StaleRateSet: If another set was published since.
    """
    advisory_lock("commission_rates")
    current_set = queries.get_newest_set()
    number = current_set.number if current_set else 0
    if number != expected_number:
        raise StaleRateSet
    rate_set = RateSet(
        number=number + 1,
        default_basis_points=default_basis_points,
        note=note,
        published_at=clock.now(),
        published_by=tenancy.get_context().account,
    )
    db.session.add(rate_set)
    db.session.flush()
    db.session.add_all(_build_rate(rate_set.number, position, draft) for position, draft in enumerate(rates))
    db.session.flush()
    audit.record(
        "commissions.published",
        subject=("commission_rates", None),
        before={"number": number},
        after={"number": rate_set.number, "default": default_basis_points, "rates": [_audit_payload(draft) for draft in rates]},
        reason=note or None,
    )
    return rate_set


def _build_rate(number: int, position: int, draft: RateDraft) -> CommissionRate:
    return CommissionRate(
        id=uuid7(),
        set_number=number,
        position=position,
        name=draft.name,
        merchant_id=draft.merchant_id,
        category=draft.category,
        basis_points=draft.basis_points,
        active_from=draft.active_from,
        active_to=draft.active_to,
    )


def _audit_payload(draft: RateDraft) -> dict[str, str | int]:
    return {
        "name": draft.name,
        "merchant": str(draft.merchant_id or ""),
        "category": draft.category,
        "basis_points": draft.basis_points,
        "from": _format_datetime(draft.active_from),
        "to": _format_datetime(draft.active_to),
    }


def _format_datetime(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSimulation:
    """The fee of a hypothetical sale: the rate (None if the default applies) and the rates that were rejected before it."""

    fee: Money
    merchant_amount: Money
    basis_points: int
    rate: CommissionRate | None
    rejected: Sequence[tuple[CommissionRate, Mismatch]]


def simulate_fee(*, merchant_id: UUID, category_path: tuple[str, ...], amount: Money) -> FeeSimulation:
    """Compute the fee of a sale at the current rates, without storing anything."""
    rate_set = queries.get_newest_set()
    rates = queries.list_rates(rate_set.number) if rate_set else ()
    rate, rejected = domain.select_rate(rates, merchant_id=merchant_id, path=category_path, at=clock.now())
    basis_points = _resolve_basis_points(rate, rate_set)
    fee = amount.share(basis_points)
    return FeeSimulation(fee=fee, merchant_amount=amount - fee, basis_points=basis_points, rate=rate, rejected=rejected)


def _resolve_basis_points(rate: CommissionRate | None, rate_set: RateSet | None) -> int:
    """Return the basis points of the selected rate, or of the default if no rate applies."""
    if rate is not None:
        return rate.basis_points
    return rate_set.default_basis_points if rate_set else DEFAULT_BASIS_POINTS
