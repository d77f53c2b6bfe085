"""References read as what they are about, one question for a whole page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask
from markupsafe import Markup

from billing import references
from billing.references import Described, describe
from marketplace.kernel.db import unit_of_work
from tenants.scope import Purpose, working_on
from tests.cast import Cast


def test_a_kind_is_described_by_whoever_owns_it(monkeypatch: Any) -> None:
    asked: list[Sequence[str]] = []

    def slips(words: Sequence[str], door: str) -> dict[str, Described]:
        asked.append(words)
        return {word: Described(f"Slip {word[5:]}", f"/{door}/{word[5:]}") for word in words}

    monkeypatch.setitem(references._describers, "slip", slips)
    said = describe(["slip:1", "slip:2", "slip:1", "other:abcdefghijklmnopqrstuvwxyz", ""], door="desk")
    assert said["slip:1"].__html__() == '<a class="link" href="/desk/1">Slip 1</a>'
    assert said["other:abcdefghijklmnopqrstuvwxyz"].__html__() == "opqrstuvwxyz"
    assert asked == [["slip:1", "slip:2"]]


def test_words_are_never_markup() -> None:
    assert Described("<b>").__html__() == "&lt;b&gt;"
    assert '"><b>' not in Described("x", '"><b>').__html__()


def test_a_link_stays_a_link_within_other_markup() -> None:
    inside = Markup("<p>{}</p>").format(Described("JS-1", "/desk/1"))
    assert inside == '<p><a class="link" href="/desk/1">JS-1</a></p>'


def test_orders_and_purchases_that_are_gone_read_as_themselves(ctx: Flask, cast: Cast, statements: Callable[[], Any]) -> None:
    gone = [f"order:00000000-0000-7000-8000-{number:012}" for number in range(30)]
    with unit_of_work(), working_on(Purpose.CONSOLE), statements() as said:
        words = describe([*gone, "purchase:20261122-1613-YSGRA:2", "order:nonsense"], door="console")
    assert words[gone[7]].text == "000000000007"
    assert words["order:nonsense"].text == "nonsense"
    assert words["purchase:20261122-1613-YSGRA:2"].text == "20261122-1613-YSGRA (2)"
    assert len([line for line in said if line.lstrip().upper().startswith("SELECT") and "set_config" not in line]) == 1
