"""What can be done with commissions: publish rates, freeze the fees of a sale, give them back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, insert

from billing.commissions import queries, rules
from billing.commissions.errors import FrozenDifferently, RatesMoved
from billing.commissions.models import CommissionRate, FeeLine, RateSet
from billing.commissions.rules import DEFAULT, FeeKind, FreshSale, Misfit, RateDraft, SaleLine
from marketplace.kernel import audit, clock, quick, rows
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from tenants.scope import Purpose, working_on

FEES = insert(cast(Table, FeeLine.__table__))


def freeze(*, order: str, merchant_id: UUID, lines: Sequence[SaleLine]) -> tuple[FeeLine, ...]:
    """Fix what the market keeps of each line of a sale, by the rates that hold now; later changes do not touch it.

    `order` is an opaque word (`order:<uuid>`). Called again with the same lines it answers the same fees; with other
    lines it raises FrozenDifferently. Each line is rounded half-even once.
    """
    with working_on(Purpose.SETTLEMENT):
        known = queries.charges(order)
        if known:
            if {(line.line, line.base) for line in known} != {(line.reference, line.amount.minor) for line in lines}:
                raise FrozenDifferently
            return tuple(known)
        newest = queries.newest_set()
        rates = queries.rates_of(newest.number) if newest else ()
        made = [FeeLine(**_charge(order, merchant_id, line, newest=newest, rates=rates)) for line in lines]
        db.session.add_all(made)
        db.session.flush()
    return tuple(made)


def freeze_fresh(*, sales: Sequence[FreshSale]) -> None:
    """The same for orders that are being placed at this moment: three or four statements, however many merchants there are.

    Their words must be new; the database refuses a word whose fees stand already.
    """
    with working_on(Purpose.SETTLEMENT):
        newest = queries.newest_set()
        rates = queries.rates_of(newest.number) if newest else ()
        made = [
            _charge(sale.order, sale.merchant_id, line, newest=newest, rates=rates) for sale in sales for line in sale.lines
        ]
        if made:
            quick.write(FEES, made)


def _charge(
    order: str, merchant_id: UUID, line: SaleLine, *, newest: RateSet | None, rates: Sequence[CommissionRate]
) -> dict[str, Any]:
    """One charge as a row."""
    moment = clock.now()
    chosen, _passed = rules.choose(rates, merchant_id=merchant_id, path=line.category_path, at=moment)
    basis_points = _points(chosen, newest)
    return {
        "id": uuid7(),
        "order": order,
        "line": line.reference,
        "merchant_id": merchant_id,
        "kind": FeeKind.CHARGE,
        "set_number": newest.number if newest else 0,
        "rate_id": chosen.id if chosen else None,
        "basis_points": basis_points,
        "base": line.amount.minor,
        "amount": line.amount.share(basis_points).minor,
        "currency": line.amount.currency,
        "cause": "sale",
        "reverses_id": None,
        "inputs": {"category": rules.SEPARATOR.join(line.category_path), "rate": chosen.name if chosen else ""},
        "created_at": moment,
    }


def amend(*, order: str, merchant_id: UUID, gone: Collection[str], lines: Sequence[SaleLine], cause: str) -> None:
    """An order that nobody has paid was changed: the fees of lines that are `gone` or otherwise now are given back whole, and
    those of `lines` are frozen anew, by the rates that hold now (behaviour 45).

    `cause` is the change's own word; the same cause twice gives back once.
    """
    touched = {*gone, *(line.reference for line in lines)}
    with working_on(Purpose.SETTLEMENT):
        known, before = queries.charges(order), queries.reversed_so_far(order)
        for charge in known:
            left = charge.fee - Money(before.get(charge.id, 0), charge.currency)
            if rules.line_of(charge.line) in touched and left:
                db.session.add(_reversal(charge, left, cause))
        times = Counter(rules.line_of(charge.line) for charge in known)
        newest = queries.newest_set()
        rates = queries.rates_of(newest.number) if newest else ()
        for line in lines:
            again = replace(line, reference=rules.again(line.reference, times[line.reference]))
            db.session.add(FeeLine(**_charge(order, merchant_id, again, newest=newest, rates=rates)))
        db.session.flush()


def give_back(*, order: str, refunded: Money, paid: Money, cause: str) -> Money:
    """Give back the share of the fees that belongs to what was refunded so far (`refunded` of `paid`), this time included.

    Returns what is given back by this step. `cause` is the refund's word; the same cause twice gives back once.
    """
    with working_on(Purpose.SETTLEMENT):
        before = queries.reversed_so_far(order)
        back = Money.zero(paid.currency)
        for charge in queries.charges(order):
            due = rules.given_back(charged=charge.fee, refunded=refunded, paid=paid)
            step = due - Money(before.get(charge.id, 0), paid.currency)
            # Below zero: the charge of a line that was changed before anybody paid; it was given back whole then.
            if step.minor > 0:
                db.session.add(_reversal(charge, step, cause))
                back += step
        db.session.flush()
    return back


def _reversal(charge: FeeLine, amount: Money, cause: str) -> FeeLine:
    return FeeLine(
        id=uuid7(),
        order=charge.order,
        line=charge.line,
        merchant_id=charge.merchant_id,
        kind=FeeKind.REVERSAL,
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


def publish(*, rates: Sequence[RateDraft], default_basis_points: int, note: str, after: int) -> RateSet:
    """Publish the next set of rates, in this order. `after` is the number of the set that the author saw.

    Raises RatesMoved when another was published meanwhile. Sales from now on pay by it; fees already frozen stay.
    """
    advisory_lock("commission_rates")
    newest = queries.newest_set()
    number = newest.number if newest else 0
    if number != after:
        raise RatesMoved
    made = RateSet(
        number=number + 1,
        default_basis_points=default_basis_points,
        note=note,
        published_at=clock.now(),
        published_by=rows.current().account,
    )
    db.session.add(made)
    db.session.flush()
    db.session.add_all(_rate(made.number, position, draft) for position, draft in enumerate(rates))
    db.session.flush()
    audit.record(
        "commissions.published",
        subject=("commission_rates", None),
        before={"number": number},
        after={"number": made.number, "default": default_basis_points, "rates": [_said(draft) for draft in rates]},
        reason=note or None,
    )
    return made


def _rate(number: int, position: int, draft: RateDraft) -> CommissionRate:
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


def _said(draft: RateDraft) -> dict[str, str | int]:
    return {
        "name": draft.name,
        "merchant": str(draft.merchant_id or ""),
        "category": draft.category,
        "basis_points": draft.basis_points,
        "from": _day(draft.active_from),
        "to": _day(draft.active_to),
    }


def _day(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a sale would pay: the fee, by which rate (None: what everything else pays), and the rates tried before in vain."""

    fee: Money
    left: Money
    basis_points: int
    rate: CommissionRate | None
    passed: Sequence[tuple[CommissionRate, Misfit]]


def simulate(*, merchant_id: UUID, category_path: tuple[str, ...], amount: Money) -> Tried:
    """What a sale would pay if it were made now, and why; nothing is kept."""
    newest = queries.newest_set()
    rates = queries.rates_of(newest.number) if newest else ()
    chosen, passed = rules.choose(rates, merchant_id=merchant_id, path=category_path, at=clock.now())
    basis_points = _points(chosen, newest)
    fee = amount.share(basis_points)
    return Tried(fee=fee, left=amount - fee, basis_points=basis_points, rate=chosen, passed=passed)


def _points(chosen: CommissionRate | None, newest: RateSet | None) -> int:
    """What the chosen rate asks; without one, what everything else pays."""
    if chosen is not None:
        return chosen.basis_points
    return newest.default_basis_points if newest else DEFAULT
