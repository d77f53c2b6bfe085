"""What can be done with merchants. Admission, suspension, closure and absence are separate facts; none edits a listing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, update

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events import Event, publish
from marketplace.kernel.ids import uuid7
from tenants.merchants import queries, records, rules
from tenants.merchants.errors import AddressTaken, NotNow, RecordMoved
from tenants.merchants.events import (
    MerchantAdmitted,
    MerchantAwayChanged,
    MerchantChanged,
    MerchantClosed,
    MerchantRecordChanged,
    MerchantReinstated,
    MerchantReopened,
    MerchantScopeChanged,
    MerchantSuspended,
)
from tenants.merchants.models import LegalProfile, Merchant, MerchantScope
from tenants.merchants.records import Legal, Public
from tenants.organisations.models import Organisation, OrganisationKind

LEAST = 2  # letters of a reason


def admit(*, public: Public, legal: Legal, scopes: Sequence[str], reason: str | None = None) -> Merchant:
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
    after = {"slug": public.slug, "scopes": sorted(set(scopes))}
    audit.record("merchant.admitted", subject=subject, after=after, reason=reason)
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
    _done("merchant.reinstated", merchant, MerchantReinstated(merchant_id=merchant.id, reason=said), said)


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
    _done("merchant.reopened", merchant, MerchantReopened(merchant_id=merchant.id, reason=said), said)


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
    publish(MerchantScopeChanged(merchant_id=merchant_id, added=added, removed=removed, reason=said))


def set_absence(*, merchant_id: UUID, start: datetime | None, end: datetime | None) -> None:
    """Say when the shop is away (holiday); no start means it is back. Raises Invalid."""
    if start and end and end <= start:
        raise Invalid({"until": _("The last day lies before the first.")})
    if start and end and end <= clock.now():
        raise Invalid({"until": _("This holiday is over already. Choose a last day that is still to come, or today.")})
    merchant = queries.get(merchant_id, lock=True)
    merchant.away_from, merchant.away_until = start, end if start else None
    db.session.flush()
    days = {"from": start.isoformat() if start else None, "until": end.isoformat() if start and end else None}
    audit.record("merchant.away", subject=("merchant", merchant.id), after=days)
    publish(MerchantAwayChanged(merchant_id=merchant_id))


def change_record(
    *, merchant_id: UUID, entries: Mapping[str, str], allowed: Collection[str], seen: str, reason: str | None = None
) -> list[str]:
    """Change what stands in a merchant's record: the market all of it, with a reason; a merchant what it may say of itself.

    `entries` are as a form has them (`records.entries_of`), `seen` the mark of the record that the form was made from. A new
    legal identity holds from now on; the old one stays for the papers of its days. Returns the names of what changed.
    Raises Invalid, RecordMoved.
    """
    merchant = queries.get(merchant_id, lock=True)
    before = records.entries_of(merchant, queries.legal_profile(merchant_id))
    if records.mark(before) != seen:
        raise RecordMoved
    after = before | {name: entries[name] for name in allowed}
    errors = {name: said for name, said in rules.record(after, year=clock.now().year).items() if name in allowed}
    if reason is not None and len(reason) < LEAST:
        errors["reason"] = _("Please say why; the merchant will read it.")
    if errors:
        raise Invalid(errors)
    changed = [name for name in records.LABELS if after[name] != before[name]]
    if changed:
        _keep(merchant, changed, before, after, (reason or "")[:1000])
    return changed


def _keep(merchant: Merchant, changed: Sequence[str], before: Mapping[str, str], after: Mapping[str, str], reason: str) -> None:
    public = records.public_of({**after, "slug": merchant.slug})
    merchant.name, merchant.kind, merchant.ownership = public.name, public.kind, public.ownership
    merchant.founded_year, merchant.staff_size, merchant.region_code = public.founded_year, public.staff_size, after["region"]
    if any(name in records.LEGAL for name in changed):
        db.session.add(LegalProfile(id=uuid7(), merchant_id=merchant.id, **records.legal_of(after).__dict__))
    if "company_name" in changed:
        named = update(Organisation).where(Organisation.id == merchant.id).values(name=after["company_name"])
        db.session.execute(named)
    db.session.flush()
    was, now = ({name: one[name] for name in changed} for one in (before, after))
    subject = ("merchant", merchant.id)
    audit.record("merchant.changed", subject=subject, before=was, after=now, reason=reason or None, merchant_id=merchant.id)
    publish(MerchantChanged(merchant_id=merchant.id))
    if reason:
        publish(MerchantRecordChanged(merchant_id=merchant.id, changed=list(changed), reason=reason))


def _done(action: str, merchant: Merchant, fact: Event, reason: str) -> None:
    db.session.flush()
    audit.record(action, subject=("merchant", merchant.id), reason=reason, merchant_id=merchant.id)
    publish(fact)


def _reason(reason: str) -> str:
    if len(reason) < LEAST:
        raise Invalid({"reason": _("Please say why; the merchant will read it.")})
    return reason[:1000]
