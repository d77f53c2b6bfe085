"""Supervision of merchants at the console: the list, and one page with all data and actions of each (MA3, MA5, MA6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.form_input import FormData, normalize_text, to_halfwidth
from marketplace.kernel.localized_text import current_language
from marketplace.kernel.paging import paginate
from tenants.access.decorators import require_platform_permission
from tenants.access.login import current_user
from tenants.access.permissions import PlatformPermission, StaffRole
from tenants.accounts.queries import get_account_names
from tenants.isolation import as_merchant
from tenants.merchants import audit_labels, business_scopes, profile_form, queries, services
from tenants.merchants.errors import StaleMerchantProfile
from tenants.merchants.models import Merchant, MerchantKind, MerchantState
from tenants.merchants.views import form
from tenants.regions import queries as regions
from tenants.staff import queries as staff_queries
from tenants.staff import services as staff_services

console = Blueprint("merchants", __name__, url_prefix="/merchants")
TONES = {"trading": "good", "away": "due", "suspended": "bad", "closed": "", "not_admitted": "due"}


@console.get("/")
@require_platform_permission(PlatformPermission.CONSOLE_SEE)
def index() -> ResponseReturnValue:
    """List all merchants, filtered by state, kind and name."""
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    search_text = request.args.get("q", "").strip()[:80]
    if state not in set(MerchantState):
        state = ""
    stmt = queries.select_for_admin(state=state, kind=kind if kind in set(MerchantKind) else "", search_text=search_text)
    page = paginate(stmt, number=request.args.get("page", 1, type=int), size=25)
    return render_template(
        "console/merchants/index.html",
        page=page,
        state=state,
        kind=kind,
        search_text=search_text,
        counts=queries.count_by_state_and_kind(),
        states=list(MerchantState),
        kinds=MerchantKind.choices(),
        tones=TONES,
        regions=regions,
    )


@console.get("/<uuid:merchant_id>")
@require_platform_permission(PlatformPermission.CONSOLE_SEE)
def detail(merchant_id: UUID) -> ResponseReturnValue:
    """Show all data of one merchant."""
    return _render_merchant(merchant_id, FormData(), FormData())


@console.post("/<uuid:merchant_id>/<any(suspend, reinstate, close, reopen):action>")
@require_platform_permission(PlatformPermission.MERCHANTS_MANAGE)
def change_state(merchant_id: UUID, action: str) -> ResponseReturnValue:
    """Suspend, reinstate, close or reopen a merchant, with a reason."""
    handlers: dict[str, tuple[Callable[..., None], str]] = {
        "suspend": (services.suspend_merchant, _("Suspended: nothing of this merchant is on sale.")),
        "reinstate": (services.reinstate_merchant, _("Reinstated: what was on sale is on sale again.")),
        "close": (services.close_merchant, _("Closed. Running orders are still finished.")),
        "reopen": (services.reopen_merchant, _("Reopened.")),
    }
    service, message = handlers[action]
    reason = normalize_text(request.form.get("reason", ""))
    try:
        service(merchant_id=merchant_id, reason=reason)
    except ValidationError as exc:
        return _render_merchant(merchant_id, FormData(reason=reason), FormData(exc.errors)), 422
    flash(message, "success")
    return redirect(url_for(".detail", merchant_id=merchant_id), 303)


@console.post("/<uuid:merchant_id>/scopes")
@require_platform_permission(PlatformPermission.MERCHANTS_MANAGE)
def change_scopes(merchant_id: UUID) -> ResponseReturnValue:
    """Change the categories that the merchant may trade in (MA5)."""
    known_codes = {code for code, _name in business_scopes.scope_choices()}
    codes = [code for code in request.form.getlist("scopes") if code in known_codes]
    reason = normalize_text(request.form.get("scope_reason", ""))
    try:
        services.change_scopes(merchant_id=merchant_id, codes=codes, reason=reason)
    except ValidationError as exc:
        errors = {"scope_reason" if name == "reason" else name: text for name, text in exc.errors.items()}
        return _render_merchant(merchant_id, FormData(scope_reason=reason), FormData(errors)), 422
    flash(_("The categories are changed."), "success")
    return redirect(url_for(".detail", merchant_id=merchant_id), 303)


@console.post("/<uuid:merchant_id>/owner")
@require_platform_permission(PlatformPermission.MERCHANTS_MANAGE)
def invite_owner(merchant_id: UUID) -> ResponseReturnValue:
    """Invite an owner to a desk that has none."""
    email, invited_by = (
        to_halfwidth(normalize_text(request.form.get("email", ""))),
        (current_user.account_id, current_user.name),
    )
    try:
        staff_services.invite_owner(
            merchant=queries.get_merchant(merchant_id), email=email, invited_by=invited_by, locale=current_language()
        )
    except ValidationError as exc:
        return _render_merchant(merchant_id, FormData(email=email), FormData(exc.errors)), 422
    flash(_("Invited. The letter is on its way."), "success")
    return redirect(url_for(".detail", merchant_id=merchant_id), 303)


def _render_merchant(merchant_id: UUID, typed: FormData, errors: FormData) -> str:
    merchant = queries.get_merchant(merchant_id)
    rows = db.session.scalars(audit.select_entries("merchant", merchant_id).limit(100)).all()
    names = get_account_names({row.account_id for row in rows})
    codes = sorted(queries.get_scope_codes(merchant_id))
    scope_info: dict[str, Any] = {
        "codes": codes,
        "names": business_scopes.scope_labels(codes),
        "choices": business_scopes.scope_choices(),
    }
    staff = staff_queries.list_staff(merchant_id)
    with as_merchant(merchant_id):
        invitations = staff_queries.list_invitations(merchant_id)
    return render_template(
        "console/merchants/show.html",
        merchant=merchant,
        legal=queries.get_legal_profile(merchant_id),
        scopes=scope_info,
        staff=staff,
        invitations=invitations,
        has_owner=any(member.role is StaffRole.OWNER for member in staff),
        events=audit_labels.timeline(rows, names),
        typed=typed,
        errors=errors,
        tones=TONES,
        regions=regions,
        S=MerchantState,
    )


@console.get("/<uuid:merchant_id>/record")
@require_platform_permission(PlatformPermission.MERCHANTS_MANAGE)
def edit_profile(merchant_id: UUID) -> ResponseReturnValue:
    """Show the form of a merchant's profile (MA3)."""
    merchant = queries.get_merchant(merchant_id)
    entries = profile_form.to_form_data(merchant, queries.get_legal_profile(merchant_id))
    return _render_profile(merchant, FormData(entries), FormData(), profile_form.form_etag(entries))


