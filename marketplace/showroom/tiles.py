"""Product cards as HTML, kept ready: one is drawn again only when its product or its merchant has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import get_template_attribute, request
from markupsafe import Markup

from marketplace.catalogue import queries as goods
from marketplace.catalogue.queries import Card
from marketplace.kernel.memo import Ready
from marketplace.kernel.texts import language
from marketplace.showroom.cards import product_card

KEPT = 9 * 2**19  # bytes, of which a card takes about fifteen hundred
_ready: Ready[bytes] = Ready(KEPT, len)  # UTF-8 takes half the room that text with Chinese in it takes


def drawn(product_ids: Sequence[str], *, level: int = 3, compare: bool = False) -> dict[str, Markup]:
    """The cards of these products by id, in this order, without those that cannot be bought any more.

    One statement when all of them are ready, two when some have to be drawn.
    """
    shape = (language(), request.host, level, compare)
    marks = goods.marks_of(product_ids)
    ready = {product_id: _ready.get((product_id, shape), mark) for product_id, mark in marks.items()}
    missing = [product_id for product_id, card in ready.items() if card is None]
    for card in goods.cards_of([UUID(product_id) for product_id in missing]):
        product_id = str(card.id)
        ready[product_id] = _ready.keep(
            (product_id, shape), draw(card, level=level, compare=compare).encode(), marks[product_id]
        )
    return {key: Markup(card.decode()) for key, card in ready.items() if card is not None}  # noqa: S704 - as it was drawn


def draw(card: Card, *, level: int = 3, compare: bool = False) -> Markup:
    """One card as HTML."""
    macro: Any = get_template_attribute("macros/shop.html", "product_card")
    return Markup(macro(product_card(card), level=level, compare=compare))  # noqa: S704 - a macro escapes what it is given
