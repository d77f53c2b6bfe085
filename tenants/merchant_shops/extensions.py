"""Extension points of a shop for features of higher layers: front page sections, tabs, and product previews for cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import Markup


@dataclass(frozen=True, kw_only=True)
class MerchantShopSection:
    """A section of a shop: a tab that links to `endpoint`, and a part of the front page.

    `endpoint` belongs to the store site (`.name.view`). `render_front` renders the part for a merchant and returns None when
    there is nothing to show; `count` is shown at the tab.
    """

    name: str
    label: Any
    endpoint: str = ""
    order: int = 50
    render_front: Callable[[UUID], Markup | None] | None = None
    count: Callable[[UUID], int] | None = None


_sections: dict[str, MerchantShopSection] = {}
ProductPreviewSource = Callable[[Sequence[UUID]], Mapping[UUID, Sequence[Any]]]
_preview_sources: list[ProductPreviewSource] = []


def register_section(section: MerchantShopSection) -> None:
    """Add a section to every shop."""
    _sections[section.name] = section


def sections() -> list[MerchantShopSection]:
    """Return all sections, in order."""
    return sorted(_sections.values(), key=lambda section: section.order)


def register_product_previews(source: ProductPreviewSource) -> None:
    """Set the source of product previews on merchant cards: merchant id → a few pictures as the macros take them."""
    _preview_sources[:] = [source]


def product_previews(ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Any]]:
    """Return a few product pictures of each merchant."""
    return _preview_sources[0](ids) if _preview_sources and ids else {}