@console.post("/<uuid:merchant_id>/record")
@require_platform_permission(PlatformPermission.MERCHANTS_MANAGE)
def save_profile(merchant_id: UUID) -> ResponseReturnValue:
    """Save the changed profile; the merchant is notified by e-mail."""
    typed, reason = (
        FormData(form.parse_merchant_form(profile_form.FIELD_LABELS)),
        normalize_text(request.form.get("reason", "")),
    )
    expected_etag = request.form.get("seen", "")
    try:
        changed = services.update_profile(
            merchant_id=merchant_id,
            entries=typed,
            allowed=profile_form.FIELD_LABELS,
            expected_etag=expected_etag,
            reason=reason,
        )
    except ValidationError as exc:
        return _render_profile(
            queries.get_merchant(merchant_id), FormData(typed, reason=reason), FormData(exc.errors), expected_etag
        ), 422
    except StaleMerchantProfile as exc:
        merchant = queries.get_merchant(merchant_id)
        current = profile_form.to_form_data(merchant, queries.get_legal_profile(merchant_id))
        page = _render_profile(
            merchant,
            FormData(typed, reason=reason),
            FormData(),
            profile_form.form_etag(current),
            conflict_message=exc.user_message(),
        )
        return page, 409
    flash(_("The record is changed; the merchant has a letter.") if changed else _("Nothing was changed."), "success")
    return redirect(url_for(".detail", merchant_id=merchant_id), 303)


def _render_profile(merchant: Merchant, typed: FormData, errors: FormData, etag: str, *, conflict_message: str = "") -> str:
    current = profile_form.to_form_data(merchant, queries.get_legal_profile(merchant.id))
    return render_template(
        "console/merchants/profile.html",
        merchant=merchant,
        typed=typed,
        errors=errors,
        etag=etag,
        conflict_message=conflict_message,
        labels=profile_form.FIELD_LABELS,
        choices=form.form_choices(typed.region),
        conflicting_values={
            name: profile_form.display_value(name, current[name])
            for name in profile_form.FIELD_LABELS
            if conflict_message and current[name] != typed[name]
        },
    )
