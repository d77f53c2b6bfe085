"""Management of the taxonomy: categories, their attributes, brands (Category and brand management, CA2)."""

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
from marketplace.catalogue.models import Attribute, AttributeType, Brand, Category, MatchRole, Product, ProductState
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.kernel.localized_text import DEFAULT_LANGUAGE, localize

SLUG_RE = re.compile(r"^[a-z0-9][a-z0-9-]{0,79}$")
CODE_RE = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
WITH_OPTIONS = frozenset({AttributeType.CHOICE, AttributeType.CHOICES})
MAX_DEPTH = 4
RESERVED_CODES = frozenset({"category", "brand", "merchant", "kind", "region", "stock", "price", "sales", "newest"})
"""Field names that search documents use already."""


@dataclass(frozen=True, kw_only=True)
class CategoryInput:
    """The fields of a category."""

    slug: str
    names: Mapping[str, str]
    parent_id: UUID | None = None
    summary: Mapping[str, str] = field(default_factory=dict)
    picture: str | None = None
    position: int = 0


@dataclass(frozen=True, kw_only=True)
class AttributeInput:
    """The fields of an attribute. `options`: [{"value": "cotton", "names": {"zh_Hans": "棉", "en": "cotton"}}]."""

    code: str
    names: Mapping[str, str]
    kind: AttributeType
    unit: str = ""
    options: Sequence[Mapping[str, Any]] = ()
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    required: bool = False
    facet: bool = False
    match_role: MatchRole = MatchRole.SOFT
    position: int = 0


def create_category(*, data: CategoryInput) -> Category:
    """Create a category.

    Raises:
        ValidationError: The input is invalid; `errors` names the fields.
    """
    parent = queries.get_category(data.parent_id) if data.parent_id else None
    _validate_category(data, existing=None)
    if parent is not None and len(parent.path) >= MAX_DEPTH:
        raise ValidationError({"parent_id": _("Categories go at most %(deepest)s levels deep.", deepest=MAX_DEPTH)})
    row = Category(
        id=uuid7(),
        slug=data.slug,
        parent_id=data.parent_id,
        path=[*(parent.path if parent else []), data.slug],
        names=dict(data.names),
        summary=dict(data.summary),
        picture=data.picture,
        position=data.position,
    )
    db.session.add(row)
    _record_and_publish("category.opened", row.id, after={"slug": row.slug})
    return row


def update_category(*, category_id: UUID, data: CategoryInput) -> Category:
    """Rename or reorder a category; its slug and its parent cannot change.

    Raises:
        ValidationError: The input is invalid; `errors` names the fields.
    """
    row = queries.get_category(category_id, lock=True)
    _validate_category(data, existing=row)
    before = {"names": row.names, "position": row.position}
    row.names, row.summary, row.position = dict(data.names), dict(data.summary), data.position
    row.picture = data.picture or row.picture
    _record_and_publish("category.changed", row.id, before=before, after={"names": row.names, "position": row.position})
    return row


def close_category(*, category_id: UUID) -> Category:
    """Close an empty category; deleted products do not count.

    Raises:
        CategoryInUse: It has products or open subcategories.
    """
    row = queries.get_category(category_id, lock=True)
    has_products = exists().where(Product.category_id == category_id, Product.state != ProductState.DELETED)
    has_children = exists().where(Category.parent_id == category_id, Category.closed_at.is_(None))
    if db.session.scalar(select(or_(has_products, has_children))):
        raise CategoryInUse(category=localize(row.names))
    row.closed_at = clock.now()
    _record_and_publish("category.closed", row.id)
    return row


def reopen_category(*, category_id: UUID) -> Category:
    """Reopen a closed category."""
    row = queries.get_category(category_id, lock=True)
    row.closed_at = None
    _record_and_publish("category.reopened", row.id)
    return row


def create_attribute(*, category_id: UUID, data: AttributeInput) -> Attribute:
    """Add an attribute to a category and all its subcategories.

    Raises:
        ValidationError: The input is invalid; `errors` names the fields.
    """
    category = queries.get_category(category_id)
    _validate_attribute(data)
    is_descendant = Category.path.op("@>", is_comparison=True)(func.jsonb_build_array(category.slug))
    stmt = (
        select(Attribute)
        .join(Category, Category.id == Attribute.category_id)
        .where(Attribute.code == data.code, or_(is_descendant, Category.slug.in_(category.path)))
        .order_by(Attribute.closed_at.nulls_first())
    )
    existing = db.session.scalars(stmt).first()
    if existing is not None and (existing.closed_at is None or existing.category_id != category_id):
        raise ValidationError({"code": _("This code is asked for already, here or in a category above or below.")})
    row = existing or Attribute(id=uuid7(), category_id=category_id)
    row.closed_at = None
    _apply_attribute(row, data)
    db.session.add(row)
    _record_and_publish("attribute.opened", category_id, after={"code": data.code})
    return row


