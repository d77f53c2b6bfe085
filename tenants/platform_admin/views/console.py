"""Staff, settings, audit log and sent e-mails at the console (RO5)."""

from __future__ import annotations

import re
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import NotFound, ValidationError
from marketplace.kernel.form_input import FormData, clean_fields
from marketplace.kernel.localized_text import LANGUAGES, localize
from marketplace.kernel.paging import paginate
from tenants.access.decorators import require_platform_permission
from tenants.access.login import current_user
from tenants.access.permissions import PLATFORM_ROLE_PERMISSIONS, PlatformPermission, PlatformRole
from tenants.accounts.queries import get_account_names
from tenants.merchants import queries as merchant_queries
from tenants.platform_admin import audit_labels, queries, services
from tenants.platform_admin.errors import StaleSettings

console = Blueprint("platform_admin", __name__)
team = Blueprint("team", __name__, url_prefix="/team")
settings = Blueprint("settings", __name__, url_prefix="/settings")
audit_log = Blueprint("audit_log", __name__, url_prefix="/audit")
emails = Blueprint("emails", __name__, url_prefix="/letters")
ONE_TIME_LINK = re.compile(r"(/(?:reset|confirm|confirm-change|invitation)/)[A-Za-z0-9_-]{20,}")


@team.get("/")
@require_platform_permission(PlatformPermission.TEAM_MANAGE)
def index() -> ResponseReturnValue:
    """List the platform staff."""
    return _render_team(FormData(role=PlatformRole.SUPPORT.value), FormData())


@team.post("/")
@require_platform_permission(PlatformPermission.TEAM_MANAGE)
def add() -> ResponseReturnValue:
    """Add the owner of an account to the platform staff."""
    typed = clean_fields(request.form, "name", "role")
    try:
        services.add_platform_staff(login_or_email=typed.name, role=typed.role)
    except ValidationError as exc:
        return _render_team(typed, FormData(exc.errors)), 422
    flash(_("Added; the person has a letter."), "success")
    return redirect(url_for(".index"), 303)


@team.post("/<uuid:account_id>/role")
@require_platform_permission(PlatformPermission.TEAM_MANAGE)
def change_role(account_id: UUID) -> ResponseReturnValue:
    """Change the role of a member."""
    services.change_role(account_id=account_id, role=request.form.get("role", ""))
    flash(_("The role is changed."), "success")
    return redirect(url_for(".index"), 303)


@team.post("/<uuid:account_id>/remove")
@require_platform_permission(PlatformPermission.TEAM_MANAGE)
def remove(account_id: UUID) -> ResponseReturnValue:
    """Remove a member."""
    services.remove_platform_staff(account_id=account_id)
    flash(_("Removed: this person can no longer enter the console."), "success")
    return redirect(url_for("console.dashboard.index") if account_id == current_user.account_id else url_for(".index"), 303)


@settings.get("/")
@require_platform_permission(PlatformPermission.SETTINGS_EDIT)
def edit() -> ResponseReturnValue:
    """Show the settings, and those of the installation."""
    return _render_settings(_current_values(), FormData())


@settings.post("/")
@require_platform_permission(PlatformPermission.SETTINGS_EDIT)
def save() -> ResponseReturnValue:
    """Save the settings."""
    typed = clean_fields(
        request.form, "announcement_zh_Hans", "announcement_en", "unpaid_minutes", "version", max_length=20_000
    )
    announcement = {locale: typed[f"announcement_{locale}"] for locale in LANGUAGES}
    try:
        expected_version = request.form.get("version", type=int)
        services.change_settings(
            announcement=announcement, unpaid_minutes=typed.unpaid_minutes, expected_version=expected_version
        )
    except ValidationError as exc:
        return _render_settings(typed, FormData(exc.errors)), 422
    except StaleSettings as exc:
        flash(exc.user_message(), "error")
        current = _current_values()
        names = [name for name in current if name != "version" and current[name] != typed[name]]
        conflicts = {name: _("It stands here now: %(words)s", words=current[name] or "–") for name in names}
        return _render_settings(FormData(typed, version=current.version), FormData(conflicts)), 409
    flash(_("Saved."), "success")
    return redirect(url_for(".edit"), 303)


@audit_log.get("/")
@require_platform_permission(PlatformPermission.AUDIT_SEE)
def audit() -> ResponseReturnValue:
    """Show the audit log: actor, action, subject, time, address and reason."""
    action_group, search_text = request.args.get("kind", ""), request.args.get("q", "").strip()[:80]
    filters = queries.AuditFilter(
        action_group=action_group if action_group in audit_labels.ACTION_GROUPS else "",
        account_id=request.args.get("who", type=UUID),
        merchant_id=request.args.get("merchant", type=UUID),
        search_text=search_text,
        actions=audit_labels.actions_matching(search_text),
    )
    page = paginate(queries.select_audit_entries(filters), number=request.args.get("page", 1, type=int), size=50)
    merchants_by_id = merchant_queries.get_merchants_by_id({row.merchant_id for row in page.items if row.merchant_id})
    return render_template(
        "console/platform_admin/audit_log.html",
        page=page,
        filters=filters,
        action_groups=audit_labels.ACTION_GROUPS,
        action_label=audit_labels.action_label,
        names=get_account_names(row.account_id for row in page.items),
        shop_names={merchant.id: localize(merchant.name) for merchant in merchants_by_id.values()},
    )


@emails.get("/")
@require_platform_permission(PlatformPermission.AUDIT_SEE)
def outbox() -> ResponseReturnValue:
    """List the e-mails that were sent."""
    search_text = request.args.get("q", "").strip()[:80]
    page = paginate(queries.select_emails(search_text), number=request.args.get("page", 1, type=int), size=50)
    return render_template("console/platform_admin/emails.html", page=page, search_text=search_text)


@emails.get("/<uuid:email_id>")
@require_platform_permission(PlatformPermission.AUDIT_SEE)
def show_email(email_id: UUID) -> ResponseReturnValue:
    """Show one e-mail. Where e-mails are really delivered, the one-time links in it are masked."""
    email = queries.get_email(email_id)
    if email is None:
        raise NotFound
    is_delivered = bool(current_app.config["SETTINGS"].smtp_url)
    text = ONE_TIME_LINK.sub(r"\1…", email.text) if is_delivered else email.text
    return render_template("console/platform_admin/email.html", email=email, text=text, is_delivered=is_delivered)


def _render_team(typed: FormData, errors: FormData) -> str:
    return render_template(
        "console/platform_admin/team.html",
        team=queries.list_platform_staff(),
        roles=PlatformRole.choices(),
        typed=typed,
        errors=errors,
        role_permissions=PLATFORM_ROLE_PERMISSIONS,
        permissions=list(PlatformPermission),
        all_roles=list(PlatformRole),
    )


def _current_values() -> FormData:
    current, row = queries.get_settings(), queries.get_settings_row()
    typed = FormData({f"announcement_{locale}": current.announcement.get(locale, "") for locale in LANGUAGES})
    return FormData(typed, unpaid_minutes=str(current.unpaid_minutes), version=str(row.version if row else 0))


def _render_settings(typed: FormData, errors: FormData) -> str:
    app_settings = current_app.config["SETTINGS"]
    return render_template("console/platform_admin/settings.html", typed=typed, errors=errors, app_settings=app_settings)


for blueprint in (team, settings, audit_log, emails):
    console.register_blueprint(blueprint)
