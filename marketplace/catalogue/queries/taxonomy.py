"""Queries for categories, their attribute schemas, and brands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, exists, func, select, true
from sqlalchemy.orm import aliased

from marketplace.catalogue.models import Attribute, Brand, Category, Product, ProductState
from marketplace.catalogue.rules.attributes import AttributeField, Option
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow:
    """A category as a row of the tree."""

    id: UUID
    slug: str
    parent_id: UUID | None
    path: tuple[str, ...]
    names: dict[str, str]
    position: int
    closed: bool
    picture: str | None = None

    @property
    def depth(self) -> int:
        """Return 0 for a top-level category."""
        return len(self.path) - 1


def get_category_tree(*, closed: bool = False) -> list[CategoryRow]:
    """Return all categories in tree order, parents before their children, with one statement."""
    stmt = select(
        Category.id,
        Category.slug,
        Category.parent_id,
        Category.path,
        Category.names,
        Category.position,
        Category.closed_at,
        Category.picture,
    )
    if not closed:
        stmt = stmt.where(Category.closed_at.is_(None))
    children: dict[UUID | None, list[CategoryRow]] = defaultdict(list)
    for row in db.session.execute(stmt.order_by(Category.position, Category.slug)):
        category_row = CategoryRow(
            id=row.id,
            slug=row.slug,
            parent_id=row.parent_id,
            path=tuple(row.path),
            names=row.names,
            position=row.position,
            closed=row.closed_at is not None,
            picture=row.picture,
        )
        children[row.parent_id].append(category_row)
    return list(_walk_tree(children, None))


def _walk_tree(children: dict[UUID | None, list[CategoryRow]], parent: UUID | None) -> Iterable[CategoryRow]:
    for category_row in children.get(parent, ()):
        yield category_row
        yield from _walk_tree(children, category_row.id)


def get_category(category_id: UUID, *, lock: bool = False) -> Category:
    """Return a category.

    Raises:
        NotFound: It does not exist.
    """
    stmt = select(Category).where(Category.id == category_id)
    found_category = db.session.scalars(stmt.with_for_update() if lock else stmt).first()
    if found_category is None:
        raise NotFound
    return found_category


def get_category_by_slug(slug: str) -> Category | None:
    """Return the category with this slug, or None."""
    return db.session.scalars(select(Category).where(Category.slug == slug)).first()


def is_leaf_category(category_id: UUID) -> bool:
    """Return whether the category has no open subcategory."""
    has_children = exists().where(Category.parent_id == category_id, Category.closed_at.is_(None))
    return not db.session.scalar(select(has_children))


def subtree_ids_stmt(slug: str) -> Select[UUID]:
    """Return a statement for the ids of a category and all its subcategories, for use in `in_`."""
    return select(Category.id).where(Category.path.op("@>", is_comparison=True)(func.jsonb_build_array(slug)))


def count_products_by_category(*, on_sale: bool = False) -> dict[str, int]:
    """Return the number of products in each category and below it, by slug: on sale, or all but deleted ones."""
    slugs = func.jsonb_array_elements_text(Category.path).table_valued("value")
    stmt = (
        select(slugs.c.value, func.count())
        .select_from(Product)
        .join(Category, Category.id == Product.category_id)
        .join(slugs, true())
        .where(Product.state == ProductState.ON_SALE if on_sale else Product.state != ProductState.DELETED)
        .group_by(slugs.c.value)
    )
    return dict(db.session.execute(stmt).all())


def list_attributes(category_id: UUID, *, closed: bool = False) -> Sequence[Attribute]:
    """Return the attributes that a category itself adds, either the open or the closed ones."""
    state_filter = Attribute.closed_at.is_not(None) if closed else Attribute.closed_at.is_(None)
    stmt = select(Attribute).where(Attribute.category_id == category_id, state_filter)
    return db.session.scalars(stmt.order_by(Attribute.position, Attribute.code)).all()


def get_attribute(attribute_id: UUID) -> Attribute:
    """Return an attribute.

    Raises:
        NotFound: It does not exist.
    """
    found_attribute = db.session.scalars(select(Attribute).where(Attribute.id == attribute_id)).first()
    if found_attribute is None:
        raise NotFound
    return found_attribute


def get_schema(category_id: UUID) -> tuple[AttributeField, ...]:
    """Return all attributes of a category, its ancestors' first, with one statement."""
    return get_schemas([category_id]).get(category_id, ())


def get_schemas(category_ids: Iterable[UUID]) -> dict[UUID, tuple[AttributeField, ...]]:
    """Return the schemas of several categories with one statement."""
    leaf, ancestor = aliased(Category), aliased(Category)
    stmt = (
        select(leaf.id, Attribute)
        .join(ancestor, leaf.path.op("?", is_comparison=True)(ancestor.slug))
        .join(Attribute, Attribute.category_id == ancestor.id)
        .where(leaf.id.in_(list(category_ids)), Attribute.closed_at.is_(None))
        .order_by(func.jsonb_array_length(ancestor.path), Attribute.position, Attribute.code)
    )
    fields_by_category: dict[UUID, dict[str, AttributeField]] = defaultdict(dict)
    for leaf_id, row in db.session.execute(stmt):
        fields_by_category[leaf_id][row.code] = to_attribute_field(row)
    return {leaf_id: tuple(fields.values()) for leaf_id, fields in fields_by_category.items()}


def to_attribute_field(row: Attribute) -> AttributeField:
    """Convert an attribute to plain values for the rules."""
    return AttributeField(
        code=row.code,
        names=row.names,
        kind=row.kind,
        unit=row.unit,
        options=tuple(Option(option["value"], option["names"]) for option in row.options),
        min_value=row.min_value,
        max_value=row.max_value,
        required=row.required,
        facet=row.facet,
        match_role=row.match_role,
    )


def list_brands(*, closed: bool = False) -> Sequence[Brand]:
    """Return the brands by name; there are few, so forms show them all."""
    stmt = select(Brand).order_by(Brand.names["zh_Hans"].astext, Brand.slug).limit(2000)
    return db.session.scalars(stmt if closed else stmt.where(Brand.closed_at.is_(None))).all()


def count_products_by_brand() -> dict[UUID, int]:
    """Return the number of products of each brand."""
    counts_stmt = select(Product.brand_id, func.count()).where(Product.brand_id.is_not(None)).group_by(Product.brand_id)
    return {brand_id: count for brand_id, count in db.session.execute(counts_stmt) if brand_id is not None}


def get_brand(brand_id: UUID) -> Brand:
    """Return a brand.

    Raises:
        NotFound: It does not exist.
    """
    found_brand = db.session.scalars(select(Brand).where(Brand.id == brand_id)).first()
    if found_brand is None:
        raise NotFound
    return found_brand
