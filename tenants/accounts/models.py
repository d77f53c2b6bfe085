"""Accounts, their sessions, and one-time tokens sent by e-mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, CreatedAt, PrimaryKey
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.tenancy import RowOwnership
from tenants.access.permissions import PlatformRole


class Account(Base):
    """A person who can log in. Buying happens through an organisation, selling through a merchant's staff."""

    __tablename__ = "accounts"
    __ownership__ = RowOwnership.BUYER

    id: Mapped[PrimaryKey]
    login: Mapped[str] = mapped_column(String(60))
    email: Mapped[str] = mapped_column(String(254))
    email_confirmed_at: Mapped[datetime | None]
    password_hash: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(40))
    locale: Mapped[str] = mapped_column(String(10), default="zh_Hans")
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    created_at: Mapped[CreatedAt]
    disabled_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_accounts_login", func.lower(login), unique=True),
        Index("uq_accounts_email", func.lower(email), unique=True),
    )


class Realm(LabeledStrEnum):
    """The site that a session is valid for; a token of one realm is worthless in another."""

    SHOP = "shop", _l("Shop")
    DESK = "desk", _l("Desk")
    CONSOLE = "console", _l("Console")


class UserSession(Base):
    """A login session of one browser. The cookie holds a secret token; only its hash is stored.

    `draft` is what the user typed and has not submitted yet.
    """

    __tablename__ = "user_sessions"
    __ownership__ = RowOwnership.PLATFORM

    id: Mapped[PrimaryKey]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    realm: Mapped[Realm]
    profile: Mapped[dict[str, Any]]
    draft: Mapped[dict[str, Any] | None]
    ip_address: Mapped[str | None] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(String(300))
    started_at: Mapped[CreatedAt]
    seen_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]


class TokenPurpose(LabeledStrEnum):
    """The purpose of a token sent by e-mail."""

    CONFIRM_EMAIL = "confirm_email", _l("Confirm an e-mail address")
    CHANGE_EMAIL = "change_email", _l("Change the e-mail address")
    RESET_PASSWORD = "reset_password", _l("Set a new password")


class EmailToken(Base):
    """A one-time token sent by e-mail, consumed by deleting it. Only its hash is stored."""

    __tablename__ = "email_tokens"
    __ownership__ = RowOwnership.PLATFORM

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[TokenPurpose]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    expires_at: Mapped[datetime]


class ThrottleAttempt(Base):
    """An attempt that counts against a limit, in the database, so that limits hold without Redis."""

    __tablename__ = "throttle_attempts"
    __ownership__ = RowOwnership.PLATFORM
    __table_args__ = (Index("ix_throttle_attempts_subject", "subject", "attempted_at"),)

    id: Mapped[PrimaryKey]
    subject: Mapped[str] = mapped_column(String(64))
    attempted_at: Mapped[CreatedAt]


class PlatformStaff(Base):
    """A member of the platform's own staff."""

    __tablename__ = "platform_staff"
    __ownership__ = RowOwnership.PLATFORM

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    role: Mapped[PlatformRole]
    since: Mapped[CreatedAt]
    removed_at: Mapped[datetime | None]
