"""Mass assignment: extra fields with the names of all columns and common attributes, added to every valid form."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import request
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.kernel.db import Base
from tests.actors import Person
from tests.security.change_recorder import Change, ChangeRecorder
from tests.security.crawler import Crawler, Form
from tests.security.target import AttackTarget

SHARED_DATABASE = True
MARKER = "ma-marker"
MARKER_NUMBER = 77777777
MARKER_TIME = "2001-02-03T04:05:06+00:00"
EXTRA_FIELDS = (
    "is_admin",
    "admin",
    "superuser",
    "is_superuser",
    "is_staff",
    "role",
    "roles",
    "permissions",
    "grants",
    "owner",
    "owner_id",
    "user",
    "user_id",
    "account",
    "merchant",
    "merchant_slug",
    "tenant",
    "tenant_id",
    "buyer",
    "organisation",
    "state",
    "status",
    "approved",
    "verified",
    "price",
    "total",
    "amount",
    "discount",
    "balance",
    "commission_bps",
    "fee_bps",
    "currency",
    "password_hash",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
    "id",
    "_method",
    "__class__",
    "__proto__",
)
EXCLUDED_FIELDS = {"csrf_token"}
IGNORED_TABLES = {"emails", "outbox"}  # e-mails repeat typed values; their content is checked by test_tenant_leaks


def attack_roles(attack_target: AttackTarget) -> Iterator[tuple[str, Person | None, tuple[str, ...]]]:
    actors = attack_target.actors
    yield "owner", actors.owner, (*attack_target.state_pages("owner"), "/desk/acme/")
    yield "buyer", actors.buyer, (*attack_target.state_pages("buyer"), *attack_target.buyer_pages)
    yield "applicant", actors.stranger, ("/apply/",)
    yield "admin", actors.admin, (*attack_target.state_pages("admin"), "/console/")
    yield "visitor", None, ("/", "/sign-in", "/register", "/forgot", "/console/sign-in")


def field_values(attack_target: AttackTarget) -> dict[str, tuple[str, str]]:
    """Return for every column and extra field two values that can be recognized when they are stored."""
    values: dict[str, tuple[str, str]] = dict.fromkeys(EXTRA_FIELDS, (MARKER, "1"))
    owners = {"merchant_id": attack_target.actors.rival_id, "buyer_id": attack_target.actors.other_buyer.buyer_id}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            values[column.name] = marker_values(column, owners.get(column.name, attack_target.actors.other_buyer.account_id))
    return values


def marker_values(column: Any, foreign: Any) -> tuple[str, str]:
    """Return two recognizable values of the type of the column."""
    members = list(getattr(column.type, "enums", None) or ())
    if members:
        return members[0], members[-1]
    python_type = getattr(column.type, "python_type", str)
    values_by_type = {
        "bool": ("1", "0"),
        "int": (str(MARKER_NUMBER),) * 2,
        "Decimal": (str(MARKER_NUMBER),) * 2,
        "datetime": (MARKER_TIME, MARKER_TIME[:10]),
    }
    if python_type.__name__ == "UUID":
        return str(foreign), str(foreign)
    return values_by_type.get(python_type.__name__, (MARKER, MARKER))


def comparable_changes(changes: list[Change]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the changes in a comparable order, because updates of several rows by one statement have no order."""
    relevant = sorted(
        (recorded_change for recorded_change in changes if recorded_change.table not in IGNORED_TABLES),
        key=lambda recorded_change: (recorded_change.table, recorded_change.op, _existing_id(recorded_change)),
    )
    return [(change.table, change.op, change.columns()) for change in relevant]


def _existing_id(change: Change) -> str:
    """Return the id of an updated or deleted row; inserted rows keep their order."""
    return str((change.before or {}).get("id", ""))


def common_values(first: list[Any], second: list[Any]) -> list[Any]:
    """Return the values that two submissions of the same form have in common; ids and times always differ."""
    if [change[:2] for change in first] != [change[:2] for change in second]:
        return []
    return [
        (table, op, {name: value for name, value in columns.items() if name in other and other[name] == value})
        for (table, op, columns), (_, _, other) in zip(first, second, strict=True)
    ]


def unexpected_changes(plain: list[Any], with_extra: list[Any]) -> list[Any]:
    """Return the differences between the changes of the form with extra fields and of the plain form."""
    if [change[:2] for change in plain] != [change[:2] for change in with_extra]:
        return [("other rows", [change[:2] for change in plain], [change[:2] for change in with_extra])]
    return [
        (table, name, value, columns.get(name))
        for (table, _, plain_columns), (_, _, columns) in zip(plain, with_extra, strict=True)
        for name, value in plain_columns.items()
        if columns.get(name) != value
    ]


