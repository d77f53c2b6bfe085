"""Merchant names for pages that list many merchants, and the resolution of merchants typed into a form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, or_, select

from marketplace.kernel.db import db
from marketplace.kernel.localized_text import localize
from tenants.merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class MerchantChoice:
    """A merchant that can be selected in a form: its localized name, its names in all languages and its slug."""

    id: UUID
    name: str
    names: tuple[str, ...]
    slug: str
    label: str


MAX_LISTED = 6


def get_merchant_names(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of these merchants in the user's language. One query; none for an empty collection."""
    if not ids:
        return {}
    rows = db.session.execute(select(Merchant.id, Merchant.name).where(Merchant.id.in_(set(ids))))
    return {merchant_id: localize(name) for merchant_id, name in rows}


def search_merchant_ids(text: str) -> list[UUID]:
    """Return the ids of merchants whose name contains the text or whose slug equals it; at most two hundred."""
    return list(db.session.scalars(select(Merchant.id).where(_matches_text(text)).limit(200)))


def list_merchant_choices(*, include_ids: Collection[UUID] = ()) -> list[MerchantChoice]:
    """Return merchants to choose from, sorted by localized name: the first five hundred and those of `include_ids`.

    One query. A label is the name, followed by the slug where two merchants have the same name; `resolve_merchants` accepts
    labels.
    """
    first_ids = select(Merchant.id).order_by(Merchant.slug).limit(500).scalar_subquery()
    choices = _fetch_choices(_merchants_stmt().where(or_(Merchant.id.in_(first_ids), Merchant.id.in_(set(include_ids)))))
    return sorted(choices, key=lambda choice: (choice.name, choice.slug))


def resolve_merchants(texts: Collection[str]) -> dict[str, MerchantChoice | str]:
    """Map each typed text to its merchant, or to a message that tells why no merchant was found.

    A text is a slug or a label, else a whole name, else a part of a name. One query; none for empty texts.
    """
    queries = {query for query in texts if query}
    candidates = _fetch_choices(_merchants_stmt().where(or_(*(_matches_text(query) for query in queries)))) if queries else []
    return {query: _match_one(query, candidates) for query in queries}


def _merchants_stmt() -> Select[UUID, dict[str, str], str]:
    return select(Merchant.id, Merchant.name, Merchant.slug).order_by(Merchant.slug)


def _fetch_choices(stmt: Select[UUID, dict[str, str], str]) -> list[MerchantChoice]:
    rows = db.session.execute(stmt).all()
    name_counts = Counter(localize(row.name) for row in rows)
    return [_build_choice(row.id, row.name, row.slug, is_unique=name_counts[localize(row.name)] == 1) for row in rows]


def _build_choice(merchant_id: UUID, names: Mapping[str, str], slug: str, *, is_unique: bool) -> MerchantChoice:
    name = localize(names)
    return MerchantChoice(
        id=merchant_id, name=name, names=tuple(names.values()), slug=slug, label=name if is_unique else f"{name} ({slug})"
    )


def _matches_text(text: str) -> ColumnElement[bool]:
    names = (Merchant.name["zh_Hans"].astext, Merchant.name["en"].astext)
    return or_(Merchant.slug == _slug_from_label(text), *(name.icontains(text, autoescape=True) for name in names))


def _match_one(text: str, candidates: Sequence[MerchantChoice]) -> MerchantChoice | str:
    predicates: tuple[Callable[[MerchantChoice], bool], ...] = (
        lambda choice: choice.slug == _slug_from_label(text),
        lambda choice: text in choice.names,
        lambda choice: any(text.casefold() in name.casefold() for name in choice.names),
    )
    matches = next(
        (matching for predicate in predicates if (matching := [choice for choice in candidates if predicate(choice)])), []
    )
    if len(matches) == 1:
        return matches[0]
    if not matches:
        return str(_("No merchant is called “%(text)s”. Choose one of the list.", text=text))
    listed = _(", ").join(f"{choice.name} ({choice.slug})" for choice in matches[:MAX_LISTED])
    return str(_("Several merchants fit: %(several)s. Type the whole name, or what stands in brackets.", several=listed))


def _slug_from_label(text: str) -> str:
    """Return the slug in the brackets at the end of a label, else the text itself."""
    return (text[:-1].rpartition("(")[2] if text.endswith(")") else text).lower()
