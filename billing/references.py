"""What opaque references are about. Billing never learns of orders; whoever owns a kind of reference says how it reads.

    @references.describes("order")
    def orders(references: Sequence[str], door: str) -> Mapping[str, Described]: …

The describer is asked once for a whole page, with the door ("desk", "console") whose addresses it should answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Described:
    """A reference as people read it, and where it stands."""

    text: str
    url: str | None = None

    def __html__(self) -> Markup:
        """As a link, or as its words. Markup, not text: what is put into other markup would be escaped a second time."""
        if self.url is None:
            return Markup.escape(self.text)
        return Markup('<a class="link" href="{}">{}</a>').format(self.url, self.text)


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch that goods stand in: its path (`fabric/cotton`) and the names from the top down to it."""

    path: str
    names: tuple[str, ...]

    @property
    def words(self) -> str:
        """All the names: `Fabric / Cotton`."""
        return " / ".join(self.names)

    @property
    def line(self) -> str:
        """Its own name, moved in as far as it stands below the top: a line of a tree to choose from."""
        return "\u3000" * (len(self.names) - 1) + self.names[-1]


Describer = Callable[[Sequence[str], str], Mapping[str, Described]]
Finder = Callable[[str], Sequence[str]]
_describers: dict[str, Describer] = {}
_finders: list[Finder] = []
_reasons: dict[str, Any] = {"late": _l("paid too late")}
_branches: list[Callable[[], Sequence[Branch]]] = []


def describes(kind: str) -> Callable[[Describer], Describer]:
    """Let this function describe references that begin with `kind:`."""

    def register(describer: Describer) -> Describer:
        _describers[kind] = describer
        return describer

    return register


def describe(references: Iterable[str], *, door: str) -> dict[str, Described]:
    """Every reference with its words; one question for each kind. An unknown one reads as the end of its own name."""
    wanted = {reference for reference in references if reference}
    said: dict[str, Described] = {}
    for kind in {reference.partition(":")[0] for reference in wanted}:
        mine = sorted(reference for reference in wanted if reference.partition(":")[0] == kind)
        if kind in _describers:
            said |= _describers[kind](mine, door)
    return {reference: said.get(reference) or Described(reference.rpartition(":")[2][-12:]) for reference in wanted}


def finds(finder: Finder) -> Finder:
    """Let this function say which references people mean by a number, or a piece of one, as it stands on papers."""
    _finders.append(finder)
    return finder


def found(text: str) -> list[str]:
    """The references that carry such a number."""
    return [reference for finder in _finders for reference in finder(text)]


def names_reasons(words: Mapping[str, Any]) -> None:
    """Say in words what reasons mean that payments and entries carry only as a code (`too_slow`)."""
    _reasons.update(words)


def reason(code: str) -> str:
    """A reason in words; what is no code of anybody was typed by a person and stays as it is."""
    return str(_reasons.get(code, code))


def offers_branches(offer: Callable[[], Sequence[Branch]]) -> Callable[[], Sequence[Branch]]:
    """Let this function list the branches that goods stand in, in the order of the tree, for setting rates."""
    _branches.append(offer)
    return offer


def branches() -> list[Branch]:
    """Every branch that somebody offers."""
    return [branch for offer in _branches for branch in offer()]
