"""Queries for merchants."""

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
from tenants.merchants import business_scopes
from tenants.merchants.models import LegalProfile, Merchant, MerchantKind, MerchantScope, MerchantState


@dataclass(frozen=True, kw_only=True)
class DirectoryFilter:
    """The filters of the merchant directory."""

    search_text: str = ""
    kinds: tuple[str, ...] = ()
    ownerships: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


def get_merchant(merchant_id: UUID, *, lock: bool = False) -> Merchant:
    """Return one merchant.

    Raises:
        NotFound: There is no such merchant.
    """
    stmt = select(Merchant).where(Merchant.id == merchant_id)
    merchant = db.session.scalars(stmt.with_for_update() if lock else stmt).first()
    if merchant is None:
        raise NotFound
    return merchant


def get_merchant_by_slug(slug: str) -> Merchant:
    """Return the admitted merchant with this slug.

    Raises:
        NotFound: There is no such merchant.
    """
    merchant = db.session.scalars(select(Merchant).where(Merchant.slug == slug, Merchant.admitted_at.is_not(None))).first()
    if merchant is None:
        raise NotFound
    return merchant


def slug_exists(slug: str) -> bool:
    """Return whether a merchant has this slug."""
    return db.session.scalar(select(Merchant.id).where(Merchant.slug == slug)) is not None


def get_merchants_by_id(ids: Collection[UUID]) -> dict[UUID, Merchant]:
    """Return several merchants by id, in one statement."""
    return {merchant.id: merchant for merchant in db.session.scalars(select(Merchant).where(Merchant.id.in_(ids)))}


def get_scope_codes(merchant_id: UUID) -> frozenset[str]:
    """Return the codes of the categories that the merchant may trade in (MA5)."""
    return frozenset(db.session.scalars(select(MerchantScope.code).where(MerchantScope.merchant_id == merchant_id)))


