"""The merchants' names, for pages that show many of them at once."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.kernel.db import db
from marketplace.kernel.texts import pick
from tenants.merchants.models import Merchant


def names_of(ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these merchants in the reader's language. One statement, none for nobody."""
    if not ids:
        return {}
    rows = db.session.execute(select(Merchant.id, Merchant.name).where(Merchant.id.in_(set(ids))))
    return {merchant_id: pick(name) for merchant_id, name in rows}


def find(text: str) -> tuple[UUID, str] | None:
    """A merchant by its address (slug): (id, name)."""
    row = db.session.execute(select(Merchant.id, Merchant.name).where(Merchant.slug == text)).first()
    return (row.id, pick(row.name)) if row else None


def fitting(text: str, *, most: int = 6) -> list[tuple[UUID, str, str]]:
    """Merchants that somebody may mean by `text`: (id, name, slug). Who is called exactly so, else whose name holds it.

    An address (slug) is nobody else's, so it is looked for first; at most `most` are told.
    """
    names = (Merchant.name["zh_Hans"].astext, Merchant.name["en"].astext)
    pattern = f"%{text.replace('%', '').replace('_', '')}%"
    ways = (
        Merchant.slug == text.lower(),
        or_(*(name == text for name in names)),
        or_(*(name.ilike(pattern) for name in names)),
    )
    wanted = select(Merchant.id, Merchant.name, Merchant.slug).order_by(Merchant.slug).limit(most)
    found = next((rows for way in ways if (rows := db.session.execute(wanted.where(way)).all())), [])
    return [(row.id, pick(row.name), row.slug) for row in found]


def slugs() -> list[tuple[str, str]]:
    """(slug, name) of merchants to choose from, by slug; the first five hundred."""
    rows = db.session.execute(select(Merchant.slug, Merchant.name).order_by(Merchant.slug).limit(500))
    return [(row.slug, pick(row.name)) for row in rows]


def names() -> list[tuple[str, str]]:
    """(name, slug) of merchants to choose from, by name in the reader's language; the first five hundred."""
    return sorted((name, slug) for slug, name in slugs())


def slugs_of(ids: Collection[UUID]) -> dict[UUID, str]:
    """The addresses of these merchants."""
    if not ids:
        return {}
    rows = db.session.execute(select(Merchant.id, Merchant.slug).where(Merchant.id.in_(set(ids))))
    return {row.id: row.slug for row in rows}
