"""The merchant's own profile at the desk: fields it may change, and those only the platform changes (MA3, MA4)."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import ValidationError
from marketplace.kernel.form_input import FormData
from tenants.access.decorators import require_staff_permission
from tenants.access.permissions import Permission
from tenants.merchants import profile_form, queries, services
from tenants.merchants.errors import StaleMerchantProfile
from tenants.merchants.views import form

desk = Blueprint("record", __name__, url_prefix="/record")
EDITABLE_FIELDS = ("name_zh", "name_en", "founded_year", "staff_size", "contact_name", "contact_phone", "contact_email")


@desk.get("/")
@require_staff_permission(Permission.PROFILE_EDIT)
def index() -> ResponseReturnValue:
    """Show the profile."""
    current = _current_values()
    return _render_page(FormData(current), FormData(), current)


@desk.post("/")
@require_staff_permission(Permission.PROFILE_EDIT)
def save() -> ResponseReturnValue:
    """Save the fields that the merchant may change."""
    current = _current_values()
    typed = FormData({**current, **form.parse_merchant_form(EDITABLE_FIELDS)})
    try:
        changed = services.update_profile(
            merchant_id=g.membership.merchant_id,
            entries=typed,
            allowed=EDITABLE_FIELDS,
            expected_etag=request.form.get("seen", ""),
        )
    except ValidationError as exc:
        return _render_page(typed, FormData(exc.errors), current), 422
    except StaleMerchantProfile as exc:
        flash(exc.user_message(), "error")
        return _render_page(typed, FormData(), current), 409
    flash(_("Saved.") if changed else _("Nothing was changed."), "success")
    return redirect(url_for(".index"), 303)


def _current_values() -> dict[str, str]:
    return profile_form.to_form_data(
        queries.get_merchant(g.membership.merchant_id), queries.get_legal_profile(g.membership.merchant_id)
    )


def _render_page(typed: FormData, errors: FormData, current: dict[str, str]) -> str:
    read_only_fields = [
        (label, profile_form.display_value(name, current[name]) or "–")
        for name, label in profile_form.FIELD_LABELS.items()
        if name not in EDITABLE_FIELDS
    ]
    return render_template(
        "desk/merchants/profile.html",
        typed=typed,
        errors=errors,
        labels=profile_form.FIELD_LABELS,
        read_only_fields=read_only_fields,
        etag=profile_form.form_etag(current),
        choices=form.form_choices(current["region"]),
        legal=queries.get_legal_profile(g.membership.merchant_id),
    )
