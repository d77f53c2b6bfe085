"""R21: somebody else's ids in every field of every form, and in every word of every address that a page links to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

import pytest
from sqlalchemy import text

from marketplace.kernel.db import Base
from tests.attack.pages import Form, Pairs, Walk
from tests.attack.watch import Change, Watch
from tests.attack.world import World, table_named
from tests.cast import Person

ONE_WORLD = True
UUID_WORD = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
WORDS = ("id", "sku", "number", "code", "token")


@dataclass(frozen=True)
class Side:
    """A visitor, where the walk begins, and what makes a row the other side's."""

    name: str
    person: Person
    starts: tuple[str, ...]
    theirs: dict[str, str]

    def touched(self, change: Change) -> bool:
        """Whether this change is one of the other side's rows."""
        return any(str(change.row().get(column)) == owner for column, owner in self.theirs.items())


def sides(world: World) -> list[Side]:
    cast = world.cast
    rival = {"merchant_id": str(cast.rival_id)}
    other = {"buyer_id": str(cast.other_buyer.buyer_id), "account_id": str(cast.other_buyer.account_id)}
    return [
        Side("owner", cast.owner, (*world.stages("owner"), "/desk/acme/"), rival),
        Side("buyer", cast.buyer, (*world.stages("buyer"), *world.buyers_pages), other),
    ]


class Swaps:
    """For every word that names a row of ours: the word that names one of theirs in the same table."""

    def __init__(self, world: World, side: Side) -> None:
        self.pairs: dict[str, str] = {}
        self.of: dict[str, str] = {}
        for table in Base.metadata.sorted_tables:
            owner = next((column for column in side.theirs if column in table.columns), None)
            if owner is not None:
                for column in (name for name in WORDS if name in table.columns):
                    self._learn(world, table.name, column, owner, side.theirs[owner])

    def _learn(self, world: World, table: str, column: str, owner: str, theirs: str) -> None:
        query = f'select "{column}"::text, "{owner}"::text = :theirs from "{table}" where "{column}" is not null order by 1'
        with world.engine.connect() as connection:
            rows = connection.execute(text(query), {"theirs": theirs}).all()
        foreign = [word for word, is_theirs in rows if is_theirs]
        if foreign:
            self.of.setdefault(table, foreign[-1])
            self.pairs |= {word: foreign[-1] for word, is_theirs in rows if not is_theirs}

    def inside(self, word: str) -> str | None:
        """The word with every id of ours in it exchanged; None when there is none."""
        if word in self.pairs:
            return self.pairs[word]
        exchanged = UUID_WORD.sub(lambda found: self.pairs.get(found[0], found[0]), word)
        return exchanged if exchanged != word else None

    def for_field(self, name: str, value: str) -> str | None:
        """What to put into this field instead."""
        found = self.inside(value)
        if found is None and not value:
            table = table_named(name)
            return self.of.get(table.name) if table is not None else None
        return found


def attempts(form: Form, swaps: Swaps) -> Iterator[tuple[Form, Pairs]]:
    """The form with one foreign id at a time, with all of them at once, and sent to their address; ids in names of fields too."""
    pairs = offered(form)
    spots: dict[int, tuple[str, str]] = {}
    for spot, (name, value) in enumerate(pairs):
        other_name, other_value = swaps.inside(name), swaps.for_field(name, value)
        if other_name or other_value:
            spots[spot] = (other_name or name, other_value or value)
    everything = tuple(spots.get(spot, pair) for spot, pair in enumerate(pairs))
    for spot, foreign in spots.items():
        yield form, (*pairs[:spot], foreign, *pairs[spot + 1 :])
    if len(spots) > 1:
        yield form, everything
    action = "/".join(swaps.inside(part) or part for part in form.action.split("/"))
    if action != form.action:
        yield replace(form, action=action), pairs
        yield replace(form, action=action), everything


def offered(form: Form) -> Pairs:
    """The form filled in, with the boxes ticked that stand empty: lists of ids are boxes."""
    ticked = tuple((one.name, one.value) for one in form.controls if one.kind == "off" and UUID_WORD.search(one.value))
    return (*form.filled(), *ticked)


def attack(world: World, watched: Watch, side: Side) -> tuple[int, list[Any]]:
    """Send everything; how much was sent, and what went wrong."""
    browser, swaps, sent, wrong = side.person.browser(), Swaps(world, side), 0, []
    walk = Walk(world.app, browser, each=5).go(*side.starts)
    world.reached[f"foreign {side.name}"] = walk.targets()
    watched.forget()
    for form in walk.writing():
        for aimed, pairs in attempts(form, swaps):
            answer = aimed.send(browser, pairs)
            changed = [change for change in watched.changes() if side.touched(change)]
            if changed or answer.status_code >= 500:
                wrong.append((aimed.action, pairs, answer.status_code, changed))
            sent += 1
            watched.undo()
    return sent, wrong


def test_their_ids_in_our_forms_change_nothing_of_theirs(world: World, watched: Watch) -> None:
    sent = 0
    for side in sides(world):
        tried, wrong = attack(world, watched, side)
        assert wrong == [], side.name
        sent += tried
    assert sent >= 5, "no form with an id was found"


def test_their_ids_in_the_words_of_an_address_open_nothing(world: World, watched: Watch) -> None:
    """Query words of every link: never a 5xx, and reading writes nothing."""
    for side in sides(world):
        browser, swaps = side.person.browser(), Swaps(world, side)
        watched.forget()
        for path in [path for path in Walk(world.app, browser).go(*side.starts).seen if "?" in path]:
            bare, pairs = path.split("?")[0], parse_qsl(urlsplit(path).query, keep_blank_values=True)
            exchanged = [(name, swaps.for_field(name, value) or value) for name, value in pairs]
            if exchanged != pairs:
                assert browser.get(f"{bare}?{urlencode(exchanged)}").status_code < 500, exchanged
        assert watched.changes() == []


def test_a_view_that_takes_any_id_is_found(world: World, watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: an address book that changes whatever row it is told turns the attack red."""

    def careless(address_id: UUID) -> str:
        with world.engine.begin() as connection:
            connection.execute(text("update addresses set street = 'x' where id = :id"), {"id": address_id})
        return "done"

    monkeypatch.setitem(world.app.view_functions, "account.addresses.make_usual", careless)
    side = next(side for side in sides(world) if side.name == "buyer")
    _, wrong = attack(world, watched, side)
    assert {change.table for *_, changed in wrong for change in changed} == {"addresses"}
