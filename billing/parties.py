"""The merchants' names, for pages that show many of them at once."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

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


def slugs() -> list[tuple[str, str]]:
    """(slug, name) of merchants to choose from, by slug; the first five hundred."""
    rows = db.session.execute(select(Merchant.slug, Merchant.name).order_by(Merchant.slug).limit(500))
    return [(row.slug, pick(row.name)) for row in rows]


def slugs_of(ids: Collection[UUID]) -> dict[UUID, str]:
    """The addresses of these merchants."""
    if not ids:
        return {}
    rows = db.session.execute(select(Merchant.id, Merchant.slug).where(Merchant.id.in_(set(ids))))
    return {row.id: row.slug for row in rows}
