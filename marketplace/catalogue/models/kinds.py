"""What kinds of goods there are: the category tree, the attributes each category asks for, and brands (CA2)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, Integer, Numeric, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, created, pk, slug, texts
from marketplace.kernel.labels import Labelled
from marketplace.kernel.rows import DataClass


class Category(Base):
    """A kind of goods. `path` has the slugs from the top of the tree down to this one."""

    __tablename__ = "categories"
    __data__ = DataClass.REFERENCE
    __table_args__ = (Index("ix_categories_path", "path", postgresql_using="gin"),)

    id: Mapped[pk]
    slug: Mapped[slug] = mapped_column(unique=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id"), index=True)
    path: Mapped[list[str]]
    names: Mapped[texts]
    summary: Mapped[texts]
    picture: Mapped[str | None] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(Integer, default=0)
    closed_at: Mapped[datetime | None]

    @property
    def depth(self) -> int:
        """0 for a category at the top."""
        return len(self.path) - 1


class AttributeKind(Labelled):
    """What sort of value an attribute has."""

    CHOICE = "choice", _l("One of a list")
    CHOICES = "choices", _l("Several of a list")
    NUMBER = "number", _l("Number")
    TEXT = "text", _l("Text")
    FLAG = "flag", _l("Yes or no")


class MatchRole(Labelled):
    """What an attribute means when supply meets demand: it must agree, it should agree, it does not count."""

    HARD = "hard", _l("Must agree")
    SOFT = "soft", _l("Should agree")
    IGNORE = "ignore", _l("Does not count")


class Attribute(Base):
    """One question that a category asks of its goods; every category below asks it too."""

    __tablename__ = "attributes"
    __data__ = DataClass.REFERENCE
    __table_args__ = (UniqueConstraint("category_id", "code"),)

    id: Mapped[pk]
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id"))
    code: Mapped[str] = mapped_column(String(40))
    names: Mapped[texts]
    kind: Mapped[AttributeKind]
    unit: Mapped[str] = mapped_column(String(20), default="")
    options: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    least: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    greatest: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    required: Mapped[bool] = mapped_column(default=False)
    facet: Mapped[bool] = mapped_column(default=False)
    match_role: Mapped[MatchRole] = mapped_column(default=MatchRole.SOFT)
    position: Mapped[int] = mapped_column(Integer, default=0)
    closed_at: Mapped[datetime | None]


class Brand(Base):
    """A name under which goods are made."""

    __tablename__ = "brands"
    __data__ = DataClass.REFERENCE

    id: Mapped[pk]
    slug: Mapped[slug] = mapped_column(unique=True)
    names: Mapped[texts]
    created_at: Mapped[created]
    closed_at: Mapped[datetime | None]
