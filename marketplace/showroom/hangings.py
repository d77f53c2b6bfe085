"""What the hall hangs into merchants' shops and onto their cards: goods, and pictures of goods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import g, render_template
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from marketplace.showroom import cards, queries, tiles
from tenants.storefronts import seams


def front(merchant_id: UUID) -> Markup | None:
    """What sells best and what is new, for the front of a shop; nothing when it sells nothing."""
    selling = queries.best_of(merchant_id)
    if not selling:
        return None
    known = {card.id for card in selling}
    best = [tiles.draw(card) for card in selling]
    new = [tiles.draw(card) for card in queries.newest_of(merchant_id) if card.id not in known]
    return Markup(render_template("shop/showroom/_front.html", selling=best, fresh=new, store=g.store_slug))  # noqa: S704


def count(merchant_id: UUID) -> int:
    """How many products a shop has on sale."""
    return queries.counts_by_merchant().get(merchant_id, 0)


def windows(merchant_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Any]]:
    """A few pictures of each merchant's goods."""
    found = queries.windows(tuple(sorted(merchant_ids)))
    return {merchant_id: cards.pictures_of(keys) for merchant_id, keys in found.items()}


seams.register_section(
    seams.Section(name="goods", label=_l("All goods"), endpoint="showroom.goods", order=10, front=front, count=count)
)
seams.register_windows(windows)
