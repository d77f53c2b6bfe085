"""Services of the platform administration."""

from __future__ import annotations

from uuid import UUID

from flask import g, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from marketplace.kernel import audit, clock, mail
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import NotFound, ValidationError
from marketplace.kernel.form_input import parse_int
from tenants.access.permissions import PlatformRole
from tenants.accounts import queries as account_queries
from tenants.accounts import sessions
from tenants.accounts.models import PlatformStaff, Realm
from tenants.platform_admin import queries
from tenants.platform_admin.errors import LastAdministrator, StaleSettings
from tenants.platform_admin.models import PlatformSettings

MIN_UNPAID_MINUTES, MAX_UNPAID_MINUTES = 5, 7 * 24 * 60


def add_platform_staff(*, login_or_email: str, role: str) -> None:
    """Add the owner of an account (login name or e-mail) to the platform staff, and notify them.

    Raises:
        ValidationError: There is no such account or role, or the person is a member already.
    """
    errors: dict[str, str] = {}
    account = account_queries.find_account_by_login_or_email(login_or_email) if login_or_email else None
    if account is None or account.disabled_at:
        errors["name"] = _("There is no account of this name. Ask the person to register first.")
    if role not in set(PlatformRole):
        errors["role"] = _("Please choose a role.")
    advisory_lock("market-team")
    member = queries.get_platform_staff_for_update(account.id) if account else None
    if member is not None and member.removed_at is None:
        errors["name"] = _("This person works for the market already.")
    if errors or account is None:
        raise ValidationError(errors)
    if member is None:
        db.session.add(PlatformStaff(account_id=account.id, role=PlatformRole(role)))
    else:
        member.role, member.removed_at, member.since = PlatformRole(role), None, clock.now()
    db.session.flush()
    audit.record("market_team.joined", subject=("account", account.id), after={"name": account.name, "role": role})
    with force_locale(account.locale):
        label = str(PlatformRole(role).label)
    link = url_for("console.auth.sign_in", _external=True)
    mail.queue_email(
        to=account.email, kind="platform_staff_added", locale=account.locale, name=account.name, role=label, link=link
    )


def change_role(*, account_id: UUID, role: str) -> None:
    """Change the role of a member; it applies from the next request on.

    Raises:
        ValidationError: There is no such role.
        LastAdministrator: The member is the last administrator.
        NotFound: There is no such member.
    """
    if role not in set(PlatformRole):
        raise ValidationError({"role": _("Please choose a role.")})
    member = _get_member(account_id)
    if member.role is PlatformRole.ADMINISTRATOR and role != PlatformRole.ADMINISTRATOR:
        _ensure_administrator_left()
    before, member.role = member.role.value, PlatformRole(role)
    db.session.flush()
    subject = ("account", account_id)
    audit.record("market_team.role_changed", subject=subject, before={"role": before}, after={"role": role})


def remove_platform_staff(*, account_id: UUID) -> None:
    """Remove a member; their console sessions are revoked.

    Raises:
        LastAdministrator: The member is the last administrator.
        NotFound: There is no such member.
    """
    member = _get_member(account_id)
    if member.role is PlatformRole.ADMINISTRATOR:
        _ensure_administrator_left()
    member.removed_at = clock.now()
    db.session.flush()
    sessions.revoke_sessions(account_id, realm=Realm.CONSOLE)
    audit.record("market_team.removed", subject=("account", account_id), before={"role": member.role.value})


def change_settings(*, announcement: dict[str, str], unpaid_minutes: str, expected_version: int | None = None) -> None:
    """Change the platform's settings; `expected_version` is the version that the form was made from.

    Raises:
        ValidationError: A value is invalid.
        StaleSettings: The settings were changed meanwhile.
    """
    errors = {f"announcement_{locale}": _too_long_error() for locale, text in announcement.items() if len(text) > 300}
    minutes = parse_int(unpaid_minutes, max_value=MAX_UNPAID_MINUTES) or 0
    if minutes < MIN_UNPAID_MINUTES:
        errors["unpaid_minutes"] = _(
            "Please enter whole minutes, from %(least)s to %(most)s.", least=MIN_UNPAID_MINUTES, most=MAX_UNPAID_MINUTES
        )
    if errors:
        raise ValidationError(errors)
    advisory_lock("market-settings")
    texts = {locale: text for locale, text in announcement.items() if text}
    row, before = queries.get_settings_row(lock=True), queries.get_settings()
    if expected_version is not None and expected_version != (row.version if row else 0):
        raise StaleSettings
    if row is None:
        row = PlatformSettings(announcement=texts, unpaid_minutes=minutes)
        db.session.add(row)
    row.announcement, row.unpaid_minutes, row.updated_at = texts, minutes, clock.now()
    db.session.flush()
    g.pop("platform_settings", None)
    audit.record(
        "market.settings_changed", subject=("market", None), before=before.__dict__, after=queries.get_settings().__dict__
    )


def _get_member(account_id: UUID) -> PlatformStaff:
    advisory_lock("market-team")
    member = queries.get_platform_staff_for_update(account_id)
    if member is None or member.removed_at is not None:
        raise NotFound
    return member


def _ensure_administrator_left() -> None:
    if queries.count_administrators() <= 1:
        raise LastAdministrator


def _too_long_error() -> str:
    return str(_("At most %(most)s characters, please.", most=300))
