"""Taxonomy: the category tree, the attributes of each category, and brands (Category and brand management, CA2)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, Integer, Numeric, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, CreatedAt, LocalizedText, PrimaryKey, Slug
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.tenancy import RowOwnership


class Category(Base):
    """A category. `path` has the slugs from the top of the tree down to this one."""

    __tablename__ = "categories"
    __ownership__ = RowOwnership.REFERENCE
    __table_args__ = (Index("ix_categories_path", "path", postgresql_using="gin"),)

    id: Mapped[PrimaryKey]
    slug: Mapped[Slug] = mapped_column(unique=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id"), index=True)
    path: Mapped[list[str]]
    names: Mapped[LocalizedText]
    summary: Mapped[LocalizedText]
    picture: Mapped[str | None] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(Integer, default=0)
    closed_at: Mapped[datetime | None]

    @property
    def depth(self) -> int:
        """Return 0 for a top-level category."""
        return len(self.path) - 1


class AttributeType(LabeledStrEnum):
    """The types of attribute values."""

    CHOICE = "choice", _l("One of a list")
    CHOICES = "choices", _l("Several of a list")
    NUMBER = "number", _l("Number")
    TEXT = "text", _l("Text")
    FLAG = "flag", _l("Yes or no")


class MatchRole(LabeledStrEnum):
    """The role of an attribute when supply is matched with demand: it must agree, should agree, or does not count."""

    HARD = "hard", _l("Must agree")
    SOFT = "soft", _l("Should agree")
    IGNORE = "ignore", _l("Does not count")


class Attribute(Base):
    """An attribute of the products of a category and of all its subcategories."""

    __tablename__ = "attributes"
    __ownership__ = RowOwnership.REFERENCE
    __table_args__ = (UniqueConstraint("category_id", "code"),)

    id: Mapped[PrimaryKey]
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id"))
    code: Mapped[str] = mapped_column(String(40))
    names: Mapped[LocalizedText]
    kind: Mapped[AttributeType]
    unit: Mapped[str] = mapped_column(String(20), default="")
    options: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    min_value: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    max_value: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    required: Mapped[bool] = mapped_column(default=False)
    facet: Mapped[bool] = mapped_column(default=False)
    match_role: Mapped[MatchRole] = mapped_column(default=MatchRole.SOFT)
    position: Mapped[int] = mapped_column(Integer, default=0)
    closed_at: Mapped[datetime | None]


class Brand(Base):
    """A brand of products."""

    __tablename__ = "brands"
    __ownership__ = RowOwnership.REFERENCE

    id: Mapped[PrimaryKey]
    slug: Mapped[Slug] = mapped_column(unique=True)
    names: Mapped[LocalizedText]
    created_at: Mapped[CreatedAt]
    closed_at: Mapped[datetime | None]
