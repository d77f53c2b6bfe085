"""Descriptions of opaque references, with one query for a whole page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask
from markupsafe import Markup

from billing import reference_registry
from billing.reference_registry import ReferenceInfo, describe_references
from marketplace.kernel.db import unit_of_work
from tenants.isolation import AccessPurpose, with_purpose
from tests.actors import Actors


def test_describe_references_calls_registered_describer_once(monkeypatch: Any) -> None:
    calls: list[Sequence[str]] = []

    def describe_slips(keys: Sequence[str], site: str) -> dict[str, ReferenceInfo]:
        calls.append(keys)
        return {key: ReferenceInfo(f"Slip {key[5:]}", f"/{site}/{key[5:]}") for key in keys}

    monkeypatch.setitem(reference_registry._describers, "slip", describe_slips)
    described = describe_references(["slip:1", "slip:2", "slip:1", "other:abcdefghijklmnopqrstuvwxyz", ""], site="desk")
    assert described["slip:1"].__html__() == '<a class="link" href="/desk/1">Slip 1</a>'
    assert described["other:abcdefghijklmnopqrstuvwxyz"].__html__() == "opqrstuvwxyz"
    assert calls == [["slip:1", "slip:2"]]


def test_reference_info_escapes_html() -> None:
    assert ReferenceInfo("<b>").__html__() == "&lt;b&gt;"
    assert '"><b>' not in ReferenceInfo("x", '"><b>').__html__()


def test_reference_info_in_markup_is_not_escaped_twice() -> None:
    html = Markup("<p>{}</p>").format(ReferenceInfo("JS-1", "/desk/1"))
    assert html == '<p><a class="link" href="/desk/1">JS-1</a></p>'


def test_missing_orders_and_purchases_are_described_by_reference(
    ctx: Flask, actors: Actors, record_statements: Callable[[], Any]
) -> None:
    missing = [f"order:00000000-0000-7000-8000-{number:012}" for number in range(30)]
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE), record_statements() as executed:
        described = describe_references([*missing, "purchase:20261122-1613-YSGRA:2", "order:nonsense"], site="console")
    assert described[missing[7]].text == "000000000007"
    assert described["order:nonsense"].text == "nonsense"
    assert described["purchase:20261122-1613-YSGRA:2"].text == "20261122-1613-YSGRA (2)"
    assert len([sql for sql in executed if sql.lstrip().upper().startswith("SELECT") and "set_config" not in sql]) == 1
