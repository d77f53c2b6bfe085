"""Demo taxonomy: the category tree, the attributes of each category, the merchants' brands."""

from __future__ import annotations

from decimal import Decimal

from demo.attributes import ATTRIBUTES
from demo.attributes import Attribute as DemoAttribute
from demo.categories import CATEGORIES, category_path, leaf_categories
from demo.categories import Category as DemoCategory
from demo.localized_string import LocalizedString
from demo.merchants import TRADING
from demo.seeding import SeedContext
from marketplace.catalogue.models import Attribute, AttributeType, Brand, Category, MatchRole
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from tenants.isolation import AccessPurpose, with_purpose

CREATED_DAYS_AGO = 720
SKIPPED_ATTRIBUTES = frozenset({"in-stock"})  # derived from the stock levels


def seed_taxonomy(context: SeedContext) -> None:
    """Insert rows directly: no events are needed, because the indexes are built at the end."""
    with context.days_ago(days=CREATED_DAYS_AGO), with_purpose(AccessPurpose.SEEDING):
        category_ids = {category.slug: uuid7() for category in CATEGORIES}
        for position, category in enumerate(CATEGORIES):
            db.session.add(
                Category(
                    id=category_ids[category.slug],
                    slug=category.slug,
                    parent_id=category_ids[category.parent] if category.parent else None,
                    path=list(category_path(category.slug)),
                    names=localized(category.name),
                    summary=_summary(category),
                    picture=context.pictures[f"category/{category.slug}"].key,
                    position=position,
                )
            )
            db.session.flush()
        for category in CATEGORIES:
            for position, attribute in enumerate(_attributes_at(category)):
                db.session.add(_attribute_row(attribute, position, category_id=category_ids[category.slug]))
        db.session.add_all(
            Brand(id=uuid7(), slug=merchant.slug, names=localized(merchant.brand)) for merchant in TRADING if merchant.brand
        )
        db.session.flush()


def localized(text: LocalizedString) -> dict[str, str]:
    """Return a text as rows store it."""
    return {"zh_Hans": text.zh, "en": text.en}


def attribute_code(code: str) -> str:
    """Return an attribute's code as schemas spell it."""
    return code.replace("-", "_")


def _attributes_at(category: DemoCategory) -> list[DemoAttribute]:
    """Return the attributes that begin at this category: common to all leaves below it, but not to all leaves of its parent."""
    parent_codes = _common_attribute_codes(category.parent) if category.parent else ()
    return [ATTRIBUTES[code] for code in _common_attribute_codes(category.slug) if code not in parent_codes]


def _common_attribute_codes(slug: str) -> tuple[str, ...]:
    first, *other_leaves = (leaf.attribute_codes for leaf in leaf_categories(slug))
    return tuple(code for code in first if code not in SKIPPED_ATTRIBUTES and all(code in codes for codes in other_leaves))


def _attribute_row(attribute: DemoAttribute, position: int, *, category_id: object) -> Attribute:
    return Attribute(
        id=uuid7(),
        category_id=category_id,
        code=attribute_code(attribute.code),
        names=localized(attribute.name),
        kind=AttributeType(attribute.type),
        unit=attribute.unit,
        options=[{"value": choice.code, "names": localized(choice.name)} for choice in attribute.choices],
        min_value=Decimal(attribute.low) if attribute.low is not None else None,
        max_value=Decimal(attribute.high) if attribute.high is not None else None,
        required=attribute.required,
        facet=attribute.facet,
        match_role=MatchRole(attribute.match),
        position=position,
    )


def _summary(category: DemoCategory) -> dict[str, str]:
    """Return the names of the subcategories; nothing for a leaf."""
    child_names = [other.name for other in CATEGORIES if other.parent == category.slug]
    return (
        {"zh_Hans": "、".join(name.zh for name in child_names), "en": ", ".join(name.en for name in child_names)}
        if child_names
        else {}
    )
