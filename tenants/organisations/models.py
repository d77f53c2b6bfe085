"""Organisations and their members."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, created, pk
from marketplace.kernel.labels import Labelled
from marketplace.kernel.rows import DataClass


class OrganisationKind(Labelled):
    """A person buying for itself, or a company."""

    PERSON = "person", _l("Person")
    COMPANY = "company", _l("Company")


class Organisation(Base):
    """A party of trade: a buyer by itself, a seller when the market has admitted it as a merchant."""

    __tablename__ = "organisations"
    __data__ = DataClass.BUYER

    id: Mapped[pk]
    kind: Mapped[OrganisationKind] = mapped_column(default=OrganisationKind.PERSON)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[created]


class MemberRole(Labelled):
    """What a person is in a buying organisation."""

    OWNER = "owner", _l("Owner")


class Member(Base):
    """A person who may buy for an organisation."""

    __tablename__ = "members"
    __data__ = DataClass.BUYER

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True, index=True)
    role: Mapped[MemberRole] = mapped_column(default=MemberRole.OWNER)
    since: Mapped[created]
