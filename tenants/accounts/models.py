"""Accounts, their sessions, and one-time words sent by mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, created, pk
from marketplace.kernel.labels import Labelled
from marketplace.kernel.rows import DataClass
from tenants.access.permissions import MarketRole


class Account(Base):
    """A person who can sign in. Buying happens through an organisation, selling through a merchant's staff."""

    __tablename__ = "accounts"
    __data__ = DataClass.BUYER

    id: Mapped[pk]
    login: Mapped[str] = mapped_column(String(60))
    email: Mapped[str] = mapped_column(String(254))
    email_confirmed_at: Mapped[datetime | None]
    password_hash: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(40))
    locale: Mapped[str] = mapped_column(String(10), default="zh_Hans")
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    created_at: Mapped[created]
    disabled_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_accounts_login", func.lower(login), unique=True),
        Index("uq_accounts_email", func.lower(email), unique=True),
    )


class Audience(Labelled):
    """For which doors a session was opened; the word of one door means nothing at another."""

    SHOP = "shop", _l("Shop")
    DESK = "desk", _l("Desk")
    CONSOLE = "console", _l("Console")


class SignInSession(Base):
    """One place where a person is signed in. The cookie holds a secret word; only its hash is kept.

    `unsent` is what the person typed there and has not sent yet.
    """

    __tablename__ = "sign_in_sessions"
    __data__ = DataClass.PLATFORM

    id: Mapped[pk]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    audience: Mapped[Audience]
    face: Mapped[dict[str, Any]]
    unsent: Mapped[dict[str, Any] | None]
    address: Mapped[str | None] = mapped_column(String(64))
    agent: Mapped[str | None] = mapped_column(String(300))
    started_at: Mapped[created]
    seen_at: Mapped[created]
    expires_at: Mapped[datetime]


class WordKind(Labelled):
    """What a word sent by mail is for."""

    CONFIRM_EMAIL = "confirm_email", _l("Confirm an e-mail address")
    CHANGE_EMAIL = "change_email", _l("Change the e-mail address")
    RESET_PASSWORD = "reset_password", _l("Set a new password")


class MailedWord(Base):
    """A one-time word sent by mail; taken by deleting it. Only its hash is kept."""

    __tablename__ = "mailed_words"
    __data__ = DataClass.PLATFORM

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[WordKind]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    expires_at: Mapped[datetime]


class SignInFailure(Base):
    """One failed try to sign in: counted in the database, so that limits hold when Redis is away."""

    __tablename__ = "sign_in_failures"
    __data__ = DataClass.PLATFORM
    __table_args__ = (Index("ix_sign_in_failures_subject", "subject", "at"),)

    id: Mapped[pk]
    subject: Mapped[str] = mapped_column(String(64))
    at: Mapped[created]


class MarketStaff(Base):
    """A person who works for the market itself."""

    __tablename__ = "market_staff"
    __data__ = DataClass.PLATFORM

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    role: Mapped[MarketRole]
    since: Mapped[created]
    removed_at: Mapped[datetime | None]
