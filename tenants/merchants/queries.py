"""Every SELECT about merchants."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from tenants.merchants import scopes
from tenants.merchants.models import LegalProfile, Merchant, MerchantKind, MerchantScope, MerchantState


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the directory is narrowed to."""

    find: str = ""
    kinds: tuple[str, ...] = ()
    ownerships: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


def get(merchant_id: UUID, *, lock: bool = False) -> Merchant:
    """One merchant. Raises NotFound."""
    wanted = select(Merchant).where(Merchant.id == merchant_id)
    found = db.session.scalars(wanted.with_for_update() if lock else wanted).first()
    if found is None:
        raise NotFound
    return found


def by_slug(slug: str) -> Merchant:
    """The admitted merchant of this address. Raises NotFound."""
    found = db.session.scalars(select(Merchant).where(Merchant.slug == slug, Merchant.admitted_at.is_not(None))).first()
    if found is None:
        raise NotFound
    return found


def slug_taken(slug: str) -> bool:
    """Whether a merchant has this address."""
    return db.session.scalar(select(Merchant.id).where(Merchant.slug == slug)) is not None


def by_ids(ids: Collection[UUID]) -> dict[UUID, Merchant]:
    """Several merchants at once, by id."""
    return {one.id: one for one in db.session.scalars(select(Merchant).where(Merchant.id.in_(ids)))}


def scope_codes(merchant_id: UUID) -> frozenset[str]:
    """The categories that a merchant may trade in (MA5)."""
    return frozenset(db.session.scalars(select(MerchantScope.code).where(MerchantScope.merchant_id == merchant_id)))


def scopes_of(ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """The same for several merchants at once."""
    found: dict[UUID, list[str]] = {merchant_id: [] for merchant_id in ids}
    wanted = select(MerchantScope.merchant_id, MerchantScope.code).where(MerchantScope.merchant_id.in_(ids))
    for merchant_id, code in db.session.execute(wanted.order_by(MerchantScope.code)):
        found[merchant_id].append(code)
    return found


def legal_profile(merchant_id: UUID, *, on: datetime | None = None) -> LegalProfile | None:
    """What the merchant legally is (or was at a moment)."""
    wanted = (
        select(LegalProfile)
        .where(LegalProfile.merchant_id == merchant_id, LegalProfile.valid_from <= (on or clock.now()))
        .order_by(LegalProfile.valid_from.desc())
        .limit(1)
    )
    return db.session.scalars(wanted).first()


def on_the_market() -> Select[Merchant]:
    """Merchants that buyers see: admitted, neither suspended nor closed (away ones stay visible)."""
    return select(Merchant).where(
        Merchant.admitted_at.is_not(None), Merchant.suspended_at.is_(None), Merchant.closed_at.is_(None)
    )


def directory(wanted: Wanted) -> Select[Merchant]:
    """The merchants of the directory (SF2), the longest admitted first."""
    return _narrowed(on_the_market(), wanted).order_by(Merchant.admitted_at, Merchant.id)


def directory_counts(wanted: Wanted) -> dict[str, dict[str, int]]:
    """How many merchants each choice of each filter would show, the other filters as they are (disjunctive)."""
    groups: dict[str, Any] = {
        "kinds": Merchant.kind,
        "ownerships": Merchant.ownership,
        "sizes": Merchant.staff_size,
        "provinces": func.left(Merchant.region_code, 2),
    }
    found: dict[str, dict[str, int]] = {}
    for name, column in groups.items():
        rest = Wanted(**{**wanted.__dict__, name: ()})
        inner = _narrowed(on_the_market(), rest).with_only_columns(column.label("choice")).subquery()
        rows = db.session.execute(select(inner.c.choice, func.count()).group_by(inner.c.choice))
        found[name] = {str(choice): number for choice, number in rows}
    inner = _narrowed(on_the_market(), Wanted(**{**wanted.__dict__, "scopes": ()})).with_only_columns(Merchant.id).subquery()
    held = select(MerchantScope.code, MerchantScope.merchant_id).where(MerchantScope.merchant_id.in_(select(inner.c.id)))
    holders: dict[str, set[UUID]] = {}
    for code, merchant_id in db.session.execute(held):
        holders.setdefault(code, set()).add(merchant_id)
    found["scopes"] = {
        code: len(set().union(*(holders.get(one, ()) for one in family))) for code, family in scopes.families().items()
    }
    return found


def at_market(*, state: str = "", kind: str = "", find: str = "") -> Select[Merchant]:
    """All merchants, for the market's own staff, latest admitted first."""
    wanted = select(Merchant)
    if state:
        wanted = wanted.where(_in_state(state))
    if kind:
        wanted = wanted.where(Merchant.kind == kind)
    return _narrowed(wanted, Wanted(find=find)).order_by(Merchant.created_at.desc(), Merchant.id)


def counts() -> dict[str, int]:
    """How many merchants stand where; and, of those on the market, how many are of each kind (MA4)."""
    states = (func.count().filter(_in_state(state.value)).label(state.value) for state in MerchantState)
    here = Merchant.admitted_at.is_not(None) & Merchant.closed_at.is_(None)
    kinds = (func.count().filter(here, Merchant.kind == kind).label(kind.value) for kind in MerchantKind)
    row = db.session.execute(select(*states, *kinds, func.count().label("all")).select_from(Merchant)).one()
    return dict(row._mapping)


def _in_state(state: str) -> ColumnElement[bool]:
    rules: dict[str, ColumnElement[bool]] = {
        MerchantState.CLOSED: Merchant.closed_at.is_not(None),
        MerchantState.NOT_ADMITTED: Merchant.admitted_at.is_(None) & Merchant.closed_at.is_(None),
        MerchantState.SUSPENDED: Merchant.suspended_at.is_not(None) & Merchant.closed_at.is_(None),
        MerchantState.TRADING: Merchant.may_sell.is_(True),
    }
    present = Merchant.admitted_at.is_not(None) & Merchant.suspended_at.is_(None) & Merchant.closed_at.is_(None)
    return rules.get(state, present & ~Merchant.may_sell)


def _narrowed(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.find:
        pattern = f"%{wanted.find.replace('%', '').replace('_', '')}%"
        name = Merchant.name["zh_Hans"].astext.ilike(pattern) | Merchant.name["en"].astext.ilike(pattern)
        statement = statement.where(or_(name, Merchant.slug == wanted.find.lower()))
    if wanted.kinds:
        statement = statement.where(Merchant.kind.in_(wanted.kinds))
    if wanted.ownerships:
        statement = statement.where(Merchant.ownership.in_(wanted.ownerships))
    if wanted.sizes:
        statement = statement.where(Merchant.staff_size.in_(wanted.sizes))
    if wanted.provinces:
        statement = statement.where(func.left(Merchant.region_code, 2).in_(wanted.provinces))
    if wanted.scopes:
        families = scopes.families()
        codes = frozenset[str]().union(*(families.get(one, frozenset({one})) for one in wanted.scopes))
        held = exists().where(MerchantScope.merchant_id == Merchant.id, MerchantScope.code.in_(codes))
        statement = statement.where(held)
    return statement