def get_scopes_by_merchant(ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Return the codes of the categories of several merchants, in one statement."""
    codes_by_merchant: dict[UUID, list[str]] = {merchant_id: [] for merchant_id in ids}
    stmt = select(MerchantScope.merchant_id, MerchantScope.code).where(MerchantScope.merchant_id.in_(ids))
    for merchant_id, code in db.session.execute(stmt.order_by(MerchantScope.code)):
        codes_by_merchant[merchant_id].append(code)
    return codes_by_merchant


def get_legal_profile(merchant_id: UUID, *, at: datetime | None = None) -> LegalProfile | None:
    """Return the merchant's current legal identity, or that of a moment."""
    stmt = (
        select(LegalProfile)
        .where(LegalProfile.merchant_id == merchant_id, LegalProfile.valid_from <= (at or clock.now()))
        .order_by(LegalProfile.valid_from.desc())
        .limit(1)
    )
    return db.session.scalars(stmt).first()


def select_visible_merchants() -> Select[Merchant]:
    """Return the statement for merchants that buyers see: admitted, neither suspended nor closed (away ones are visible)."""
    return select(Merchant).where(
        Merchant.admitted_at.is_not(None), Merchant.suspended_at.is_(None), Merchant.closed_at.is_(None)
    )


def select_directory(filters: DirectoryFilter) -> Select[Merchant]:
    """Return the statement for the merchant directory (SF2), the longest admitted first."""
    return _apply_filters(select_visible_merchants(), filters).order_by(Merchant.admitted_at, Merchant.id)


def count_directory_facets(filters: DirectoryFilter) -> dict[str, dict[str, int]]:
    """Return for each value of each filter how many merchants it would show, with the other filters applied."""
    groups: dict[str, Any] = {
        "kinds": Merchant.kind,
        "ownerships": Merchant.ownership,
        "sizes": Merchant.staff_size,
        "provinces": func.left(Merchant.region_code, 2),
    }
    counts_by_group: dict[str, dict[str, int]] = {}
    for name, column in groups.items():
        other_filters = DirectoryFilter(**{**filters.__dict__, name: ()})
        inner = _apply_filters(select_visible_merchants(), other_filters).with_only_columns(column.label("choice")).subquery()
        rows = db.session.execute(select(inner.c.choice, func.count()).group_by(inner.c.choice))
        counts_by_group[name] = {str(choice): number for choice, number in rows}
    inner = (
        _apply_filters(select_visible_merchants(), DirectoryFilter(**{**filters.__dict__, "scopes": ()}))
        .with_only_columns(Merchant.id)
        .subquery()
    )
    stmt = select(MerchantScope.code, MerchantScope.merchant_id).where(MerchantScope.merchant_id.in_(select(inner.c.id)))
    merchants_by_code: dict[str, set[UUID]] = {}
    for code, merchant_id in db.session.execute(stmt):
        merchants_by_code.setdefault(code, set()).add(merchant_id)
    counts_by_group["scopes"] = {
        code: len(set().union(*(merchants_by_code.get(related_code, ()) for related_code in related)))
        for code, related in business_scopes.related_scopes().items()
    }
    return counts_by_group


def select_for_admin(*, state: str = "", kind: str = "", search_text: str = "") -> Select[Merchant]:
    """Return the statement for all merchants, for platform staff, latest admitted first."""
    stmt = select(Merchant)
    if state:
        stmt = stmt.where(_state_condition(state))
    if kind:
        stmt = stmt.where(Merchant.kind == kind)
    return _apply_filters(stmt, DirectoryFilter(search_text=search_text)).order_by(Merchant.created_at.desc(), Merchant.id)


def count_by_state_and_kind() -> dict[str, int]:
    """Return the number of merchants by state and, of the active ones, by kind (MA4)."""
    states = (func.count().filter(_state_condition(state.value)).label(state.value) for state in MerchantState)
    is_active = Merchant.admitted_at.is_not(None) & Merchant.closed_at.is_(None)
    kinds = (func.count().filter(is_active, Merchant.kind == kind).label(kind.value) for kind in MerchantKind)
    row = db.session.execute(select(*states, *kinds, func.count().label("all")).select_from(Merchant)).one()
    return dict(row._mapping)


def _state_condition(state: str) -> ColumnElement[bool]:
    conditions: dict[str, ColumnElement[bool]] = {
        MerchantState.CLOSED: Merchant.closed_at.is_not(None),
        MerchantState.NOT_ADMITTED: Merchant.admitted_at.is_(None) & Merchant.closed_at.is_(None),
        MerchantState.SUSPENDED: Merchant.suspended_at.is_not(None) & Merchant.closed_at.is_(None),
        MerchantState.TRADING: Merchant.may_sell.is_(True),
    }
    is_active = Merchant.admitted_at.is_not(None) & Merchant.suspended_at.is_(None) & Merchant.closed_at.is_(None)
    return conditions.get(state, is_active & ~Merchant.may_sell)


def _apply_filters(stmt: Select[Any], filters: DirectoryFilter) -> Select[Any]:
    if filters.search_text:
        pattern = f"%{filters.search_text.replace('%', '').replace('_', '')}%"
        name = Merchant.name["zh_Hans"].astext.ilike(pattern) | Merchant.name["en"].astext.ilike(pattern)
        stmt = stmt.where(or_(name, Merchant.slug == filters.search_text.lower()))
    if filters.kinds:
        stmt = stmt.where(Merchant.kind.in_(filters.kinds))
    if filters.ownerships:
        stmt = stmt.where(Merchant.ownership.in_(filters.ownerships))
    if filters.sizes:
        stmt = stmt.where(Merchant.staff_size.in_(filters.sizes))
    if filters.provinces:
        stmt = stmt.where(func.left(Merchant.region_code, 2).in_(filters.provinces))
    if filters.scopes:
        related_by_code = business_scopes.related_scopes()
        codes = frozenset[str]().union(*(related_by_code.get(scope, frozenset({scope})) for scope in filters.scopes))
        has_scope = exists().where(MerchantScope.merchant_id == Merchant.id, MerchantScope.code.in_(codes))
        stmt = stmt.where(has_scope)
    return stmt
