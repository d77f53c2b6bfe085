"""A cache of rendered product cards; a card is rendered again only if its product or merchant has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import get_template_attribute, request
from markupsafe import Markup

from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue.queries import ProductCard
from marketplace.kernel.cache import VersionedCache
from marketplace.kernel.localized_text import current_language
from marketplace.storefront.presenters import product_card

MAX_BYTES = 9 * 2**19  # a card takes about 1,500 bytes
_cache: VersionedCache[bytes] = VersionedCache(MAX_BYTES, len)  # UTF-8 takes half the memory of a str with Chinese text


def render_cards(product_ids: Sequence[str], *, level: int = 3, compare: bool = False) -> dict[str, Markup]:
    """Return the cards of products by id, in the given order, without those that cannot be bought any more.

    One statement if all cards are cached, two if some must be rendered.
    """
    render_key = (current_language(), request.host, level, compare)
    versions = catalogue_queries.get_card_versions(product_ids)
    html_by_id = {product_id: _cache.get((product_id, render_key), version) for product_id, version in versions.items()}
    missing = [product_id for product_id, card in html_by_id.items() if card is None]
    for card in catalogue_queries.get_cards([UUID(product_id) for product_id in missing]):
        product_id = str(card.id)
        html_by_id[product_id] = _cache.set(
            (product_id, render_key), render_card(card, level=level, compare=compare).encode(), versions[product_id]
        )
    return {key: Markup(card.decode()) for key, card in html_by_id.items() if card is not None}  # noqa: S704 - escaped before


def render_card(card: ProductCard, *, level: int = 3, compare: bool = False) -> Markup:
    """Render one card."""
    macro: Any = get_template_attribute("macros/shop.html", "product_card")
    return Markup(macro(product_card(card), level=level, compare=compare))  # noqa: S704 - the macro escapes its arguments
