"""Services of merchants. Admission, suspension, closure and absence are separate columns; none of them edits a product."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, update

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.events import Event, publish
from marketplace.kernel.ids import uuid7
from tenants.merchants import profile_form, queries, validators
from tenants.merchants.errors import InvalidMerchantState, SlugTaken, StaleMerchantProfile
from tenants.merchants.events import (
    MerchantAbsenceChanged,
    MerchantAdmitted,
    MerchantChanged,
    MerchantClosed,
    MerchantProfileChanged,
    MerchantReinstated,
    MerchantReopened,
    MerchantScopeChanged,
    MerchantSuspended,
)
from tenants.merchants.models import LegalProfile, Merchant, MerchantScope
from tenants.merchants.profile_form import LegalIdentity, PublicProfile
from tenants.organisations.models import Organisation, OrganisationKind

MIN_REASON_LENGTH = 2  # characters


def admit_merchant(
    *, public: PublicProfile, legal: LegalIdentity, scopes: Sequence[str], reason: str | None = None
) -> Merchant:
    """Create a merchant with its organisation, legal identity and categories. Runs with the purpose ADMISSION.

    Raises:
        SlugTaken: Another merchant has the shop address.
    """
    if queries.slug_exists(public.slug):
        raise SlugTaken(slug=public.slug)
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


def suspend_merchant(*, merchant_id: UUID, reason: str) -> None:
    """Suspend a merchant: its products are off sale at once, but unchanged.

    Raises:
        ValidationError: The reason is missing.
        InvalidMerchantState: The merchant is suspended or closed.
    """
    merchant = queries.get_merchant(merchant_id, lock=True)
    if merchant.suspended_at or merchant.closed_at:
        raise InvalidMerchantState
    checked_reason = _require_reason(reason)
    merchant.suspended_at, merchant.suspension_reason = clock.now(), checked_reason
    _log_and_publish(
        "merchant.suspended", merchant, MerchantSuspended(merchant_id=merchant.id, reason=checked_reason), checked_reason
    )


def reinstate_merchant(*, merchant_id: UUID, reason: str) -> None:
    """End a suspension.

    Raises:
        ValidationError: The reason is missing.
        InvalidMerchantState: The merchant is not suspended, or is closed.
    """
    merchant = queries.get_merchant(merchant_id, lock=True)
    if not merchant.suspended_at or merchant.closed_at:
        raise InvalidMerchantState
    checked_reason = _require_reason(reason)
    merchant.suspended_at, merchant.suspension_reason = None, None
    _log_and_publish(
        "merchant.reinstated", merchant, MerchantReinstated(merchant_id=merchant.id, reason=checked_reason), checked_reason
    )


def close_merchant(*, merchant_id: UUID, reason: str) -> None:
    """Close a merchant; its running orders are still completed.

    Raises:
        ValidationError: The reason is missing.
        InvalidMerchantState: The merchant is closed.
    """
    merchant = queries.get_merchant(merchant_id, lock=True)
    if merchant.closed_at:
        raise InvalidMerchantState
    checked_reason = _require_reason(reason)
    merchant.closed_at = clock.now()
    _log_and_publish(
        "merchant.closed", merchant, MerchantClosed(merchant_id=merchant.id, reason=checked_reason), checked_reason
    )


def reopen_merchant(*, merchant_id: UUID, reason: str) -> None:
    """Reopen a closed merchant.

    Raises:
        ValidationError: The reason is missing.
        InvalidMerchantState: The merchant is not closed.
    """
    merchant = queries.get_merchant(merchant_id, lock=True)
    if not merchant.closed_at:
        raise InvalidMerchantState
    checked_reason = _require_reason(reason)
    merchant.closed_at = None
    _log_and_publish(
        "merchant.reopened", merchant, MerchantReopened(merchant_id=merchant.id, reason=checked_reason), checked_reason
    )


def change_scopes(*, merchant_id: UUID, codes: Collection[str], reason: str) -> None:
    """Change the categories that a merchant may trade in (MA5).

    Raises:
        ValidationError: The reason is missing, or no category is left.
    """
    checked_reason = _require_reason(reason)
    merchant = queries.get_merchant(merchant_id, lock=True)
    new_codes, current_codes = frozenset(codes), queries.get_scope_codes(merchant_id)
    added, removed = sorted(new_codes - current_codes), sorted(current_codes - new_codes)
    if not new_codes:
        raise ValidationError({"scopes": _("A merchant keeps at least one category.")})
    if not added and not removed:
        return
    stmt = delete(MerchantScope).where(MerchantScope.merchant_id == merchant_id, MerchantScope.code.in_(removed))
    db.session.execute(stmt)
    db.session.add_all(MerchantScope(merchant_id=merchant_id, code=code) for code in added)
    db.session.flush()
    subject = ("merchant", merchant.id)
    before, after = {"scopes": sorted(current_codes)}, {"scopes": sorted(new_codes)}
    audit.record(
        "merchant.scope_changed", subject=subject, before=before, after=after, reason=checked_reason, merchant_id=merchant.id
    )
    publish(MerchantScopeChanged(merchant_id=merchant_id, added=added, removed=removed, reason=checked_reason))


def set_absence(*, merchant_id: UUID, start: datetime | None, end: datetime | None) -> None:
    """Set when the merchant is away (holiday); without a start the absence ends.

    Raises:
        ValidationError: The period is invalid or over.
    """
    if start and end and end <= start:
        raise ValidationError({"until": _("The last day lies before the first.")})
    if start and end and end <= clock.now():
        raise ValidationError({"until": _("This holiday is over already. Choose a last day that is still to come, or today.")})
    merchant = queries.get_merchant(merchant_id, lock=True)
    merchant.away_from, merchant.away_until = start, end if start else None
    db.session.flush()
    days = {"from": start.isoformat() if start else None, "until": end.isoformat() if start and end else None}
    audit.record("merchant.away", subject=("merchant", merchant.id), after=days)
    publish(MerchantAbsenceChanged(merchant_id=merchant_id))


def update_profile(
    *, merchant_id: UUID, entries: Mapping[str, str], allowed: Collection[str], expected_etag: str, reason: str | None = None
) -> list[str]:
    """Change a merchant's profile: the platform all fields, with a reason; a merchant only the `allowed` ones.

    A new legal identity is valid from now on; the old one stays for the documents of its time.

    Args:
        merchant_id: The merchant.
        entries: The form data (see `profile_form.to_form_data`).
        allowed: The names of the fields that may change.
        expected_etag: The etag of the profile that the form was made from.
        reason: The platform's reason; None for the merchant's own changes.

    Returns:
        The names of the changed fields.

    Raises:
        ValidationError: A field is invalid or the reason missing.
        StaleMerchantProfile: The profile was changed meanwhile.
    """
    merchant = queries.get_merchant(merchant_id, lock=True)
    before = profile_form.to_form_data(merchant, queries.get_legal_profile(merchant_id))
    if profile_form.form_etag(before) != expected_etag:
        raise StaleMerchantProfile
    after = before | {name: entries[name] for name in allowed}
    errors = {
        name: message for name, message in validators.validate_profile(after, year=clock.now().year).items() if name in allowed
    }
    if reason is not None and len(reason) < MIN_REASON_LENGTH:
        errors["reason"] = _("Please say why; the merchant will read it.")
    if errors:
        raise ValidationError(errors)
    changed = [name for name in profile_form.FIELD_LABELS if after[name] != before[name]]
    if changed:
        _save_profile(merchant, changed, before, after, (reason or "")[:1000])
    return changed


def _save_profile(
    merchant: Merchant, changed: Sequence[str], before: Mapping[str, str], after: Mapping[str, str], reason: str
) -> None:
    public = profile_form.to_public_profile({**after, "slug": merchant.slug})
    merchant.name, merchant.kind, merchant.ownership = public.name, public.kind, public.ownership
    merchant.founded_year, merchant.staff_size, merchant.region_code = public.founded_year, public.staff_size, after["region"]
    if any(name in profile_form.LEGAL_LABELS for name in changed):
        db.session.add(LegalProfile(id=uuid7(), merchant_id=merchant.id, **profile_form.to_legal_identity(after).__dict__))
    if "company_name" in changed:
        stmt = update(Organisation).where(Organisation.id == merchant.id).values(name=after["company_name"])
        db.session.execute(stmt)
    db.session.flush()
    old_values, new_values = ({name: values[name] for name in changed} for values in (before, after))
    subject = ("merchant", merchant.id)
    audit.record(
        "merchant.changed", subject=subject, before=old_values, after=new_values, reason=reason or None, merchant_id=merchant.id
    )
    publish(MerchantChanged(merchant_id=merchant.id))
    if reason:
        publish(MerchantProfileChanged(merchant_id=merchant.id, changed=list(changed), reason=reason))


def _log_and_publish(action: str, merchant: Merchant, event: Event, reason: str) -> None:
    db.session.flush()
    audit.record(action, subject=("merchant", merchant.id), reason=reason, merchant_id=merchant.id)
    publish(event)


def _require_reason(reason: str) -> str:
    if len(reason) < MIN_REASON_LENGTH:
        raise ValidationError({"reason": _("Please say why; the merchant will read it.")})
    return reason[:1000]
