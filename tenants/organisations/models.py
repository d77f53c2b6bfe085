"""Organisations and their members."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, CreatedAt, PrimaryKey
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.tenancy import RowOwnership


class OrganisationKind(LabeledStrEnum):
    """The kind of an organisation: a person who buys for themselves, or a company."""

    PERSON = "person", _l("Person")
    COMPANY = "company", _l("Company")


class Organisation(Base):
    """A party of a trade: a buyer, and also a seller once it is admitted as a merchant."""

    __tablename__ = "organisations"
    __ownership__ = RowOwnership.BUYER

    id: Mapped[PrimaryKey]
    kind: Mapped[OrganisationKind] = mapped_column(default=OrganisationKind.PERSON)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]


class OrganisationRole(LabeledStrEnum):
    """The role of a member in a buying organisation."""

    OWNER = "owner", _l("Owner")


class OrganisationMember(Base):
    """A person who may buy for an organisation."""

    __tablename__ = "organisation_members"
    __ownership__ = RowOwnership.BUYER

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True, index=True)
    role: Mapped[OrganisationRole] = mapped_column(default=OrganisationRole.OWNER)
    since: Mapped[CreatedAt]
