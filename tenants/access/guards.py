"""One guard for each kind of visitor. A guard finds who asks, refuses or raises the wall, and marks the view for the tests.

Strangers get 404, colleagues without the right 403, nobody is told more than they may know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import g
from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.kernel.errors import Forbidden, NotFound
from tenants.access.identity import Identity, identity, require
from tenants.access.permissions import GRANTS, MARKET_GRANTS, MarketRight, Permission, StaffRole
from tenants.accounts.models import Account, Audience, MarketStaff
from tenants.merchants.models import Merchant
from tenants.scope import Purpose, acting_for, buying_as, signed_in_as, working_on
from tenants.staff.models import Staff

View = TypeVar("View", bound=Callable[..., Any])
Guard = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a colleague works now: the merchant of the desk and what the role allows."""

    merchant_id: UUID
    slug: str
    name: dict[str, str]
    role: StaffRole
    may_sell: bool
    closed: bool
    suspended: bool
    suspension: str  # why, while it is

    def may(self, permission: Permission | str) -> bool:
        """Whether the role grants it."""
        return Permission(permission) in GRANTS[self.role]


def everyone(view: View) -> View:
    """Anybody may look; nothing personal is opened."""
    view.access = "everyone"  # type: ignore[attr-defined]
    return view


def visitor(view: View) -> View:
    """Anybody may come; who is signed in acts as the buyer they are, others as nobody."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        person = g.identity = identity()
        if person is None:
            return view(*args, **kwargs)
        with buying_as(buyer_id=person.buyer_id, account_id=person.account_id):
            return view(*args, **kwargs)

    guarded.access = "visitor"  # type: ignore[attr-defined]
    return cast(View, guarded)


def signed_in(view: View) -> View:
    """Only signed-in people, acting as the buyer they are. `g.identity` says who."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        person = g.identity = require()
        with buying_as(buyer_id=person.buyer_id, account_id=person.account_id):
            return view(*args, **kwargs)

    guarded.access = "signed_in"  # type: ignore[attr-defined]
    return cast(View, guarded)


def staff_only(permission: Permission) -> Guard:
    """Only colleagues of the merchant in the address whose role grants `permission`. `g.place` says where."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            person = g.identity = require(Audience.DESK)
            with signed_in_as(person.account_id):
                g.place = place = find_place(account_id=person.account_id, slug=g.merchant_slug)
                if not place.may(permission):
                    raise Forbidden
                with acting_for(place.merchant_id):
                    return view(*args, **kwargs)

        guarded.access = "staff"  # type: ignore[attr-defined]
        guarded.permission = permission  # type: ignore[attr-defined]
        return cast(View, guarded)

    return guard


def market_only(right: MarketRight) -> Guard:
    """Only the market's own staff with this right, working with the console's purpose."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            person = g.identity = require(Audience.CONSOLE)
            g.rights = rights = rights_of(person)
            if not rights:
                raise NotFound
            if right not in rights:
                raise Forbidden
            with signed_in_as(person.account_id), working_on(Purpose.CONSOLE):
                return view(*args, **kwargs)

        guarded.access = "market"  # type: ignore[attr-defined]
        guarded.permission = right  # type: ignore[attr-defined]
        return cast(View, guarded)

    return guard


def machine(view: View) -> View:
    """Another machine: no session, no CSRF token; the view itself checks a signature."""
    view.access = "machine"  # type: ignore[attr-defined]
    return view


def find_place(*, account_id: UUID, slug: str) -> Place:
    """The desk of this address for this person. Raises NotFound for strangers and those who left."""
    wanted = (
        select(
            Merchant.id,
            Merchant.slug,
            Merchant.name,
            Merchant.may_sell,
            Merchant.suspended_at,
            Merchant.suspension_reason,
            Merchant.closed_at,
            Staff.role,
        )
        .join(Staff, Staff.merchant_id == Merchant.id)
        .where(Merchant.slug == slug, Staff.account_id == account_id, Staff.removed_at.is_(None))
    )
    row = db.session.execute(wanted).first()
    if row is None:
        raise NotFound
    return Place(
        merchant_id=row.id,
        slug=row.slug,
        name=row.name,
        role=row.role,
        may_sell=row.may_sell,
        closed=row.closed_at is not None,
        suspended=row.suspended_at is not None,
        suspension=row.suspension_reason or "",
    )


def rights_of(person: Identity) -> frozenset[MarketRight]:
    """What the market allows this person at the console; empty for everybody else."""
    wanted = (
        select(MarketStaff.role)
        .join(Account, Account.id == MarketStaff.account_id)
        .where(MarketStaff.account_id == person.account_id, MarketStaff.removed_at.is_(None))
    )
    with signed_in_as(person.account_id):
        role = db.session.scalar(wanted.where(Account.disabled_at.is_(None)))
    return MARKET_GRANTS[role] if role else frozenset()
