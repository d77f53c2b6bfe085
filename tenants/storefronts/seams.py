"""Where features that stand above us hang things into a shop: parts of its front page, tabs, and pictures for cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import Markup


@dataclass(frozen=True, kw_only=True)
class Section:
    """One thing in a shop: a tab that leads to `endpoint` (of the store door, `.name.view`), and a part of the front page.

    `front` renders its part for a merchant and answers nothing when there is nothing to show; `count` is for the tab.
    """

    name: str
    label: Any
    endpoint: str = ""
    order: int = 50
    front: Callable[[UUID], Markup | None] | None = None
    count: Callable[[UUID], int] | None = None


_sections: dict[str, Section] = {}
Windows = Callable[[Sequence[UUID]], Mapping[UUID, Sequence[Any]]]
_windows: list[Windows] = []


def register_section(section: Section) -> None:
    """Hang a section into every shop."""
    _sections[section.name] = section


def sections() -> list[Section]:
    """All of them, in order."""
    return sorted(_sections.values(), key=lambda section: section.order)


def register_windows(source: Windows) -> None:
    """Say which goods (pictures as the macros take them) are shown on merchants' cards: merchant id → a few pictures."""
    _windows[:] = [source]


def windows(ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Any]]:
    """A few pictures of each merchant's goods."""
    return _windows[0](ids) if _windows and ids else {}
