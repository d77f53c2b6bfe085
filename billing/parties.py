"""The merchants' names, for pages that show many of them at once, and whom people mean who type one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, or_, select

from marketplace.kernel.db import db
from marketplace.kernel.texts import pick
from tenants.merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class Party:
    """A merchant as people choose one: its name in their language, its other names, its address (slug)."""

    id: UUID
    name: str
    names: tuple[str, ...]
    slug: str
    label: str


MOST_TOLD = 6


def names_of(ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these merchants in the reader's language. One statement, none for nobody."""
    if not ids:
        return {}
    rows = db.session.execute(select(Merchant.id, Merchant.name).where(Merchant.id.in_(set(ids))))
    return {merchant_id: pick(name) for merchant_id, name in rows}


def named(text: str) -> list[UUID]:
    """The merchants whose name or address holds the text; two hundred at most."""
    return list(db.session.scalars(select(Merchant.id).where(_holds(text)).limit(200)))


def parties(*, also: Collection[UUID] = ()) -> list[Party]:
    """Merchants to choose from, by name in the reader's language: the first five hundred, and `also`. One statement.

    A label is the name, with the address behind it where two are called alike; `meant` understands it.
    """
    first = select(Merchant.id).order_by(Merchant.slug).limit(500).scalar_subquery()
    found = _read(_everybody().where(or_(Merchant.id.in_(first), Merchant.id.in_(set(also)))))
    return sorted(found, key=lambda party: (party.name, party.slug))


def meant(texts: Collection[str]) -> dict[str, Party | str]:
    """Whom people mean by what they typed: each text's merchant, or a sentence that says why there is none.

    A text is an address (slug) or a label, else a whole name, else a part of one. One statement, none for nothing.
    """
    wanted = {text for text in texts if text}
    found = _read(_everybody().where(or_(*(_holds(text) for text in wanted)))) if wanted else []
    return {text: _one_of(text, found) for text in wanted}


def _everybody() -> Select[UUID, dict[str, str], str]:
    return select(Merchant.id, Merchant.name, Merchant.slug).order_by(Merchant.slug)


def _read(wanted: Select[UUID, dict[str, str], str]) -> list[Party]:
    rows = db.session.execute(wanted).all()
    known = Counter(pick(row.name) for row in rows)
    return [_party(row.id, row.name, row.slug, alone=known[pick(row.name)] == 1) for row in rows]


def _party(key: UUID, names: Mapping[str, str], slug: str, *, alone: bool) -> Party:
    name = pick(names)
    return Party(id=key, name=name, names=tuple(names.values()), slug=slug, label=name if alone else f"{name} ({slug})")


def _holds(text: str) -> ColumnElement[bool]:
    names = (Merchant.name["zh_Hans"].astext, Merchant.name["en"].astext)
    return or_(Merchant.slug == _address(text), *(name.icontains(text, autoescape=True) for name in names))


def _one_of(text: str, merchants: Sequence[Party]) -> Party | str:
    ways: tuple[Callable[[Party], bool], ...] = (
        lambda one: one.slug == _address(text),
        lambda one: text in one.names,
        lambda one: any(text.casefold() in name.casefold() for name in one.names),
    )
    found = next((fitting for way in ways if (fitting := [one for one in merchants if way(one)])), [])
    if len(found) == 1:
        return found[0]
    if not found:
        return str(_("No merchant is called “%(text)s”. Choose one of the list.", text=text))
    several = _(", ").join(f"{one.name} ({one.slug})" for one in found[:MOST_TOLD])
    return str(_("Several merchants fit: %(several)s. Type the whole name, or what stands in brackets.", several=several))


def _address(text: str) -> str:
    """What stands in brackets at the end of a label, else the text itself."""
    return (text[:-1].rpartition("(")[2] if text.endswith(")") else text).lower()
