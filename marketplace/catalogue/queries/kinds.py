"""Categories, their schemas, brands."""

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
    """A category as a line of the tree."""

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
        """0 at the top."""
        return len(self.path) - 1


def tree(*, closed: bool = False) -> list[CategoryRow]:
    """All categories in the order of the tree, parents before their children: one statement."""
    wanted = select(
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
        wanted = wanted.where(Category.closed_at.is_(None))
    below: dict[UUID | None, list[CategoryRow]] = defaultdict(list)
    for row in db.session.execute(wanted.order_by(Category.position, Category.slug)):
        line = CategoryRow(
            id=row.id,
            slug=row.slug,
            parent_id=row.parent_id,
            path=tuple(row.path),
            names=row.names,
            position=row.position,
            closed=row.closed_at is not None,
            picture=row.picture,
        )
        below[row.parent_id].append(line)
    return list(_walk(below, None))


def _walk(below: dict[UUID | None, list[CategoryRow]], parent: UUID | None) -> Iterable[CategoryRow]:
    for line in below.get(parent, ()):
        yield line
        yield from _walk(below, line.id)


def category(category_id: UUID, *, lock: bool = False) -> Category:
    """One category. Raises NotFound."""
    wanted = select(Category).where(Category.id == category_id)
    found = db.session.scalars(wanted.with_for_update() if lock else wanted).first()
    if found is None:
        raise NotFound
    return found


def category_by_slug(slug: str) -> Category | None:
    """The category of an address."""
    return db.session.scalars(select(Category).where(Category.slug == slug)).first()


def is_leaf(category_id: UUID) -> bool:
    """Whether no open category stands below."""
    below = exists().where(Category.parent_id == category_id, Category.closed_at.is_(None))
    return not db.session.scalar(select(below))


def below(slug: str) -> Select[UUID]:
    """The ids of a category and everything below it, as a statement for `in_`."""
    return select(Category.id).where(Category.path.op("@>", is_comparison=True)(func.jsonb_build_array(slug)))


def counts(*, on_sale: bool = False) -> dict[str, int]:
    """How many products stand in each category and below it, by the word in its address: on sale, or all but deleted ones."""
    slugs = func.jsonb_array_elements_text(Category.path).table_valued("value")
    wanted = (
        select(slugs.c.value, func.count())
        .select_from(Product)
        .join(Category, Category.id == Product.category_id)
        .join(slugs, true())
        .where(Product.state == ProductState.ON_SALE if on_sale else Product.state != ProductState.DELETED)
        .group_by(slugs.c.value)
    )
    return dict(db.session.execute(wanted).all())


def attributes_of(category_id: UUID, *, closed: bool = False) -> Sequence[Attribute]:
    """The questions that a category itself adds; or those that it asks no longer."""
    over = Attribute.closed_at.is_not(None) if closed else Attribute.closed_at.is_(None)
    wanted = select(Attribute).where(Attribute.category_id == category_id, over)
    return db.session.scalars(wanted.order_by(Attribute.position, Attribute.code)).all()


def attribute(attribute_id: UUID) -> Attribute:
    """One question. Raises NotFound."""
    found = db.session.scalars(select(Attribute).where(Attribute.id == attribute_id)).first()
    if found is None:
        raise NotFound
    return found


def schema_of(category_id: UUID) -> tuple[AttributeField, ...]:
    """All questions that a category asks, its ancestors' first: one statement."""
    return schemas_of([category_id]).get(category_id, ())


def schemas_of(category_ids: Iterable[UUID]) -> dict[UUID, tuple[AttributeField, ...]]:
    """The schemas of several categories in one statement."""
    leaf, holder = aliased(Category), aliased(Category)
    wanted = (
        select(leaf.id, Attribute)
        .join(holder, leaf.path.op("?", is_comparison=True)(holder.slug))
        .join(Attribute, Attribute.category_id == holder.id)
        .where(leaf.id.in_(list(category_ids)), Attribute.closed_at.is_(None))
        .order_by(func.jsonb_array_length(holder.path), Attribute.position, Attribute.code)
    )
    found: dict[UUID, dict[str, AttributeField]] = defaultdict(dict)
    for leaf_id, row in db.session.execute(wanted):
        found[leaf_id][row.code] = as_field(row)
    return {leaf_id: tuple(fields.values()) for leaf_id, fields in found.items()}


def as_field(row: Attribute) -> AttributeField:
    """An attribute as plain values for the rules."""
    return AttributeField(
        code=row.code,
        names=row.names,
        kind=row.kind,
        unit=row.unit,
        options=tuple(Option(option["value"], option["names"]) for option in row.options),
        least=row.least,
        greatest=row.greatest,
        required=row.required,
        facet=row.facet,
        match_role=row.match_role,
    )


def brands(*, closed: bool = False) -> Sequence[Brand]:
    """Brands by name; there are few of them, and forms show them all."""
    wanted = select(Brand).order_by(Brand.names["zh_Hans"].astext, Brand.slug).limit(2000)
    return db.session.scalars(wanted if closed else wanted.where(Brand.closed_at.is_(None))).all()


def brand_counts() -> dict[UUID, int]:
    """How many products bear each brand."""
    borne = select(Product.brand_id, func.count()).where(Product.brand_id.is_not(None)).group_by(Product.brand_id)
    return {brand_id: count for brand_id, count in db.session.execute(borne) if brand_id is not None}


def brand(brand_id: UUID) -> Brand:
    """One brand. Raises NotFound."""
    found = db.session.scalars(select(Brand).where(Brand.id == brand_id)).first()
    if found is None:
        raise NotFound
    return found