def update_attribute(*, attribute_id: UUID, data: AttributeInput) -> Attribute:
    """Update an attribute. Its code and type cannot change, because products have values for it.

    Raises:
        ValidationError: The input is invalid; `errors` names the fields.
    """
    row = queries.get_attribute(attribute_id)
    _validate_attribute(data)
    if data.kind is not row.kind or data.code != row.code:
        raise ValidationError({"kind": _("Goods have answered this attribute: close it and open another instead.")})
    _apply_attribute(row, data)
    _record_and_publish("attribute.changed", row.category_id, after={"code": row.code})
    return row


def close_attribute(*, attribute_id: UUID) -> Attribute:
    """Close an attribute; existing values stay in the products."""
    row = queries.get_attribute(attribute_id)
    row.closed_at = clock.now()
    _record_and_publish("attribute.closed", row.category_id, after={"code": row.code})
    return row


def reopen_attribute(*, attribute_id: UUID) -> Attribute:
    """Reopen a closed attribute; the values that products had are still there."""
    row = queries.get_attribute(attribute_id)
    row.closed_at = None
    _record_and_publish("attribute.opened", row.category_id, after={"code": row.code})
    return row


def create_brand(*, slug: str, names: Mapping[str, str]) -> Brand:
    """Create a brand.

    Raises:
        ValidationError: The input is invalid; `errors` names the fields.
    """
    _validate_new(slug, names, Brand)
    row = Brand(id=uuid7(), slug=slug, names=dict(names))
    db.session.add(row)
    audit.record("brand.opened", subject=("brand", row.id), after={"slug": slug})
    return row


def rename_brand(*, brand_id: UUID, names: Mapping[str, str]) -> Brand:
    """Change the names of a brand.

    Raises:
        ValidationError: The Chinese name is missing.
    """
    row = queries.get_brand(brand_id)
    _raise_if_errors(_name_errors(names))
    audit.record("brand.renamed", subject=("brand", row.id), before=dict(row.names), after=dict(names))
    row.names = dict(names)
    return row


def toggle_brand_closed(*, brand_id: UUID) -> Brand:
    """Close a brand, which hides it in forms while products keep it, or reopen it."""
    row = queries.get_brand(brand_id)
    row.closed_at = None if row.closed_at else clock.now()
    audit.record("brand.closed" if row.closed_at else "brand.reopened", subject=("brand", row.id))
    return row


def _validate_category(data: CategoryInput, *, existing: Category | None) -> None:
    if existing is None:
        _validate_new(data.slug, data.names, Category)
    else:
        _raise_if_errors(_name_errors(data.names))


def _validate_new(slug: str, names: Mapping[str, str], table: type[Category] | type[Brand]) -> None:
    errors = _name_errors(names)
    if not SLUG_RE.match(slug):
        errors["slug"] = _("Small letters, digits and hyphens only.")
    elif db.session.scalar(select(exists().where(table.slug == slug))):
        errors["slug"] = _("This word is taken.")
    _raise_if_errors(errors)


def _name_errors(names: Mapping[str, str]) -> dict[str, str]:
    return {} if names.get(DEFAULT_LANGUAGE, "").strip() else {"names": _("Give it a Chinese name.")}


def _raise_if_errors(errors: Mapping[str, str]) -> None:
    if errors:
        raise ValidationError(errors)


def _validate_attribute(data: AttributeInput) -> None:
    errors: dict[str, str] = {}
    if not CODE_RE.match(data.code):
        errors["code"] = _("Small letters, digits and underscores only, beginning with a letter.")
    if data.code in RESERVED_CODES:
        errors["code"] = _("This word is taken.")
    if not data.names.get(DEFAULT_LANGUAGE, "").strip():
        errors["names"] = _("Give it a Chinese name.")
    if data.kind in WITH_OPTIONS and not data.options:
        errors["options"] = _("Give at least one value to choose from.")
    values = [option["value"] for option in data.options]
    if len(set(values)) < len(values):
        errors["options"] = _("A value stands in the list twice.")
    if data.min_value is not None and data.max_value is not None and data.min_value > data.max_value:
        errors["max_value"] = _("The greatest value is below the least.")
    if errors:
        raise ValidationError(errors)


def _apply_attribute(row: Attribute, data: AttributeInput) -> None:
    row.code, row.kind, row.unit = data.code, data.kind, data.unit
    row.names = dict(data.names)
    row.options = [dict(option) for option in data.options] if data.kind in WITH_OPTIONS else []
    row.min_value, row.max_value = data.min_value, data.max_value
    row.required, row.facet, row.match_role, row.position = data.required, data.facet, data.match_role, data.position


def _record_and_publish(action: str, category_id: UUID, **changes: Any) -> None:
    audit.record(action, subject=("category", category_id), **changes)
    publish(CategoryChanged(category_id=category_id))
