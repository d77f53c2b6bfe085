"""Foreign ids in every field of every form and in every query parameter of every linked URL."""

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
from tests.actors import Person
from tests.security.change_recorder import Change, ChangeRecorder
from tests.security.crawler import Crawler, Form, FormPairs
from tests.security.target import AttackTarget, find_table

SHARED_DATABASE = True
UUID_PATTERN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
KEY_COLUMNS = ("id", "sku", "number", "code", "token")


@dataclass(frozen=True)
class Side:
    """Attacker with start pages, and the owner columns that identify foreign rows."""

    name: str
    person: Person
    start_pages: tuple[str, ...]
    foreign_owners: dict[str, str]

    def owns_change(self, change: Change) -> bool:
        """Return whether the change concerns a foreign row."""
        return any(str(change.row().get(column)) == owner for column, owner in self.foreign_owners.items())


def list_sides(attack_target: AttackTarget) -> list[Side]:
    actors = attack_target.actors
    rival_owner = {"merchant_id": str(actors.rival_id)}
    other_owner = {"buyer_id": str(actors.other_buyer.buyer_id), "account_id": str(actors.other_buyer.account_id)}
    return [
        Side("owner", actors.owner, (*attack_target.state_pages("owner"), "/desk/acme/"), rival_owner),
        Side("buyer", actors.buyer, (*attack_target.state_pages("buyer"), *attack_target.buyer_pages), other_owner),
    ]


class ForeignIds:
    """Mapping of every key of an own row to a key of a foreign row in the same table."""

    def __init__(self, attack_target: AttackTarget, side: Side) -> None:
        self.foreign_by_own: dict[str, str] = {}
        self.foreign_by_table: dict[str, str] = {}
        for table in Base.metadata.sorted_tables:
            owner = next((column for column in side.foreign_owners if column in table.columns), None)
            if owner is not None:
                for column in (name for name in KEY_COLUMNS if name in table.columns):
                    self._collect(attack_target, table.name, column, owner, side.foreign_owners[owner])

    def _collect(self, attack_target: AttackTarget, table: str, column: str, owner: str, foreign_owner: str) -> None:
        query = f'select "{column}"::text, "{owner}"::text = :theirs from "{table}" where "{column}" is not null order by 1'
        with attack_target.engine.connect() as connection:
            rows = connection.execute(text(query), {"theirs": foreign_owner}).all()
        foreign_values = [value for value, is_foreign in rows if is_foreign]
        if foreign_values:
            self.foreign_by_table.setdefault(table, foreign_values[-1])
            self.foreign_by_own |= {value: foreign_values[-1] for value, is_foreign in rows if not is_foreign}

    def swap(self, text: str) -> str | None:
        """Replace the own keys in a text by foreign ones; return None if it contains none."""
        if text in self.foreign_by_own:
            return self.foreign_by_own[text]
        swapped = UUID_PATTERN.sub(lambda match: self.foreign_by_own.get(match[0], match[0]), text)
        return swapped if swapped != text else None

    def swap_field(self, name: str, value: str) -> str | None:
        """Return the foreign value for a field, or None."""
        swapped = self.swap(value)
        if swapped is None and not value:
            table = find_table(name)
            return self.foreign_by_table.get(table.name) if table is not None else None
        return swapped


def forged_forms(form: Form, foreign_ids: ForeignIds) -> Iterator[tuple[Form, FormPairs]]:
    """Yield the form with one foreign id at a time, with all of them, and with a foreign action; also in field names."""
    pairs = checked_pairs(form)
    replacements: dict[int, tuple[str, str]] = {}
    for index, (name, value) in enumerate(pairs):
        swapped_name, swapped_value = foreign_ids.swap(name), foreign_ids.swap_field(name, value)
        if swapped_name or swapped_value:
            replacements[index] = (swapped_name or name, swapped_value or value)
    all_replaced = tuple(replacements.get(index, pair) for index, pair in enumerate(pairs))
    for index, replacement in replacements.items():
        yield form, (*pairs[:index], replacement, *pairs[index + 1 :])
    if len(replacements) > 1:
        yield form, all_replaced
    action = "/".join(foreign_ids.swap(part) or part for part in form.action.split("/"))
    if action != form.action:
        yield replace(form, action=action), pairs
        yield replace(form, action=action), all_replaced


def checked_pairs(form: Form) -> FormPairs:
    """Return the fields of the form with all id checkboxes checked."""
    checked = tuple(
        (control.name, control.value)
        for control in form.controls
        if control.input_type == "off" and UUID_PATTERN.search(control.value)
    )
    return (*form.default_pairs(), *checked)


def submit_forged_forms(attack_target: AttackTarget, recorder: ChangeRecorder, side: Side) -> tuple[int, list[Any]]:
    """Submit all forged forms; return their number and the failures."""
    client, foreign_ids, sent_count, failures = side.person.client(), ForeignIds(attack_target, side), 0, []
    crawler = Crawler(attack_target.app, client, max_per_route=5).crawl(*side.start_pages)
    attack_target.attacked_endpoints[f"foreign {side.name}"] = crawler.form_endpoints()
    recorder.clear()
    for form in crawler.unsafe_forms():
        for forged, pairs in forged_forms(form, foreign_ids):
            response = forged.send(client, pairs)
            changed = [change for change in recorder.changes() if side.owns_change(change)]
            if changed or response.status_code >= 500:
                failures.append((forged.action, pairs, response.status_code, changed))
            sent_count += 1
            recorder.undo()
    return sent_count, failures


def test_foreign_ids_in_forms_change_no_foreign_rows(attack_target: AttackTarget, recorder: ChangeRecorder) -> None:
    sent_count = 0
    for side in list_sides(attack_target):
        side_count, failures = submit_forged_forms(attack_target, recorder, side)
        assert failures == [], side.name
        sent_count += side_count
    assert sent_count >= 5, "no form with an id was found"


def test_foreign_ids_in_query_strings_write_nothing(attack_target: AttackTarget, recorder: ChangeRecorder) -> None:
    """Use foreign ids in the query parameters of every link: no server error, and nothing is written."""
    for side in list_sides(attack_target):
        client, foreign_ids = side.person.client(), ForeignIds(attack_target, side)
        recorder.clear()
        for path in [path for path in Crawler(attack_target.app, client).crawl(*side.start_pages).responses if "?" in path]:
            base_path, pairs = path.split("?")[0], parse_qsl(urlsplit(path).query, keep_blank_values=True)
            swapped = [(name, foreign_ids.swap_field(name, value) or value) for name, value in pairs]
            if swapped != pairs:
                assert client.get(f"{base_path}?{urlencode(swapped)}").status_code < 500, swapped
        assert recorder.changes() == []


def test_control_view_accepting_any_id_is_detected(
    attack_target: AttackTarget, recorder: ChangeRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: a view that updates any given address is detected."""

    def unsafe_view(address_id: UUID) -> str:
        with attack_target.engine.begin() as connection:
            connection.execute(text("update addresses set street = 'x' where id = :id"), {"id": address_id})
        return "done"

    monkeypatch.setitem(attack_target.app.view_functions, "account.addresses.set_default", unsafe_view)
    side = next(side for side in list_sides(attack_target) if side.name == "buyer")
    _, failures = submit_forged_forms(attack_target, recorder, side)
    assert {change.table for *_, changed in failures for change in changed} == {"addresses"}
