"""How a payment may move: forward only, by rank; and what to make of the gateway's word. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l

from billing.payments.gateway import Remote, Standing
from marketplace.kernel.labels import Labelled
from marketplace.kernel.money import Money, total


class State(Labelled):
    """Where a payment stands with us."""

    PREPARED = "prepared", _l("Prepared")
    OPEN = "open", _l("Waiting for the buyer")
    PROCESSING = "processing", _l("Being processed")
    FAILED = "failed", _l("Declined")
    EXPIRED = "expired", _l("Expired")
    CANCELLED = "cancelled", _l("Cancelled")
    CAPTURED = "captured", _l("Paid")
    RETURNED = "returned", _l("Paid too late, sent back")


RANK: dict[State, int] = {
    State.PREPARED: 0,
    State.OPEN: 1,
    State.PROCESSING: 2,
    State.FAILED: 3,
    State.EXPIRED: 3,
    State.CANCELLED: 3,
    State.CAPTURED: 4,
    State.RETURNED: 4,
}
LIVE = (State.PREPARED, State.OPEN, State.PROCESSING)
OVER = tuple(state for state in State if state not in LIVE)


class RefundState(Labelled):
    """Where a refund stands."""

    PENDING = "pending", _l("On its way")
    DONE = "done", _l("Done")
    REFUSED = "refused", _l("Refused by the gateway")


class OperationKind(Labelled):
    """What we ask of the gateway."""

    CREATE = "create", _l("Open a payment")
    EXPIRE = "expire", _l("Close a payment")
    REFUND = "refund", _l("Send money back")


class OperationState(Labelled):
    """Whether the gateway has answered."""

    PENDING = "pending", _l("Pending")
    DONE = "done", _l("Done")
    REFUSED = "refused", _l("Refused")


class Verdict(StrEnum):
    """What to do with a payment after asking the gateway."""

    NOTHING = "nothing"
    OPEN = "open"
    PROCESS = "process"
    CAPTURE = "capture"
    RETURN = "return"
    FAIL = "fail"
    EXPIRE = "expire"
    ODD = "odd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one merchant's order takes of a payment. `reference` is an opaque word such as `order:<uuid>`."""

    reference: str
    merchant_id: UUID
    amount: Money


def judge(*, state: State, expected: Money, client_id: str, remote: Remote, already_paid: bool) -> Verdict:
    """What the gateway's present word means for a payment of ours. Never backwards; on anything odd, nothing moves.

    Money that came for a payment which was given up, or beside another that was kept, goes back.
    """
    if remote.client_id != client_id or remote.amount != expected:
        return Verdict.ODD
    if RANK[state] >= RANK[State.CAPTURED]:
        return Verdict.NOTHING
    if remote.standing is Standing.PAID:
        return Verdict.CAPTURE if state in LIVE and not already_paid else Verdict.RETURN
    if state not in LIVE:
        return Verdict.NOTHING
    ends = {Standing.DECLINED: Verdict.FAIL, Standing.EXPIRED: Verdict.EXPIRE}
    if remote.standing in ends:
        return ends[remote.standing]
    if remote.standing is Standing.PENDING:
        return Verdict.PROCESS if state is not State.PROCESSING else Verdict.NOTHING
    return Verdict.OPEN if state is State.PREPARED else Verdict.NOTHING


def complaint(parts: Sequence[Part]) -> str | None:
    """Why these parts are no payment."""
    if not parts:
        return "a payment has at least one part"
    if len({part.reference for part in parts}) != len(parts):
        return "a part stands there twice"
    if any(part.amount.minor <= 0 for part in parts):
        return "every part is above zero"
    if len({part.amount.currency for part in parts}) != 1:
        return "a payment has one currency"
    return None


def sum_of(parts: Sequence[Part]) -> Money:
    """What the buyer pays."""
    return total((part.amount for part in parts), parts[0].amount.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """From where a refund is taken (money §7): escrow first, then what the merchant has, then the merchant's debt."""

    escrow: Money
    commission: Money
    available: Money
    owed: Money


def fund(*, amount: Money, released: bool, commission_back: Money, available: Money) -> Funding:
    """Split a refund over its sources. Before the release all of it is in escrow, and no commission has been taken."""
    nothing = Money.zero(amount.currency)
    if not released:
        return Funding(escrow=amount, commission=nothing, available=nothing, owed=nothing)
    needed = amount - commission_back
    from_available = min(needed, available)
    return Funding(escrow=nothing, commission=commission_back, available=from_available, owed=needed - from_available)