def marker_changes(changes: list[Any]) -> list[Any]:
    """Return the marker values that were stored in a row."""
    marker_pattern = re.compile(f"{MARKER}|{MARKER_NUMBER}|{MARKER_TIME[:10]}")
    return [
        (table, name, value)
        for table, _, columns in changes
        for name, value in columns.items()
        if marker_pattern.search(str(value))
    ]


def submit_and_undo(recorder: ChangeRecorder, form: Form, client: FlaskClient, extra: dict[str, str]) -> tuple[int, list[Any]]:
    """Submit the form once with extra fields; return status and changes, and revert the changes."""
    own_fields = {name for name, _ in form.default_pairs()} | {control.name for control in form.controls} | EXCLUDED_FIELDS
    response = form.send(
        client, (*form.default_pairs(), *((name, value) for name, value in extra.items() if name not in own_fields))
    )
    changes = comparable_changes(recorder.changes())
    recorder.undo()
    return response.status_code, changes


def check_form(
    recorder: ChangeRecorder, form: Form, client: FlaskClient, values: dict[str, tuple[str, str]]
) -> tuple[bool, list[Any]]:
    """Return whether the form has an effect, and the failures of its submissions with extra fields."""
    first = submit_and_undo(recorder, form, client, {})[1]
    baseline = common_values(first, submit_and_undo(recorder, form, client, {})[1]) if first else []
    failures: list[Any] = []
    for index in (0, 1):
        status, with_extra = submit_and_undo(recorder, form, client, {name: pair[index] for name, pair in values.items()})
        unexpected = [*marker_changes(with_extra), *(unexpected_changes(baseline, with_extra) if baseline or not first else [])]
        if unexpected or status >= 500:
            failures.append((form.action, status, unexpected))
    return bool(baseline), failures


def fields_by_route(crawler: Crawler) -> dict[str, set[str]]:
    """Return all field names of each route, because its forms may show different fields."""
    field_names: dict[str, set[str]] = defaultdict(set)
    for form in crawler.unsafe_forms():
        field_names[str(crawler.endpoint_for(form.action, form.method))] |= {control.name for control in form.controls}
    return field_names


def test_forms_ignore_unknown_fields(attack_target: AttackTarget, recorder: ChangeRecorder) -> None:
    failures, effective, values = [], [], field_values(attack_target)
    for role, person, starts in attack_roles(attack_target):
        client = person.client() if person else attack_target.app.test_client()
        crawler = Crawler(attack_target.app, client).crawl(*starts)
        attack_target.attacked_endpoints[f"extra fields {role}"] = crawler.form_endpoints()
        forms, fields_of_route = crawler.unsafe_forms(), fields_by_route(crawler)
        recorder.clear()
        for form in forms:
            own_fields = fields_of_route[str(crawler.endpoint_for(form.action, form.method))]
            is_effective, form_failures = check_form(
                recorder, form, client, {name: pair for name, pair in values.items() if name not in own_fields}
            )
            effective += [form.action] if is_effective else []
            failures += form_failures
    assert failures == []
    assert len(effective) >= 10, "too few forms had an effect"


def test_control_view_accepting_all_fields_is_detected(
    attack_target: AttackTarget, recorder: ChangeRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: a view that stores every posted field is detected."""

    def unsafe_view(address_id: UUID) -> str:
        columns = {column.name for column in Base.metadata.tables["addresses"].columns} - {"id", "buyer_id"}
        values = {name: value for name, value in request.form.items() if name in columns}
        assignments = ", ".join(f'"{name}" = :{name}' for name in values) or "name = name"
        with attack_target.engine.begin() as connection:
            connection.execute(
                text(f"update addresses set {assignments} where id = :address_id"), {**values, "address_id": address_id}
            )
        return "done"

    monkeypatch.setitem(attack_target.app.view_functions, "account.addresses.set_default", unsafe_view)
    client = attack_target.actors.buyer.client()
    forms = Crawler(attack_target.app, client).crawl("/account/addresses/").unsafe_forms()
    (form,) = [form for form in forms if form.action.endswith("/usual")][:1]
    recorder.clear()
    _, failures = check_form(recorder, form, client, {"street": (MARKER, MARKER), "phone": (MARKER, MARKER)})
    assert failures
