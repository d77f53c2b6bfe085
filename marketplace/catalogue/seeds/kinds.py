"""The kinds of goods of the demo market: its category tree, what every shelf asks of its goods, the merchants' brands."""

from __future__ import annotations

from decimal import Decimal

from marketplace.catalogue.models import Attribute, AttributeKind, Brand, Category, MatchRole
from marketplace.demo.attributes import ATTRIBUTES
from marketplace.demo.attributes import Attribute as Asked
from marketplace.demo.categories import CATEGORIES, leaves, path
from marketplace.demo.categories import Category as Shelf
from marketplace.demo.merchants import TRADING
from marketplace.demo.texts import Said
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from marketplace.kernel.seeding import Plan
from tenants.scope import Purpose, working_on

OPENED = 720  # days ago
SKIPPED = frozenset({"in-stock"})  # the market knows better itself


def plant_kinds(plan: Plan) -> None:
    """Rows, not services: nobody has to be told, the indexes are built when everything stands."""
    with plan.ago(days=OPENED), working_on(Purpose.SEEDING):
        ids = {shelf.slug: uuid7() for shelf in CATEGORIES}
        for place, shelf in enumerate(CATEGORIES):
            db.session.add(
                Category(
                    id=ids[shelf.slug],
                    slug=shelf.slug,
                    parent_id=ids[shelf.parent] if shelf.parent else None,
                    path=list(path(shelf.slug)),
                    names=both(shelf.name),
                    summary=_summary(shelf),
                    picture=plan.pictures[f"category/{shelf.slug}"].key,
                    position=place,
                )
            )
            db.session.flush()
        for shelf in CATEGORIES:
            for place, asked in enumerate(_asked_at(shelf)):
                db.session.add(_question(asked, place, category_id=ids[shelf.slug]))
        db.session.add_all(
            Brand(id=uuid7(), slug=merchant.slug, names=both(merchant.brand)) for merchant in TRADING if merchant.brand
        )
        db.session.flush()


def both(said: Said) -> dict[str, str]:
    """The words as rows keep them."""
    return {"zh_Hans": said.zh, "en": said.en}


def code_of(code: str) -> str:
    """An attribute's code as schemas spell it."""
    return code.replace("-", "_")


def _asked_at(shelf: Shelf) -> list[Asked]:
    """What is asked from this shelf on: what all leaves below ask and not all leaves of the shelf above."""
    above = _common(shelf.parent) if shelf.parent else ()
    return [ATTRIBUTES[code] for code in _common(shelf.slug) if code not in above]


def _common(slug: str) -> tuple[str, ...]:
    first, *others = (leaf.attribute_codes for leaf in leaves(slug))
    return tuple(code for code in first if code not in SKIPPED and all(code in codes for codes in others))


def _question(asked: Asked, place: int, *, category_id: object) -> Attribute:
    return Attribute(
        id=uuid7(),
        category_id=category_id,
        code=code_of(asked.code),
        names=both(asked.name),
        kind=AttributeKind(asked.type),
        unit=asked.unit,
        options=[{"value": choice.code, "names": both(choice.name)} for choice in asked.choices],
        least=Decimal(asked.low) if asked.low is not None else None,
        greatest=Decimal(asked.high) if asked.high is not None else None,
        required=asked.required,
        facet=asked.facet,
        match_role=MatchRole(asked.match),
        position=place,
    )


def _summary(shelf: Shelf) -> dict[str, str]:
    """What lies below, by name; nothing on a leaf."""
    below = [other.name for other in CATEGORIES if other.parent == shelf.slug]
    return {"zh_Hans": "、".join(one.zh for one in below), "en": ", ".join(one.en for one in below)} if below else {}
