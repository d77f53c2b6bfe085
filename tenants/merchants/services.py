"""What can be done with merchants. Admission, suspension, closure and absence are separate facts; none edits a listing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events import Event, publish
from marketplace.kernel.ids import uuid7
from tenants.merchants import queries
from tenants.merchants.errors import AddressTaken, NotNow
from tenants.merchants.events import (
    MerchantAdmitted,
    MerchantAwayChanged,
    MerchantChanged,
    MerchantClosed,
    MerchantReinstated,
    MerchantReopened,
    MerchantScopeChanged,
    MerchantSuspended,
)
from tenants.merchants.models import LegalProfile, Merchant, MerchantKind, MerchantScope, Ownership
from tenants.organisations.models import Organisation, OrganisationKind


@dataclass(frozen=True, kw_only=True)
class Legal:
    """What a merchant legally is."""

    company_name: str
    credit_code: str
    legal_person: str
    region_code: str
    address: str
    contact_name: str
    contact_phone: str
    contact_email: str


@dataclass(frozen=True, kw_only=True)
class Public:
    """What everybody may know of a merchant."""

    slug: str
    name: dict[str, str]
    kind: MerchantKind
    ownership: Ownership
    founded_year: int | None = None
    staff_size: str = ""
    introduction: str = ""


def admit(*, public: Public, legal: Legal, scopes: Sequence[str]) -> Merchant:
    """Make a merchant: its organisation, itself, its legal identity, its categories. Runs under the purpose of admission.

    Raises AddressTaken.
    """
    if queries.slug_taken(public.slug):
        raise AddressTaken(slug=public.slug)
    organisation = Organisation(id=uuid7(), kind=OrganisationKind.COMPANY, name=legal.company_name)
    db.session.add(organisation)
    db.session.flush()
    merchant = Merchant(
        id=organisation.id,
        slug=public.slug,
        name=public.name,
        kind=public.kind,
        ownership=public.ownership,
        region_code=legal.region_code,
        founded_year=public.founded_year,
        staff_size=public.staff_size,
        admitted_at=clock.now(),
    )
    db.session.add(merchant)
    db.session.flush()
    db.session.add(LegalProfile(id=uuid7(), merchant_id=merchant.id, **legal.__dict__))
    db.session.add_all(MerchantScope(merchant_id=merchant.id, code=code) for code in sorted(set(scopes)))
    db.session.flush()
    subject = ("merchant", merchant.id)
    audit.record("merchant.admitted", subject=subject, after={"slug": public.slug, "scopes": sorted(set(scopes))})
    publish(MerchantAdmitted(merchant_id=merchant.id, slug=merchant.slug, introduction=public.introduction))
    return merchant


def suspend(*, merchant_id: UUID, reason: str) -> None:
    """Take everything of a merchant off sale at once, without touching it. Raises Invalid, NotNow."""
    merchant = queries.get(merchant_id, lock=True)
    if merchant.suspended_at or merchant.closed_at:
        raise NotNow
    said = _reason(reason)
    merchant.suspended_at, merchant.suspension_reason = clock.now(), said
    _done("merchant.suspended", merchant, MerchantSuspended(merchant_id=merchant.id, reason=said), said)


def reinstate(*, merchant_id: UUID, reason: str) -> None:
    """End a suspension. Raises Invalid, NotNow."""
    merchant = queries.get(merchant_id, lock=True)
    if not merchant.suspended_at or merchant.closed_at:
        raise NotNow
    said = _reason(reason)
    merchant.suspended_at, merchant.suspension_reason = None, None
    _done("merchant.reinstated", merchant, MerchantReinstated(merchant_id=merchant.id), said)


def close(*, merchant_id: UUID, reason: str) -> None:
    """Let a merchant trade no more; its running orders are still finished. Raises Invalid, NotNow."""
    merchant = queries.get(merchant_id, lock=True)
    if merchant.closed_at:
        raise NotNow
    said = _reason(reason)
    merchant.closed_at = clock.now()
    _done("merchant.closed", merchant, MerchantClosed(merchant_id=merchant.id, reason=said), said)


def reopen(*, merchant_id: UUID, reason: str) -> None:
    """Let a closed merchant trade again. Raises Invalid, NotNow."""
    merchant = queries.get(merchant_id, lock=True)
    if not merchant.closed_at:
        raise NotNow
    said = _reason(reason)
    merchant.closed_at = None
    _done("merchant.reopened", merchant, MerchantReopened(merchant_id=merchant.id), said)


def change_scopes(*, merchant_id: UUID, codes: Collection[str], reason: str) -> None:
    """Give a merchant other categories to trade in (MA5). Raises Invalid."""
    said = _reason(reason)
    merchant = queries.get(merchant_id, lock=True)
    wanted, held = frozenset(codes), queries.scope_codes(merchant_id)
    added, removed = sorted(wanted - held), sorted(held - wanted)
    if not wanted:
        raise Invalid({"scopes": _("A merchant keeps at least one category.")})
    if not added and not removed:
        return
    gone = delete(MerchantScope).where(MerchantScope.merchant_id == merchant_id, MerchantScope.code.in_(removed))
    db.session.execute(gone)
    db.session.add_all(MerchantScope(merchant_id=merchant_id, code=code) for code in added)
    db.session.flush()
    subject = ("merchant", merchant.id)
    before, after = {"scopes": sorted(held)}, {"scopes": sorted(wanted)}
    audit.record("merchant.scope_changed", subject=subject, before=before, after=after, reason=said, merchant_id=merchant.id)
    publish(MerchantScopeChanged(merchant_id=merchant_id, added=added, removed=removed))


def set_absence(*, merchant_id: UUID, start: datetime | None, end: datetime | None) -> None:
    """Say when the shop is away (holiday); no start means it is back. Raises Invalid."""
    if start and end and end <= start:
        raise Invalid({"until": _("The last day lies before the first.")})
    merchant = queries.get(merchant_id, lock=True)
    merchant.away_from, merchant.away_until = start, end if start else None
    db.session.flush()
    days = {"from": start.isoformat() if start else None, "until": end.isoformat() if start and end else None}
    audit.record("merchant.away", subject=("merchant", merchant.id), after=days)
    publish(MerchantAwayChanged(merchant_id=merchant_id))


def change_public(*, merchant_id: UUID, name: dict[str, str], founded_year: int | None, staff_size: str) -> None:
    """Change what everybody may know of a merchant; kind and ownership are the market's to change. Raises Invalid."""
    if not name.get("zh_Hans"):
        raise Invalid({"name_zh": _("Please fill this in.")})
    merchant = queries.get(merchant_id, lock=True)
    before = {"name": dict(merchant.name), "founded_year": merchant.founded_year, "staff_size": merchant.staff_size}
    merchant.name, merchant.founded_year, merchant.staff_size = name, founded_year, staff_size
    db.session.flush()
    after = {"name": name, "founded_year": founded_year, "staff_size": staff_size}
    audit.record("merchant.changed", subject=("merchant", merchant.id), before=before, after=after)
    publish(MerchantChanged(merchant_id=merchant_id))


def _done(action: str, merchant: Merchant, fact: Event, reason: str) -> None:
    db.session.flush()
    audit.record(action, subject=("merchant", merchant.id), reason=reason, merchant_id=merchant.id)
    publish(fact)


def _reason(reason: str) -> str:
    if len(reason) < 2:
        raise Invalid({"reason": _("Please say why; the merchant will read it.")})
    return reason[:1000]
