"""Queries of the platform administration."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import Select, and_, func, or_, select

from marketplace.kernel import compiled_sql
from marketplace.kernel.audit import AuditEvent
from marketplace.kernel.db import db
from marketplace.kernel.mail import Email
from tenants.access.permissions import PlatformRole
from tenants.accounts.models import Account, PlatformStaff
from tenants.platform_admin.models import SETTINGS_KEY, PlatformSettings
from tenants.staff.models import Staff


@dataclass(frozen=True, kw_only=True)
class PlatformSettingsValues:
    """The platform's settings. An order that is not paid within `unpaid_minutes` is cancelled."""

    announcement: dict[str, str] = field(default_factory=dict)
    unpaid_minutes: int = 60


@dataclass(frozen=True, kw_only=True)
class PlatformStaffMember:
    """A member of the platform staff."""

    account_id: UUID
    name: str
    login: str
    email: str
    role: PlatformRole
    since: datetime


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """The filters of the audit log.

    `action_group` is the first part of an action's name, `actions` are those whose label matches `search_text`.
    """

    action_group: str = ""
    account_id: UUID | None = None
    merchant_id: UUID | None = None
    search_text: str = ""
    actions: Sequence[str] = ()


def get_settings() -> PlatformSettingsValues:
    """Return the platform's settings; read once per request (or task)."""
    settings: PlatformSettingsValues | None = g.get("platform_settings")
    if settings is None:
        rows = compiled_sql.fetch_all(_settings_stmt())
        settings = (
            PlatformSettingsValues(announcement=rows[0][0], unpaid_minutes=rows[0][1]) if rows else PlatformSettingsValues()
        )
        g.platform_settings = settings
    return settings


@cache
def _settings_stmt() -> Select[*tuple[Any, ...]]:
    return select(PlatformSettings.announcement, PlatformSettings.unpaid_minutes).where(PlatformSettings.name == SETTINGS_KEY)


def get_settings_row(*, lock: bool = False) -> PlatformSettings | None:
    """Return the settings row, for changing it."""
    stmt = select(PlatformSettings).where(PlatformSettings.name == SETTINGS_KEY)
    return db.session.scalars(stmt.with_for_update() if lock else stmt).first()


def list_platform_staff() -> list[PlatformStaffMember]:
    """Return the platform staff in the order of joining. Runs with the purpose CONSOLE."""
    stmt = (
        select(Account.id, Account.name, Account.login, Account.email, PlatformStaff.role, PlatformStaff.since)
        .join(PlatformStaff, PlatformStaff.account_id == Account.id)
        .where(PlatformStaff.removed_at.is_(None))
        .order_by(PlatformStaff.since, Account.id)
    )
    return [
        PlatformStaffMember(account_id=row.id, name=row.name, login=row.login, email=row.email, role=row.role, since=row.since)
        for row in db.session.execute(stmt)
    ]


def get_platform_staff_for_update(account_id: UUID) -> PlatformStaff | None:
    """Return the platform staff row of an account, also of a removed member, locked."""
    return db.session.scalars(select(PlatformStaff).where(PlatformStaff.account_id == account_id).with_for_update()).first()


def count_administrators() -> int:
    """Return the number of administrators."""
    stmt = select(func.count()).where(PlatformStaff.role == PlatformRole.ADMINISTRATOR, PlatformStaff.removed_at.is_(None))
    return db.session.scalar(stmt) or 0


def select_audit_entries(filters: AuditFilter) -> Select[AuditEvent]:
    """Return the statement for audit log entries, latest first."""
    stmt = select(AuditEvent)
    if filters.action_group:
        stmt = stmt.where(AuditEvent.action.like(f"{filters.action_group}.%"))
    if filters.account_id:
        stmt = stmt.where(AuditEvent.account_id == filters.account_id)
    if filters.merchant_id:
        about_merchant = AuditEvent.subject_id == filters.merchant_id
        stmt = stmt.where(or_(AuditEvent.merchant_id == filters.merchant_id, about_merchant))
    if filters.search_text:
        pattern = f"%{filters.search_text.replace('%', '').replace('_', '')}%"
        matches_action = or_(AuditEvent.action.ilike(pattern), AuditEvent.action.in_(filters.actions))
        stmt = stmt.where(or_(AuditEvent.reason.ilike(pattern), matches_action))
    return stmt.order_by(AuditEvent.at.desc(), AuditEvent.id.desc())


def select_merchant_audit_entries(
    merchant_id: UUID, *, action_groups: Collection[str], account_id: UUID | None = None
) -> Select[AuditEvent]:
    """Return the statement for entries of a merchant's staff, or of the platform about it, latest first."""
    about_merchant = and_(AuditEvent.subject_kind == "merchant", AuditEvent.subject_id == merchant_id)
    stmt = select(AuditEvent).where(or_(AuditEvent.merchant_id == merchant_id, about_merchant))
    stmt = stmt.where(func.split_part(AuditEvent.action, ".", 1).in_(list(action_groups)))
    if account_id is not None:
        stmt = stmt.where(AuditEvent.account_id == account_id)
    return stmt.order_by(AuditEvent.at.desc(), AuditEvent.id.desc())


def get_staff_names(merchant_id: UUID) -> dict[UUID, str]:
    """Return current and former staff of a merchant by account. Runs as the merchant."""
    stmt = select(Staff.account_id, Staff.name).where(Staff.merchant_id == merchant_id)
    return dict(db.session.execute(stmt.order_by(Staff.removed_at.is_not(None), Staff.name)).all())


def select_emails(search_text: str = "") -> Select[Email]:
    """Return the statement for sent e-mails, latest first."""
    stmt = select(Email)
    if search_text:
        pattern = f"%{search_text.replace('%', '').replace('_', '')}%"
        stmt = stmt.where(or_(Email.to.ilike(pattern), Email.subject.ilike(pattern)))
    return stmt.order_by(Email.created_at.desc(), Email.id.desc())


def get_email(email_id: UUID) -> Email | None:
    """Return one e-mail."""
    return db.session.scalars(select(Email).where(Email.id == email_id)).first()


def get_logins(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the login names of several accounts. Runs with the purpose CONSOLE."""
    return dict(db.session.execute(select(Account.id, Account.login).where(Account.id.in_(ids))).all())
