"""Registry for opaque references. Billing does not know orders: the package that owns a kind of reference describes it.

    @reference_registry.register_describer("order")
    def describe_orders(references: Sequence[str], site: str) -> Mapping[str, ReferenceInfo]: …

A describer is called once for a whole page, with the site ("desk", "console") that its URLs must lead to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class ReferenceInfo:
    """The text of a reference and the URL of its page."""

    text: str
    url: str | None = None

    def __html__(self) -> Markup:
        """Return the link, or the text if there is no URL.

        The result is `Markup` and not `str`: otherwise it would be escaped a second time when it is put into other markup.
        """
        if self.url is None:
            return Markup.escape(self.text)
        return Markup('<a class="link" href="{}">{}</a>').format(self.url, self.text)


@dataclass(frozen=True, slots=True)
class CategoryPath:
    """A category: its path (`fabric/cotton`) and the names from the root down to it."""

    path: str
    names: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """Return all names: `Fabric / Cotton`."""
        return " / ".join(self.names)

    @property
    def indented_name(self) -> str:
        """Return the category's own name, indented by its depth: an option of a select that shows a tree."""
        return "\u3000" * (len(self.names) - 1) + self.names[-1]


ReferenceDescriber = Callable[[Sequence[str], str], Mapping[str, ReferenceInfo]]
ReferenceFinder = Callable[[str], Sequence[str]]
_describers: dict[str, ReferenceDescriber] = {}
_finders: list[ReferenceFinder] = []
_reason_labels: dict[str, Any] = {"late": _l("paid too late")}
_category_providers: list[Callable[[], Sequence[CategoryPath]]] = []


def register_describer(kind: str) -> Callable[[ReferenceDescriber], ReferenceDescriber]:
    """Register the decorated function as the describer of references that begin with `kind:`."""

    def register(describer: ReferenceDescriber) -> ReferenceDescriber:
        _describers[kind] = describer
        return describer

    return register


def describe_references(references: Iterable[str], *, site: str) -> dict[str, ReferenceInfo]:
    """Return the description of every reference, calling one describer per kind.

    An unknown reference is shown as the end of its id.
    """
    unique_references = {reference for reference in references if reference}
    described: dict[str, ReferenceInfo] = {}
    for kind in {reference.partition(":")[0] for reference in unique_references}:
        of_kind = sorted(reference for reference in unique_references if reference.partition(":")[0] == kind)
        if kind in _describers:
            described |= _describers[kind](of_kind, site)
    return {
        reference: described.get(reference) or ReferenceInfo(reference.rpartition(":")[2][-12:])
        for reference in unique_references
    }


def register_finder(finder: ReferenceFinder) -> ReferenceFinder:
    """Register a function that finds references by a number, or a part of one, as printed on documents."""
    _finders.append(finder)
    return finder


def find_references(text: str) -> list[str]:
    """Return the references that carry this number."""
    return [reference for finder in _finders for reference in finder(text)]


def register_reason_labels(labels: Mapping[str, Any]) -> None:
    """Register texts for the reason codes (`too_slow`) that payments and entries store."""
    _reason_labels.update(labels)


def reason_label(code: str) -> str:
    """Return the text of a reason code. A reason without a code was typed by a user and is returned unchanged."""
    return str(_reason_labels.get(code, code))


def register_category_provider(provider: Callable[[], Sequence[CategoryPath]]) -> Callable[[], Sequence[CategoryPath]]:
    """Register a function that lists the categories for which rates can be set, in the order of the tree."""
    _category_providers.append(provider)
    return provider


def list_category_paths() -> list[CategoryPath]:
    """Return the categories of all providers."""
    return [category for provider in _category_providers for category in provider()]
