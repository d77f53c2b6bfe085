"""The market arranges what kinds of goods there are: categories, the attributes they ask for, brands (CA2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import exists, func, or_, select

from marketplace.catalogue import queries
from marketplace.catalogue.errors import CategoryInUse
from marketplace.catalogue.events import CategoryChanged
from marketplace.catalogue.models import Attribute, AttributeKind, Brand, Category, MatchRole, Product, ProductState
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.kernel.texts import FIRST, pick

SLUG = re.compile(r"^[a-z0-9][a-z0-9-]{0,79}$")
CODE = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
WITH_OPTIONS = frozenset({AttributeKind.CHOICE, AttributeKind.CHOICES})
DEEPEST = 4
RESERVED = frozenset({"category", "brand", "merchant", "kind", "region", "stock", "price", "sales", "newest"})
"""Names that search documents use themselves."""


@dataclass(frozen=True, kw_only=True)
class CategorySheet:
    """A category as it is entered."""

    slug: str
    names: Mapping[str, str]
    parent_id: UUID | None = None
    summary: Mapping[str, str] = field(default_factory=dict)
    picture: str | None = None
    position: int = 0


@dataclass(frozen=True, kw_only=True)
class AttributeSheet:
    """An attribute as it is entered. `options`: [{"value": "cotton", "names": {"zh_Hans": "棉", "en": "cotton"}}]."""

    code: str
    names: Mapping[str, str]
    kind: AttributeKind
    unit: str = ""
    options: Sequence[Mapping[str, Any]] = ()
    least: Decimal | None = None
    greatest: Decimal | None = None
    required: bool = False
    facet: bool = False
    match_role: MatchRole = MatchRole.SOFT
    position: int = 0


def open_category(*, sheet: CategorySheet) -> Category:
    """Add a category. Raises Invalid by field."""
    parent = queries.category(sheet.parent_id) if sheet.parent_id else None
    _check_category(sheet, known=None)
    if parent is not None and len(parent.path) >= DEEPEST:
        raise Invalid({"parent_id": _("Categories go at most %(deepest)s levels deep.", deepest=DEEPEST)})
    row = Category(
        id=uuid7(),
        slug=sheet.slug,
        parent_id=sheet.parent_id,
        path=[*(parent.path if parent else []), sheet.slug],
        names=dict(sheet.names),
        summary=dict(sheet.summary),
        picture=sheet.picture,
        position=sheet.position,
    )
    db.session.add(row)
    _tell("category.opened", row.id, after={"slug": row.slug})
    return row


def change_category(*, category_id: UUID, sheet: CategorySheet) -> Category:
    """Rename or reorder a category; its word in addresses and its place in the tree stay. Raises Invalid."""
    row = queries.category(category_id, lock=True)
    _check_category(sheet, known=row)
    before = {"names": row.names, "position": row.position}
    row.names, row.summary, row.position = dict(sheet.names), dict(sheet.summary), sheet.position
    row.picture = sheet.picture or row.picture
    _tell("category.changed", row.id, before=before, after={"names": row.names, "position": row.position})
    return row


def close_category(*, category_id: UUID) -> Category:
    """Take an empty category out of use; deleted goods do not fill it. Raises CategoryInUse."""
    row = queries.category(category_id, lock=True)
    goods = exists().where(Product.category_id == category_id, Product.state != ProductState.DELETED)
    below = exists().where(Category.parent_id == category_id, Category.closed_at.is_(None))
    if db.session.scalar(select(or_(goods, below))):
        raise CategoryInUse(category=pick(row.names))
    row.closed_at = clock.now()
    _tell("category.closed", row.id)
    return row


def reopen_category(*, category_id: UUID) -> Category:
    """Take a closed category into use again."""
    row = queries.category(category_id, lock=True)
    row.closed_at = None
    _tell("category.reopened", row.id)
    return row


def open_attribute(*, category_id: UUID, sheet: AttributeSheet) -> Attribute:
    """Let a category, and all below it, ask one more question. Raises Invalid by field."""
    category = queries.category(category_id)
    _check_attribute(sheet)
    inside = Category.path.op("@>", is_comparison=True)(func.jsonb_build_array(category.slug))
    taken = (
        select(Attribute)
        .join(Category, Category.id == Attribute.category_id)
        .where(Attribute.code == sheet.code, or_(inside, Category.slug.in_(category.path)))
        .order_by(Attribute.closed_at.nulls_first())
    )
    known = db.session.scalars(taken).first()
    if known is not None and (known.closed_at is None or known.category_id != category_id):
        raise Invalid({"code": _("This code is asked for already, here or in a category above or below.")})
    row = known or Attribute(id=uuid7(), category_id=category_id)
    row.closed_at = None
    _write_attribute(row, sheet)
    db.session.add(row)
    _tell("attribute.opened", category_id, after={"code": sheet.code})
    return row


def change_attribute(*, attribute_id: UUID, sheet: AttributeSheet) -> Attribute:
    """Change a question. Its code and kind stay, because goods have answered it. Raises Invalid by field."""
    row = queries.attribute(attribute_id)
    _check_attribute(sheet)
    if sheet.kind is not row.kind or sheet.code != row.code:
        raise Invalid({"kind": _("Goods have answered this attribute: close it and open another instead.")})
    _write_attribute(row, sheet)
    _tell("attribute.changed", row.category_id, after={"code": row.code})
    return row


def close_attribute(*, attribute_id: UUID) -> Attribute:
    """Ask this question no longer; answers already given stay in the goods."""
    row = queries.attribute(attribute_id)
    row.closed_at = clock.now()
    _tell("attribute.closed", row.category_id, after={"code": row.code})
    return row


def reopen_attribute(*, attribute_id: UUID) -> Attribute:
    """Ask a question again that was asked no longer: what goods had answered is there still."""
    row = queries.attribute(attribute_id)
    row.closed_at = None
    _tell("attribute.opened", row.category_id, after={"code": row.code})
    return row


def open_brand(*, slug: str, names: Mapping[str, str]) -> Brand:
    """Add a brand. Raises Invalid by field."""
    _check_new(slug, names, Brand)
    row = Brand(id=uuid7(), slug=slug, names=dict(names))
    db.session.add(row)
    audit.record("brand.opened", subject=("brand", row.id), after={"slug": slug})
    return row


def rename_brand(*, brand_id: UUID, names: Mapping[str, str]) -> Brand:
    """Give a brand other names. Raises Invalid."""
    row = queries.brand(brand_id)
    _refuse(_name_errors(names))
    audit.record("brand.renamed", subject=("brand", row.id), before=dict(row.names), after=dict(names))
    row.names = dict(names)
    return row


def close_brand(*, brand_id: UUID) -> Brand:
    """Offer a brand no longer in forms; goods keep it."""
    row = queries.brand(brand_id)
    row.closed_at = None if row.closed_at else clock.now()
    audit.record("brand.closed" if row.closed_at else "brand.reopened", subject=("brand", row.id))
    return row


def _check_category(sheet: CategorySheet, *, known: Category | None) -> None:
    if known is None:
        _check_new(sheet.slug, sheet.names, Category)
    else:
        _refuse(_name_errors(sheet.names))


def _check_new(slug: str, names: Mapping[str, str], table: type[Category] | type[Brand]) -> None:
    errors = _name_errors(names)
    if not SLUG.match(slug):
        errors["slug"] = _("Small letters, digits and hyphens only.")
    elif db.session.scalar(select(exists().where(table.slug == slug))):
        errors["slug"] = _("This word is taken.")
    _refuse(errors)


def _name_errors(names: Mapping[str, str]) -> dict[str, str]:
    return {} if names.get(FIRST, "").strip() else {"names": _("Give it a Chinese name.")}


def _refuse(errors: Mapping[str, str]) -> None:
    if errors:
        raise Invalid(errors)


def _check_attribute(sheet: AttributeSheet) -> None:
    errors: dict[str, str] = {}
    if not CODE.match(sheet.code):
        errors["code"] = _("Small letters, digits and underscores only, beginning with a letter.")
    if sheet.code in RESERVED:
        errors["code"] = _("This word is taken.")
    if not sheet.names.get(FIRST, "").strip():
        errors["names"] = _("Give it a Chinese name.")
    if sheet.kind in WITH_OPTIONS and not sheet.options:
        errors["options"] = _("Give at least one value to choose from.")
    values = [option["value"] for option in sheet.options]
    if len(set(values)) < len(values):
        errors["options"] = _("A value stands in the list twice.")
    if sheet.least is not None and sheet.greatest is not None and sheet.least > sheet.greatest:
        errors["greatest"] = _("The greatest value is below the least.")
    if errors:
        raise Invalid(errors)


def _write_attribute(row: Attribute, sheet: AttributeSheet) -> None:
    row.code, row.kind, row.unit = sheet.code, sheet.kind, sheet.unit
    row.names = dict(sheet.names)
    row.options = [dict(option) for option in sheet.options] if sheet.kind in WITH_OPTIONS else []
    row.least, row.greatest = sheet.least, sheet.greatest
    row.required, row.facet, row.match_role, row.position = sheet.required, sheet.facet, sheet.match_role, sheet.position


def _tell(deed: str, category_id: UUID, **facts: Any) -> None:
    audit.record(deed, subject=("category", category_id), **facts)
    publish(CategoryChanged(category_id=category_id))
